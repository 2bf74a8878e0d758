# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# TAP for the scripts that hold the project against other programs: sourced, not run. They have
# a directory to write to.

: "${work:?}"
count=0 failures=0

# check NAME COMMAND...: a test, which passes if the command succeeds; if not, what it said is shown
check() {
	local start=$SECONDS

	count=$((count + 1))
	if "${@:2}" >"$work/log" 2>&1; then
		echo "ok $count - $1"
	else
		failures=$((failures + 1))
		echo "not ok $count - $1"
		sed 's/^/# /' "$work/log" | tail -n 8
	fi
	[ $((SECONDS - start)) -lt 20 ] || echo "# after $((SECONDS - start)) s"
}

# end_tap: the plan. Fails if a test has failed, for the script to end with.
end_tap() {
	echo "1..$count"
	[ "$failures" -eq 0 ]
}
