#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Bisect a git tree of Linux by the lab, from start to end:
#
#   bisect.sh TREE OLD NEW STEP...     STEP is a command as for `git bisect run`: 0 for what
#                                      OLD is like, 1 for NEW
#
# A bisection that was interrupted, or that somebody else has begun there, is gone on with;
# OLD and NEW are those that it has, then.
set -eu

[ $# -ge 4 ] || {
	echo 'usage: bisect.sh TREE OLD NEW STEP...' >&2
	exit 2
}
tree=$1 old=$2 new=$3
shift 3

in_tree() {
	git -C "$tree" "$@"
}

if in_tree bisect log >/dev/null 2>&1; then
	echo "bisect.sh: going on; \`git -C $tree bisect reset\` forgets what is known so far" >&2
else
	in_tree bisect start --term-old=old --term-new=new "$new" "$old" --
fi
in_tree bisect run "$@"
first=$(in_tree rev-parse --verify refs/bisect/new)
in_tree bisect reset
echo "The first that is new: $(in_tree log -1 --format='%h %s' "$first")"
