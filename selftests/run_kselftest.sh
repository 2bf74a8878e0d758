#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run the tests that were installed beside this script by `make -C selftests install`, outside of a
# kernel's source:  run_kselftest.sh [ARGUMENT...]
set -u

cd "$(dirname "$0")" || exit 1
status=0
while IFS=: read -r collection program; do
	(cd "$collection" && "./$program" "$@")
	result=$?
	# 4: skipped, which is no failure
	[ "$result" -eq 0 ] || [ "$result" -eq 4 ] || status=1
done <kselftest-list.txt
exit "$status"
