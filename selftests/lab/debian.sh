#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Build the companion, and run its unit tests, with the compiler and the libraries of
# another Debian release:  selftests/lab/debian.sh SUITE
#
# The release is made once by debootstrap and kept in the cache. As root only, since
# that is entered by chroot(8); what is mounted there is gone when the script ends.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

# CLI11 is headers only, and Debian 11 does not have it: it is Debian 12's.
packages='g++ make cmake pkg-config nlohmann-json3-dev libfmt-dev libkmod-dev
	libkeyutils-dev libssl-dev zlib1g-dev libgtest-dev libgmock-dev'

# make_root SUITE: define root, made if need be
make_root() {
	root=$cache/roots/$1
	lock "root-$1"
	[ "$(cat "$root/packages" 2>/dev/null)" != "$packages" ] || return 0
	need_space 1500
	rm -rf "$root.partial"
	run "making a root of Debian $1" 0 "$cache/logs/root-$1.log" \
		debootstrap --variant=minbase "--include=$(xargs <<<"$packages" | tr ' ' ,)" \
		"$1" "$root.partial" "$("$lab/packages.sh" mirror)" ||
		die "there is no root of Debian $1 to build in"
	"$lab/packages.sh" unpack bookworm all "$root.partial" libcli11-dev
	echo "$packages" >"$root.partial/packages"
	rm -rf "$root"
	mv "$root.partial" "$root"
}

[ $# -eq 1 ] || usage 'debian.sh SUITE'
[ "$(id -u)" -eq 0 ] || die "building with Debian $1 takes root, for chroot(8)"
trap stop_group EXIT
trap 'exit 130' INT TERM HUP
make_root "$1"
mkdir -p "$root/src" "$root/out"
# The mounts are in a namespace of their own.
# shellcheck disable=SC2016
unshare --mount bash -euc '
	mount --bind -o ro "$1" "$2/src"
	mount -t proc proc "$2/proc"
	exec chroot "$2" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash -euc "
		g++ --version | head -n 1
		cmake -S /src/user -B /out -DCMAKE_BUILD_TYPE=None -DKXK_WERROR=ON -DKXK_TESTS=ON
		cmake --build /out --parallel $(nproc)
		/out/tests/kxk-unit-tests
	"' "" "$(cd "$lab/../.." && pwd)" "$root"
