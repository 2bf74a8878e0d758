#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Give the module's source to DKMS, or take it away:  kmod/dkms.sh install|uninstall
#
# The source goes to /usr/src/kexec-keyrings-VERSION. With DESTDIR=DIR it goes below DIR, and
# nothing else is done: that is for packages. Otherwise DKMS adds, builds and installs it for
# the running kernel, or that of KVER=RELEASE. uninstall takes away every version.
set -eu

name=kexec-keyrings
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
root=${DESTDIR:-}
kernel=${KVER:-$(uname -r)}

say() {
	echo "$name: $1"
}

die() {
	echo "$name: $1" >&2
	exit 1
}

version=$(sed -n 's/^#define KEXEC_KEYRINGS_VERSION "\([0-9][0-9A-Za-z.~+-]*\)"$/\1/p' \
	"$top/include/kexec_keyrings_version.h")
[ -n "$version" ] || die "$top/include/kexec_keyrings_version.h names no version"

# versions: those that DKMS has, or of which there is source, each once
versions() {
	for path in /var/lib/dkms/"$name"/*/source "/usr/src/$name"-*/dkms.conf; do
		case $path in
		*'*'*) continue ;;
		/usr/src/*) path=${path%/dkms.conf} && echo "${path#"/usr/src/$name-"}" ;;
		*) path=${path%/source} && echo "${path##*/}" ;;
		esac
	done | sort -u
}

# forget VERSION: DKMS no longer has it, nor has any kernel
forget() {
	[ ! -e "/var/lib/dkms/$name/$1" ] || dkms remove -m "$name" -v "$1" --all
}

# lay DIR: what DKMS needs, and no object that a build has left here
lay() {
	rm -rf "$1.partial"
	mkdir -p "$1.partial"
	(cd "$top" && find kmod include -type f \( -name '*.[ch]' -o -name Kbuild \) ! -name '*.mod.c' &&
		ls COPYING LICENSES/*) | while read -r file; do
		install -D -m 644 "$top/$file" "$1.partial/$file"
	done
	sed "s/@VERSION@/$version/" "$top/kmod/dkms.conf.in" >"$1.partial/dkms.conf"
	chmod 644 "$1.partial/dkms.conf"
	rm -rf "$1"
	mv "$1.partial" "$1"
	say "the source is in $1"
}

# needs_root: what changes this machine takes root
needs_root() {
	[ "$(id -u)" -eq 0 ] || die "this changes /usr/src and /lib/modules; run it as root, or name a DESTDIR="
}

# build_and_install: for $kernel. The directory that is built in tells a kernel without headers
# apart, and the status one that dkms.conf excludes: 77, which was 9 before DKMS 3.
build_and_install() {
	status=0

	if [ ! -e "/lib/modules/$kernel/build/include" ]; then
		say "nothing is built: kernel $kernel has no headers here; install linux-headers-$kernel, then: dkms install -m $name -v $version -k $kernel"
		return
	fi
	dkms build -m "$name" -v "$version" -k "$kernel" || status=$?
	case $status in
	0) ;;
	9 | 77)
		say "nothing is built: kernel $kernel cannot use the module, as the bounds in dkms.conf say; DKMS builds it for later kernels that can"
		return
		;;
	*) die "DKMS could not build the module for kernel $kernel; the reason is in /var/lib/dkms/$name/$version/build/make.log" ;;
	esac
	dkms install -m "$name" -v "$version" -k "$kernel" ||
		die "DKMS could not install the module for kernel $kernel; see above"
	say "the module is installed for kernel $kernel; it is not loaded: \`kexec-keyrings load\` does that"
}

# newly_added: DKMS has the source in /usr/src as it is now
newly_added() {
	command -v dkms >/dev/null || {
		lay "/usr/src/$name-$version"
		die "nothing is built: there is no dkms; install it, then repeat"
	}
	forget "$version"
	lay "/usr/src/$name-$version"
	dkms add -m "$name" -v "$version"
}

case "$# ${1-}" in
'1 install')
	if [ -n "$root" ]; then
		lay "$root/usr/src/$name-$version"
	else
		needs_root
		newly_added
		build_and_install
	fi
	;;
'1 uninstall')
	if [ -n "$root" ]; then
		rm -rf "$root/usr/src/$name-$version"
		exit
	fi
	needs_root
	found=$(versions)
	for version in $found; do
		forget "$version"
		rm -rf "/usr/src/$name-$version"
		say "version $version is gone"
	done
	[ -n "$found" ] || say "there is no version to take away"
	[ ! -d /sys/module/kexec_keyrings ] ||
		say "the module is still loaded: \`kexec-keyrings unload\` gives the kernel its own policy back"
	;;
*)
	echo "usage: kmod/dkms.sh install|uninstall" >&2
	exit 2
	;;
esac
