#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Debian packages:  user/packaging/deb.sh DIRECTORY [SUITE [ARCH]]
#
# On this machine and for it, or, as root, in a root of the Debian release SUITE, for its own
# architecture or for ARCH (Debian's word for it). The packages go to DIRECTORY; their paths are
# printed. DEB_BUILD_OPTIONS=nocheck leaves out the unit tests.
set -eu
packaging=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../selftests/lab/lab.sh
. "$packaging/../../selftests/lab/lab.sh"
# shellcheck source=../../selftests/lab/root.sh
. "$packaging/../../selftests/lab/root.sh"

# prepare DIR: the source package there, ready to be built, in the directory "tree"
prepare() {
	local tarball version epoch

	mkdir -p "$1"
	tarball=$("$packaging/dist.sh" "$1" | tail -n 1)
	version=${tarball##*kexec-keyrings-} && version=${version%.tar.xz}
	epoch=$(tar -tvf "$tarball" --full-time --utc | awk 'NR == 1 { print $4 " " $5 " UTC" }')
	mv "$tarball" "$1/kexec-keyrings_$version.orig.tar.xz"
	mkdir "$1/tree"
	tar -C "$1/tree" --strip-components=1 -xf "$1/kexec-keyrings_$version.orig.tar.xz"
	cp -a "$packaging/debian" "$1/tree/debian"
	cat >"$1/tree/debian/changelog" <<-EOF
		kexec-keyrings ($version-1${suite:+~$suite}) ${suite:-unstable}; urgency=medium

		  * What is new is in the project's own changelog.

		 -- $(sed -n 's/^Maintainer: //p' "$packaging/debian/control")  $(date -u -R -d "$epoch")
	EOF
}

# built COMMAND...: what it says is kept
built() {
	run "building the packages${arch:+ for $arch}${suite:+ in Debian $suite}" 0 "$out/build.log" "$@" ||
		die 'there are no packages; see above'
}

# in_release: what runs in the root. What building takes is installed there if need be, and stays.
in_release() {
	local for=${arch:+-a $arch -Pcross,nocheck}

	cat <<-EOF
		export DEBIAN_FRONTEND=noninteractive DEB_BUILD_OPTIONS='${DEB_BUILD_OPTIONS:-} parallel=$(nproc)'
		export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=/var/cache/ccache
		cd ${work#"$root"}/tree
		if [ -n '$arch' ] && ! dpkg --print-foreign-architectures | grep -qx '$arch'; then
			dpkg --add-architecture $arch
			apt-get update
		fi
		[ -z '$arch' ] || apt-get install -y --no-install-recommends crossbuild-essential-$arch
		dpkg-checkbuilddeps $for 2>/dev/null ||
			apt-get build-dep -y --no-install-recommends $for ./
		dpkg-buildpackage -us -uc $for ${arch:+--build=any}
	EOF
}

case $# in [1-3]) ;; *) usage 'deb.sh DIRECTORY [SUITE [ARCH]]' ;; esac
mkdir -p "$1"
out=$(cd "$1" && pwd) suite=${2:-} arch=${3:-}
trap 'stop_group; rm -rf "${work:-}"' EXIT
trap 'exit 130' INT TERM HUP
if [ -z "$suite" ]; then
	work=$(mktemp -d)
	prepare "$work"
	built env --chdir="$work/tree" dpkg-buildpackage -us -uc
else
	[ "$(id -u)" -eq 0 ] || die "building with Debian $suite takes root, for chroot(8)"
	finish=
	[ "$suite" != bullseye ] || finish=with_cli11
	make_root "deb-$suite" "$suite" 'build-essential ccache' $finish
	# Always the same, for ccache
	work=$root/out/deb
	rm -rf "$work"
	prepare "$work"
	export -f in_root
	export lab
	# shellcheck disable=SC2016
	built bash -c 'in_root "$@"' '' "$root" "$(in_release)"
fi
find "$work" -maxdepth 1 -type f -exec mv -t "$out" {} +
ls "$out"/*.deb
