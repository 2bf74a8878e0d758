#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hold release.sh against trees that must not be released, in TAP:  selftests/release-truth.sh
#
# A copy of the project is made ready to be released, which release.sh must see. Then one fault at a time
# is put into it: the point that it concerns must not be met, must say why, and no other may
# change. What `make docs` and `make dist` really do is not asked here: the copy's Makefile plays them.
#
# Dollars in quotes are sed's and make's:
# shellcheck disable=SC2016
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tap.sh
. selftests/tap.sh
version=9.8.7
tree=$work/tree
export HOME=$work GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=lab GIT_AUTHOR_EMAIL=lab@example.org \
	GIT_COMMITTER_NAME=lab GIT_COMMITTER_EMAIL=lab@example.org GIT_COMMITTER_DATE=2020-01-01T00:00:00Z
# A hook of git, or another tree's make, may have said where it is.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE MAKEFLAGS MFLAGS MAKELEVEL

commit() {
	git -C "$tree" add -A && git -C "$tree" commit -q -m "$1"
}

# play TARGET RECIPE: what `make TARGET` does in the copy
play() {
	sed -i "/^$1:/,/^$/d" "$tree/Makefile"
	printf '%s:\n\t%s\n\n' "$1" "$2" >>"$tree/Makefile"
}

# A tree that is ready, in $tree, and the log of its tests
prepare() {
	mkdir "$tree"
	git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$tree"
	git -C "$tree" init -q -b main
	sed -i "s/VERSION \".*\"/VERSION \"$version\"/" "$tree/include/kexec_keyrings_version.h"
	sed -i "0,/^[0-9].*/s//$version (2030-01-31)/" "$tree/CHANGELOG"
	: >"$tree/Makefile"
	play docs '@mkdir -p $(OUT)'
	play dist "@mkdir -p \$(OUT) && echo files >\$(OUT)/x-$version.tar && echo \$(OUT)/x-$version.tar"
	commit ready
	printf '%s\n' 'ok 1 - style' '734 passed, 0 failed, 3 skipped' >"$work/green.log"
	git -C "$tree" branch ready
}

as_it_was() {
	(
		cd "$tree"
		git checkout -q -f -B main ready
		git clean -q -f -d -x
		[ -z "$(git tag)" ] || git tag -d "v$version" >/dev/null
	)
}

# ask ARGUMENT...: what release.sh says of the copy. Its exit status is in $status.
ask() {
	status=0
	"$tree/selftests/release.sh" "$@" >"$work/said" 2>&1 || status=$?
}

is_ready() {
	ask "$version" --ci-log "$work/green.log"
	cat "$work/said"
	[ "$status" -eq 0 ] && [ "$(grep -c '^ok ' "$work/said")" -eq 10 ] && ! grep -q '^not ok' "$work/said" &&
		grep -qxF '1..10' "$work/said"
}

# What is printed for a person has not been done.
only_told() {
	grep -qE "^#   git tag .*v$version" "$work/said" && grep -qE "^#   git push .*v$version" "$work/said" &&
		[ -z "$(git -C "$tree" tag)" ] && [ -z "$(git -C "$tree" status --porcelain)" ]
}

# refused POINT WORDS ARGUMENT...: asked with the arguments, and as the copy is now, this point alone is
# not met, these words say why, and no commands are printed. The tarball, which takes a while, is
# asked for only where it is the point.
refused() {
	local points=(tree branch version changelog tag licences kernels docs ci)

	[ "$1" != dist ] || points+=(dist)
	ask "$version" "${@:3}" "${points[@]}"
	cat "$work/said"
	[ "$status" -eq 1 ] && [ "$(sed -n 's/^not ok [0-9]* - \([a-z]*\):.*/\1/p' "$work/said")" = "$1" ] &&
		[ "$(grep -c '^ok ' "$work/said")" -eq $((${#points[@]} - 1)) ] &&
		grep -qE -e "^# .*$2" "$work/said" && ! grep -q 'git push' "$work/said"
}

# fault NAME POINT WORDS COMMAND...: with what the command does to the copy; then it is as it was
fault() {
	(cd "$tree" && "${@:4}")
	check "$1: refused" refused "$2" "$3" --ci-log "$work/green.log"
	as_it_was
}

# changed FILE EXPRESSION: by sed, which must find something, and committed
changed() {
	sed -i "$2" "$1"
	[ -n "$(git status --porcelain)" ] || { echo "sed has changed nothing in $1" >&2 && exit 1; }
	commit changed
}

# added FILE LINE
added() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >>"$1"
	commit added
}

# played TARGET RECIPE
played() {
	play "$@"
	commit played
}

# removed FILE
removed() {
	git rm -q "$1"
	commit removed
}

# matrix_said WORDS: a matrix was run here, and its page is another one
matrix_said() {
	mkdir -p build/matrix
	sed "s/$1/&&/" Documentation/supported-kernels.rst >build/matrix/supported-kernels.rst
}

# distrusted NAME WORDS LINE...: a log of these lines
distrusted() {
	printf '%s\n' "${@:3}" >"$work/red.log"
	check "$1: refused" refused ci "$2" --ci-log "$work/red.log"
}

usage_of() {
	ask "$@"
	cat "$work/said"
	[ "$status" -eq 2 ] && grep -q '^usage: ' "$work/said"
}

prepare
check 'a tree that is ready is' is_ready
check 'it says what a person is to run, and runs nothing of it' only_told

fault 'a file that nobody has added' tree 'left-over' touch left-over
fault 'a change that is not committed' tree 'README.rst' sed -i '$a more' README.rst
fault 'another branch' branch 'this is side' git checkout -q -b side
fault 'no branch' branch 'not a symbolic ref' git checkout -q --detach
fault 'another version in the header' version 'has 9.8.6' \
	changed include/kexec_keyrings_version.h 's/9\.8\.7/9.8.6/'
fault 'a changelog that is unreleased' changelog 'no day' changed CHANGELOG 's/ (2030-01-31)/ (unreleased)/'
fault 'a changelog without a day' changelog 'no day' changed CHANGELOG 's/ (2030-01-31)//'
fault 'a day that no calendar has' changelog 'invalid date' changed CHANGELOG 's/2030-01-31/2030-02-31/'
fault 'a changelog that begins with another version' changelog 'top entry' \
	changed CHANGELOG '/^9\.8\.7/i 9.9.0 (2030-02-01)\n\n * More.\n'
fault 'a tag that is there' tag "v$version is there" git tag "v$version"
fault 'a file under an unknown licence' licences 'MIT' added user/more.c '/* SPDX-License-Identifier: MIT */'
fault 'a file under an unknown exception' licences 'GCC-exception-3.1' \
	added kmod/more.h '/* SPDX-License-Identifier: (GPL-2.0-only WITH GCC-exception-3.1) */'
fault 'a licence without its text' licences 'LGPL-2.1-or-later' removed LICENSES/LGPL-2.1-or-later.txt
fault 'a text that nothing is under' licences 'MIT' added LICENSES/MIT.txt 'Permission is granted'
fault 'a kernel that the page does not have' kernels 'arm64.5\.99' \
	changed selftests/lab/kernels.conf '$a 5.99 arm64 stock@sid - boot'
fault 'a kernel that the lab does not have' kernels 'x86_64.debian-6\.12' \
	changed selftests/lab/kernels.conf '/^debian-6\.12/d'
fault 'a kernel with another verdict' kernels 'arm64.5\.10\.223.266' \
	changed Documentation/supported-kernels.rst '/^arm64  *5\.10\.223  /s/ all / 266 /'
fault 'a matrix that says otherwise' kernels '> x86_64 ' matrix_said 'needs the module'
fault 'pages with a warning' docs 'WARNING: gone' played docs '@echo "page.rst:1: WARNING: gone" >&2'
fault 'pages that cannot be made' docs 'Error 1' played docs '@false'
fault 'a tarball with a clock in it' dist 'differ' played dist \
	"@mkdir -p \$(OUT) && date +%s >\$(OUT)/x-$version.tar && echo \$(OUT)/x-$version.tar"
fault 'a tarball that cannot be made' dist 'Error 1' played dist '@false'
fault 'a tarball that is not there' dist 'no tarball' played dist "@echo \$(OUT)/x-$version.tar"
fault 'a tarball of another version' dist 'another version' played dist \
	'@mkdir -p $(OUT) && echo files >$(OUT)/x-9.8.6.tar && echo $(OUT)/x-9.8.6.tar'
check 'no log: refused' refused ci 'name its log'
check 'a log that is not there: refused' refused ci 'No such file' --ci-log "$work/none.log"
distrusted 'a log with a failure' '733 passed, 1 failed' 'not ok 1 - style' '733 passed, 1 failed, 3 skipped'
distrusted 'a log that ends early' 'ends with: ok 1' 'ok 1 - style'
distrusted 'a log of a run that goes on' 'ends with: ok 2' '1 passed, 0 failed, 0 skipped' 'ok 2 - user'
distrusted 'a log of a run that had no time left' 'lack of time' \
	'ok 2 - fleet # SKIP of 85 minutes, fewer than 20 are left' '1 passed, 0 failed, 1 skipped'
distrusted 'a log of nothing' 'ends with: 0 passed' '0 passed, 0 failed, 0 skipped'
printf '734 passed, 0 failed, 3 skipped\n' >"$work/old.log"
touch -d 2019-12-31 "$work/old.log"
check 'a log that is older than the commit: refused' refused ci 'older' --ci-log "$work/old.log"
check 'no version is wrong usage' usage_of
check 'what is no version is wrong usage' usage_of v9.8.7
check 'an unknown point is wrong usage' usage_of "$version" luck
check 'an unknown option is wrong usage' usage_of "$version" --force

end_tap
