#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run a GoogleTest program and say its results in TAP:  selftests/gtest-tap.sh PROGRAM
set -eu

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$1" --gtest_color=no >"$log" 2>&1 || status=$?

# A result has its time in parentheses; the summary repeats failures without.
awk '
	/^\[  FAILED  \] .* \([0-9]+ ms\)$/ { print "not ok " ++n " - " $4 }
	/^\[  SKIPPED \] .* \([0-9]+ ms\)$/ { print "ok " ++n " - " $4 " # SKIP said by the test" }
	/^\[       OK \] .* \([0-9]+ ms\)$/ { print "ok " ++n " - " $4 }
	END { print "1.." n + 0 }
' "$log"
if [ "$status" -ne 0 ]; then
	cat "$log" >&2
fi
exit "$status"
