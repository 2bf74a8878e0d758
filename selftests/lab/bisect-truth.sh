#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Bisect a break whose commit is known, and ask that kernel everything else that a bisection can
# ask, in TAP:  selftests/lab/bisect-truth.sh
#
# The tree is Linux 5.10.13 for arm64 with 8 commits on top, one of which exchanges the keyring
# that is consulted, and one of which does not compile. `git bisect` sees but a tree: builds and
# guests are real. Takes one build of a kernel and some of a file each.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
cd "$lab/../.."

arch=arm64
file=arch/arm64/kernel/kexec_image.c
header=include/linux/verification.h
commits=8 broken=4 culprit=6
tree=$cache/bisect/truth
work=$(realpath -m build/check/bisect)
# shellcheck source=../tap.sh
. selftests/tap.sh

in_tree() {
	git -C "$tree" -c user.name=lab -c user.email=lab@localhost -c gc.auto=0 "$@"
}

# commit NAME: what was changed, tagged
commit() {
	in_tree commit --quiet --all --message "$1"
	in_tree tag "$1"
}

# The history, of the two files that change in it. All others, by hard link, are those of the
# lab's own source.
make_tree() {
	local source number

	source=$(selftests/lab/kernel.sh source 5.10.13)
	rm -rf "$tree"
	mkdir -p "$tree"
	cp -al "$source/." "$tree"
	cp --remove-destination "$source/$file" "$tree/$file"
	cp --remove-destination "$source/$header" "$tree/$header"
	in_tree init --quiet
	in_tree add --force "$file" "$header"
	commit commit-0
	for ((number = 1; number <= commits; number++)); do
		echo "/* $number */" >>"$tree/$file"
		case $number in
		"$broken") echo 'this does not compile' >>"$tree/$file" ;;
		$((broken + 1))) sed -i '/^this does not compile$/d' "$tree/$file" ;;
		"$culprit")
			sed -i 's/kernel_len, NULL,$/kernel_len, VERIFY_USE_PLATFORM_KEYRING,/' "$tree/$file"
			;;
		esac
		commit "commit-$number"
	done
	in_tree checkout --quiet -b no-module
	sed -i '1i #error no module can be compiled' "$tree/$header"
	commit no-module
}

bisection=(make --no-print-directory bisect "ARCH=$arch" "TREE=$tree" OLD=commit-0
	"NEW=commit-$commits" "BISECT=--image builtin --expect loads")

# As by Ctrl-C, while a kernel is being built: on a fast machine, not the first one any more, as
# that does not compile. 124: timeout(1) had to end it.
can_be_interrupted() {
	local status=0

	timeout --signal=INT 60 "${bisection[@]}" || status=$?
	[ "$status" -eq 124 ] && in_tree bisect log
}

answers() {
	cat "$tree"-*-"$arch"/answers.jsonl
}

finds_culprit() {
	"${bisection[@]}" | tee "$work/said" && tail -n 1 "$work/said" | grep -q "The first that is new: .* commit-$culprit\$"
}

# Of 8 commits, three halvings and one more; what cannot be built is no answer.
few_builds() {
	[ "$(answers | jq -r 'select(.answer != "cannot tell").title' | sort -u | wc -l)" -le 4 ]
}

skips_broken() {
	answers | jq -r 'select(.answer == "cannot tell").title' | grep -q "commit-$broken\$"
}

# answers_with STATUS COMMIT OPTION...: what a step says of a commit
answers_with() {
	local status=0

	in_tree checkout --quiet "$2" || return
	build/lab/kxk-lab bisect "$arch" --tree "$tree" "${@:3}" || status=$?
	[ "$status" -eq "$1" ]
}

takes_no_directory() {
	local status=0

	build/lab/kxk-lab bisect "$arch" --tree "$work" || status=$?
	[ "$status" -eq 255 ]
}

forget() {
	rm -rf "$tree" "$tree"-*-"$arch"
}

mkdir -p "$work"
trap forget EXIT
trap 'exit 130' INT TERM HUP
selftests/deps.sh user kernel truth "cross-$arch" "guest-$arch"
make --no-print-directory kxk-lab >&2
forget
make_tree

check 'a bisection that is interrupted can be gone on with' can_be_interrupted
check 'the commit that exchanged the keyring is found' finds_culprit
check "of $commits commits, no more than 4 had to be judged" few_builds
check 'the one that does not compile was skipped' skips_broken

last=commit-$commits
check 'an image of .platform is accepted now' \
	answers_with 0 "$last" --image platform --expect loads
check 'and not refused' answers_with 1 "$last" --image platform --expect refused
check 'the policy is platform' answers_with 0 "$last" --ask policy --expect platform
check 'and not builtin' answers_with 1 "$last" --ask policy --expect builtin
check 'with the module, an image of .builtin_trusted_keys is accepted again' \
	answers_with 0 "$last" --with-module --image builtin --expect loads
check "and a stranger's is not" answers_with 0 "$last" --with-module --image unknown --expect refused
check 'the module builds' answers_with 0 "$last" --ask module-builds
check 'but not where a header is broken' answers_with 1 no-module --ask module-builds
check 'where nothing compiles, there is no answer' \
	answers_with 125 "commit-$broken" --image builtin --expect loads
check 'a wrong option is none either' answers_with 255 "$last" --image nobody
check 'nor is a directory that is no kernel' takes_no_directory
end_tap
