#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Debian packages of any suite and architecture, without installing them here.
#
#	packages.sh sysroot SUITE ARCH		what the companion is cross-built
#						against, and the user space of guests;
#						prints the directory
#	packages.sh unpack SUITE ARCH DIR PACKAGE...
#						just these packages
#	packages.sh download SUITE ARCH DIR PACKAGE...
#						the files of these packages
#	packages.sh depends SUITE ARCH PACKAGE	print what a package depends on
#	packages.sh source SUITE PACKAGE=VERSION DIR
#						the upstream tarball of a source package
#	packages.sh mirror			print where Debian is fetched from
#
# ARCH is Debian's word. apt works in a private root below the cache, and checks
# what it fetches. The mirror is that of this machine's apt, or DEBIAN_MIRROR.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

sysroot_packages='libc6-dev libstdc++6 libgcc-s1 libkmod-dev libkeyutils-dev zlib1g-dev
	libfmt-dev nlohmann-json3-dev libcli11-dev libssl-dev libgtest-dev libgmock-dev
	kexec-tools keyutils kmod busybox-static'
# What the selftests for kexec need that are in the kernel's source: guests of amd64 run them
selftests_packages='attr bash bsdextrautils coreutils pesign'

# The mirror that this machine's apt has for its own release, whatever the format of its
# sources, or DEBIAN_MIRROR.
mirror() {
	local release

	if [ -n "${DEBIAN_MIRROR:-}" ]; then
		echo "$DEBIAN_MIRROR"
		return
	fi
	release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# apt expands these.
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		sed -nE "s/^(${release:-stable}|(old)*stable) main //p" | head -n 1
}

# apt_root SUITE ARCH: make ready a private root, and point apt to it
apt_root() {
	local root=$cache/apt/$1-$2 uri try

	export APT_CONFIG=$root/apt.conf
	# A package list is good for a week; what it names may be gone later.
	if [ -n "$(find "$root/ready" -mtime -7 2>/dev/null)" ]; then
		return
	fi
	uri=$(unset APT_CONFIG && mirror)
	[ -n "$uri" ] || die "apt here knows no mirror of Debian; name one with DEBIAN_MIRROR="
	mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial" ||
		die "cannot write to $cache; make room, or set XDG_CACHE_HOME to another directory"
	: >"$root/status"
	cat >"$root/sources.list" <<-EOF
		deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $1 main
		deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $1 main
	EOF
	cat >"$root/apt.conf" <<-EOF
		APT::Architecture "$2";
		APT::Architectures { "$2"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::Etc::Preferences "/dev/null";
		Dir::Etc::PreferencesParts "/dev/null";
		Dir::Etc::SourceList "$root/sources.list";
		Dir::Etc::SourceParts "-";
		Dir::State "$root/state";
		Dir::State::status "$root/status";
		Dir::Cache "$root/cache";
		quiet "1";
	EOF
	for try in 1 2 3; do
		if apt-get update >"$root/log" 2>&1 && ! grep -q '^[EW]:' "$root/log"; then
			touch "$root/ready"
			return
		fi
		echo "kxk-lab: package lists of $1: try $try failed" >&2
		sleep $((try * 3))
	done
	tail -n 3 "$root/log" >&2
	not_fetched "the package lists of $1 from $uri"
}

# not_fetched WHAT: say why, as far as we can tell
not_fetched() {
	! disk_full || die "cannot fetch $1: the disk is full; make room in $cache and repeat"
	die "cannot fetch $1; is there a network? DEBIAN_MIRROR= names another mirror"
}

# fetch SUITE ARCH APT-GET-ARGUMENT...: download, or say what could not be had
fetch() {
	local log=$cache/apt/$1-$2/log

	apt_root "$1" "$2"
	apt-get "${@:3}" >"$log" 2>&1 && return
	# The lists may be older than the mirror.
	rm "$cache/apt/$1-$2/ready"
	apt_root "$1" "$2"
	apt-get "${@:3}" >"$log" 2>&1 && return
	grep '^E:' "$log" | head -n 3 >&2 || :
	not_fetched "${*:$#} ($1, $2)"
}

# unpack_debs DIR DEB...
unpack_debs() {
	local dir=$1 deb

	mkdir -p "$dir"
	for deb in "${@:2}"; do
		dpkg-deb --extract "$deb" "$dir" || die "cannot unpack $deb; is the disk full?"
	done
	# Absolute links lead out of the directory.
	find "$dir" -type l -lname '/*' -printf '%p %l\n' | while read -r link target; do
		ln -sfnr "$dir$target" "$link"
	done
}

# download SUITE ARCH DIR PACKAGE...
download() {
	mkdir -p "$3"
	(cd "$3" && fetch "$1" "$2" download "${@:4}")
}

# unpack SUITE ARCH DIR PACKAGE...
unpack() {
	local debs=$3.debs

	rm -rf "$debs"
	download "$1" "$2" "$debs" "${@:4}"
	unpack_debs "$3" "$debs"/*.deb
	rm -r "$debs"
}

# sysroot SUITE ARCH
sysroot() {
	local dir=$cache/sysroot/$1-$2 archives=$cache/apt/$1-$2/cache/archives
	local have="$dir/packages" packages=$sysroot_packages

	[ "$2" != amd64 ] || packages="$packages $selftests_packages"
	if [ "$(cat "$have" 2>/dev/null)" != "$packages" ]; then
		lock "sysroot-$1-$2"
	fi
	# Another run may have made it while we waited.
	if [ "$(cat "$have" 2>/dev/null)" != "$packages" ]; then
		need_space 1000
		echo "kxk-lab: fetching Debian packages of $1 for $2" >&2
		rm -rf "$dir.partial" "$archives"
		# $packages is a list of words.
		# shellcheck disable=SC2086
		fetch "$1" "$2" install -y --download-only $packages
		unpack_debs "$dir.partial" "$archives"/*.deb
		rm -r "$archives"
		echo "$packages" >"$dir.partial/packages"
		rm -rf "$dir"
		mv "$dir.partial" "$dir"
	fi
	echo "$dir"
}

# source_tarball SUITE PACKAGE=VERSION DIR
source_tarball() {
	mkdir -p "$3"
	(cd "$3" && fetch "$1" amd64 source --download-only --tar-only "$2")
}

# depends SUITE ARCH PACKAGE: nothing where there is no such package
depends() {
	apt_root "$1" "$2"
	apt-cache depends --no-recommends --no-suggests "$3" 2>/dev/null | sed -n 's/^ *|*Depends: //p'
}

for tool in apt-get dpkg-deb; do
	command -v $tool >/dev/null ||
		die "there is no $tool; the lab takes its kernels and user space from Debian packages"
done
case "${1-} $#" in
'sysroot 3') sysroot "$2" "$3" ;;
'depends 4') depends "$2" "$3" "$4" ;;
'source 4') source_tarball "$2" "$3" "$4" ;;
"mirror 1") mirror ;;
download\ [5-9] | download\ [1-9][0-9]) download "${@:2}" ;;
unpack\ [5-9] | unpack\ [1-9][0-9]) unpack "${@:2}" ;;
*) usage 'packages.sh sysroot|unpack|download|depends|source SUITE ARCH...: see the head of the script' ;;
esac
