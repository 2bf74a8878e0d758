#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make a git tree of kernel releases to try a bisection on:
#
#   history.sh DIR VERSION...       a commit for each of these upstream releases, in this
#                                   order, tagged vVERSION; VERSION: 5.10.13-1, as Debian
#                                   calls the source package, or "broken" for the release
#                                   before with a file that does not compile. The fixes
#                                   in patches/ are applied where they are needed
#
# What DIR has already is gone on from. Sources come from Debian (bullseye).
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

suite=bullseye

in_tree() {
	git -C "$dir" -c user.name=lab -c user.email=lab@localhost -c core.autocrlf=false \
		-c core.fileMode=true -c gc.auto=0 "$@"
}

# commit TAG TITLE: all that there is
commit() {
	in_tree add --all --force
	in_tree commit --quiet --message "$2"
	in_tree tag "$1"
}

release() {
	local tarball

	need_space 3000
	rm -rf "$dir.download"
	mkdir -p "$dir.download"
	echo "kxk-lab: fetching the source of Linux ${1%-*} from Debian" >&2
	"$lab/packages.sh" source "$suite" "linux=$1" "$dir.download" ||
		die "no source of Linux ${1%-*}; is Debian $suite still on the mirror?"
	tarball=$(find "$dir.download" -name '*.tar.xz')
	# All but git's own directory makes room.
	find "$dir" -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +
	run "unpacking Linux ${1%-*}" 0 "$cache/logs/unpack-history.log" \
		tar --extract --file "$tarball" --directory "$dir" --strip-components 1
	rm -r "$dir.download"
	mend
	commit "v${1%-*}" "Linux ${1%-*}"
}

# What the lab's own kernels need to work when they are built by today's compilers, as far
# as this release lacks it
mend() {
	local fix

	for fix in "$lab"/patches/linux-*.patch; do
		! patch --directory "$dir" --strip 1 --dry-run --force --silent --input "$fix" >/dev/null ||
			patch --directory "$dir" --strip 1 --silent --no-backup-if-mismatch --input "$fix"
	done
}

[ $# -ge 2 ] || usage 'history.sh DIR VERSION...'
dir=$1
shift
mkdir -p "$dir" || die "cannot write to $dir"
dir=$(realpath "$dir")
trap 'stop_group; rm -rf "$dir.download"' EXIT
trap 'exit 130' INT TERM HUP
[ -d "$dir/.git" ] || in_tree init --quiet
before=start
for version; do
	if [ "$version" = broken ]; then
		tag=after-$before
		in_tree rev-parse --quiet --verify "refs/tags/$tag" >/dev/null || {
			echo 'this does not compile' >>"$dir/init/main.c"
			commit "$tag" "Linux $before, broken"
		}
	else
		tag=v${version%-*} before=${version%-*}
		in_tree rev-parse --quiet --verify "refs/tags/$tag" >/dev/null || release "$version"
	fi
done
