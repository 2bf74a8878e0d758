# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Roots of other Debian releases, made once by debootstrap and kept in the cache: sourced after
# lab.sh, not run. For root only, since they are entered by chroot(8).

# make_root NAME SUITE PACKAGES [FINISH]: define root, the directory cache/roots/NAME with these
# packages, made if need be. FINISH, a function, is called with the new root at last.
make_root() {
	local name=$1 suite=$2 packages=$3 finish=${4:-}

	root=$cache/roots/$name
	lock "root-$name"
	[ "$(cat "$root/packages" 2>/dev/null)" != "$packages" ] || return 0
	need_space 1500
	rm -rf "$root.partial"
	run "making a root of Debian $suite ($name)" 0 "$cache/logs/root-$name.log" \
		debootstrap --variant=minbase "--include=$(xargs <<<"$packages" | tr ' ' ,)" \
		"$suite" "$root.partial" "$("$lab/packages.sh" mirror)" ||
		die "there is no root of Debian $suite to work in"
	[ -z "$finish" ] || "$finish" "$root.partial"
	mkdir -p "$root.partial/src" "$root.partial/out"
	echo "$packages" >"$root.partial/packages"
	rm -rf "$root"
	mv "$root.partial" "$root"
}

# in_root ROOT COMMANDS: run by bash in the root, where /src is the project, which cannot be
# written to. The mounts are in a namespace of their own.
in_root() {
	# shellcheck disable=SC2016
	unshare --mount bash -euc '
		mount --bind -o ro "$1" "$2/src"
		mount -t proc proc "$2/proc"
		exec chroot "$2" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			bash -euc "$3"
	' '' "$(cd "$lab/../.." && pwd)" "$1" "$2"
}

# with_cli11 ROOT: put CLI11 into a root of Debian 11, which has none. It is headers only, so that of
# Debian 12 will do. For make_root.
with_cli11() {
	"$lab/packages.sh" download bookworm all "$1/debs" libcli11-dev
	chroot "$1" sh -c 'dpkg --install /debs/*.deb'
	rm -r "$1/debs"
}
