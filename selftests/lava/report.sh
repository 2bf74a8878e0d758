#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run the tests above this directory in a LAVA job, each result a test case:
#
#	report.sh [ARGUMENT...]			arguments of `kexec-keyrings test`
#
# LAVA names its cases without blanks and slashes. That the test program ended as its results say is
# a case of its own, "complete": without it, a program that was killed would look like one with
# fewer tests. Where nothing could be tested, it is skipped: there is nothing that passed.
set -u
cd "$(dirname "$0")/.." || exit 1

command -v lava-test-case >/dev/null || {
	echo 'report.sh: there is no lava-test-case; run this in a job of LAVA' >&2
	exit 2
}
results=$(mktemp) || exit 1
trap 'rm -f "$results"' EXIT

# case_of WORDS: the name of a case
case_of() {
	printf '%s' "$1" | tr -cs 'A-Za-z0-9._' '-' | sed 's/^-*//; s/-*$//'
}

./kexec_keyrings.sh "$@" >"$results"
status=$?
cat "$results"
planned=-1 seen=0 failed=0
while IFS= read -r line; do
	case $line in
	1..*)
		planned=${line#1..}
		planned=${planned%% *}
		continue
		;;
	'not ok '*) result=fail words=${line#not ok } failed=$((failed + 1)) ;;
	'ok '*' # SKIP'*) result=skip words=${line#ok } ;;
	'ok '*) result=pass words=${line#ok } ;;
	*) continue ;;
	esac
	seen=$((seen + 1))
	words=${words#* - }
	lava-test-case "$(case_of "${words%% # SKIP*}")" --result "$result"
done <"$results"

# 0: all passed, 1: something failed, 4: all was skipped
case $status in
0 | 4) [ "$failed" -eq 0 ] ;;
1) [ "$failed" -gt 0 ] ;;
*) false ;;
esac && [ "$seen" -eq "$planned" ] && complete=pass || complete=fail
[ "$status/$complete" != 4/pass ] || complete=skip
lava-test-case complete --result "$complete"
