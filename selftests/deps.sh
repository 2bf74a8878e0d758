#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Install what a task needs and this machine lacks:  selftests/deps.sh SET...
#
# Sets: user, kernel, cross-ARCH, guest-ARCH, check, truth, fuzz, fleet, boot, deb, rpm, report, man,
# docs, recording.
#
# As root with apt; anybody else is told which packages to install. A machine
# that has everything is left alone, without a look at the network.
set -eu

# The packages of a set, as Debian names them.
packages() {
	case $1 in
	user)
		echo g++ make cmake pkg-config libcli11-dev nlohmann-json3-dev libfmt-dev \
			libkmod-dev libkeyutils-dev libssl-dev zlib1g-dev
		;;
	kernel)
		echo gcc make flex bison bc perl patch cpio xz-utils kmod libelf-dev libssl-dev \
			openssl dpkg-dev
		;;
	cross-arm64)
		echo gcc-aarch64-linux-gnu g++-aarch64-linux-gnu
		;;
	cross-s390x)
		echo gcc-s390x-linux-gnu g++-s390x-linux-gnu
		;;
	cross-x86_64)
		echo gcc g++
		;;
	guest-arm64)
		echo qemu-system-arm qemu-efi-aarch64 sbsigntool
		;;
	guest-s390x)
		echo qemu-system-misc
		;;
	guest-x86_64)
		echo qemu-system-x86 ovmf sbsigntool
		;;
	check)
		echo libgtest-dev libgmock-dev clang-format clang-tidy shellcheck sparse git debootstrap
		;;
	fuzz)
		echo clang valgrind
		;;
	fleet)
		echo ansible-core ansible-lint debootstrap openssh-client socat jq cpio openssl kmod
		;;
	deb)
		echo build-essential debhelper dh-dkms dpkg-dev lintian libgtest-dev libgmock-dev
		;;
	rpm)
		echo rpm rpmlint
		;;
	boot)
		echo debootstrap e2fsprogs kmod openssh-client openssl ovmf qemu-system-x86 socat
		;;
	report)
		echo gnuplot-nox jq
		;;
	man)
		echo python3-docutils
		;;
	docs)
		echo python3-sphinx python3-docutils graphviz fonts-dejavu-core perl
		;;
	recording)
		echo termtosvg expect libxml2-utils
		;;
	truth)
		echo pesign osslsigncode sbsigntool openssl jq binutils libnss3-tools softhsm2 opensc \
			libengine-pkcs11-openssl graphviz python3 lava-common python3-jinja2 rsync man-db
		;;
	*)
		echo "selftests/deps.sh: there is no set \"$1\"" >&2
		return 2
		;;
	esac
}

missing=
for set in "$@"; do
	names=$(packages "$set")
	for name in $names; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) || state=absent
		[ "$state" = installed ] || missing="$missing $name"
	done
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "kexec-keyrings: packages are missing; as root: apt-get install$missing" >&2
	exit 1
fi

install_missing() {
	# $missing is a list of words.
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# Debian 11 has no CLI11: that of Debian 12 is headers only, and for any release.
cli11_of_debian_12() {
	debs=$(mktemp -d) && "$here/lab/packages.sh" download bookworm all "$debs" libcli11-dev &&
		dpkg --install "$debs"/*.deb
	status=$?
	rm -rf "$debs"
	return "$status"
}

install() {
	apt-get update || return
	case "$missing " in
	*' libcli11-dev '*)
		[ -n "$(apt-cache madison libcli11-dev)" ] || cli11_of_debian_12 || return
		;;
	esac
	install_missing
}

echo "kexec-keyrings: installing$missing" >&2
here=$(dirname "$0")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! install >"$log" 2>&1; then
	tail -n 5 "$log" >&2
	echo "kexec-keyrings: apt-get could not install$missing; see above, and install them by hand" >&2
	exit 1
fi
