#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the packages are, in TAP:  selftests/packages-truth.sh SUITE [ARCH...]
#
# They are built in a root of that Debian release, also for ARCH, and installed in other roots of it
# that have never seen the project: nothing is loaded there, and nobody there may.
set -eu
suite=${1:?usage: selftests/packages-truth.sh SUITE [ARCH...]}
# shellcheck source=lab/lab.sh
. "$(dirname "$0")/lab/lab.sh"
# shellcheck source=lab/root.sh
. "$(dirname "$0")/lab/root.sh"
project=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
plain='' dkms=''
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
trap 'stop_group; rm -rf "$work" "$plain" "$dkms"' EXIT
trap 'exit 130' INT TERM HUP
[ "$(id -u)" -eq 0 ] || die 'this takes root, for chroot(8)'
version=$(sed -n 's/^#define KEXEC_KEYRINGS_VERSION "\(.*\)"/\1/p' \
	"$project/include/kexec_keyrings_version.h")
export DEB_BUILD_OPTIONS=nocheck

# fresh VARIABLE ROOT: a copy of a root, for this run alone, with the packages in /debs
fresh() {
	local copy=$2.packages

	rm -rf "$copy"
	need_space 1000
	cp -a "$2" "$copy"
	mkdir "$copy/debs"
	cp "$work/$suite"/*.deb "$copy/debs/"
	printf -v "$1" %s "$copy"
}

# there ROOT COMMANDS: without the right to load a module or a kernel, which would be this machine's
there() {
	# shellcheck disable=SC2016
	export lab
	# shellcheck disable=SC2016
	setpriv --bounding-set=-sys_module,-sys_boot --inh-caps=-sys_module,-sys_boot \
		bash -c '. "$1" && in_root "$2" "export DEBIAN_FRONTEND=noninteractive; $3"' '' \
		"$lab/root.sh" "$1" "$2"
}

# install ROOT PACKAGE...: with what they depend on
install_in() {
	there "$1" "apt-get update -q && cd /debs && apt-get install -qy --no-install-recommends \
		$(printf './%s_*.deb ' "${@:2}")"
}

same_tarball() {
	"$project/user/packaging/dist.sh" "$work/once"
	"$project/user/packaging/dist.sh" "$work/twice"
	cmp "$work/once/kexec-keyrings-$version.tar.xz" "$work/twice/kexec-keyrings-$version.tar.xz"
}

tarball_of_tarball() {
	tar -C "$work" -xf "$work/once/kexec-keyrings-$version.tar.xz"
	"$work/kexec-keyrings-$version/user/packaging/dist.sh" "$work/third"
	cmp "$work/once/kexec-keyrings-$version.tar.xz" "$work/third/kexec-keyrings-$version.tar.xz"
}

other_tarball() {
	echo '# changed' >>"$work/kexec-keyrings-$version/kmod/Kbuild"
	"$work/kexec-keyrings-$version/user/packaging/dist.sh" "$work/third"
	! cmp -s "$work/once/kexec-keyrings-$version.tar.xz" "$work/third/kexec-keyrings-$version.tar.xz"
}

built() {
	make -C "$project" deb SUITE="$suite" OUT="$work/$suite" "$@"
}

# fields FILE FIELD VALUE: what the package says of itself
field() {
	local is

	is=$(dpkg-deb -f "$1" "$2")
	echo "$2: $is"
	[[ $is == *$3* ]]
}

# has FILE PATH...: the package has these files
has() {
	dpkg-deb --fsys-tarfile "$1" | tar -t >"$work/files"
	for path in "${@:2}"; do
		grep -qx "\./$path" "$work/files" || { echo "there is no $path" && return 1; }
	done
}

# machine DEB WORD: its program is for that
machine() {
	dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/sbin/kexec-keyrings >"$work/program"
	readelf -h "$work/program" | tee "$work/elf"
	grep -q "Machine:.*$2" "$work/elf"
}

# same_beside DEB DEB: what is beside the program is the same in both
same_beside() {
	local deb

	for deb in "$@"; do
		dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/share/bash-completion/completions/kexec-keyrings \
			./usr/share/zsh/vendor-completions/_kexec-keyrings ./lib/systemd/system/kexec-keyrings.service
	done >"$work/beside"
	split -n 2 "$work/beside" "$work/beside."
	[ -s "$work/beside.aa" ] && cmp "$work/beside.aa" "$work/beside.ab"
}

clean_by_lintian() {
	lintian --pedantic --fail-on error,warning,info,pedantic --allow-root "$@"
}

# A package with a fault is not clean: the same one without its copyright file.
with_fault() {
	dpkg-deb -R "$1" "$work/fault"
	rm "$work"/fault/usr/share/doc/*/copyright
	dpkg-deb -b "$work/fault" "$work/fault.deb"
	! clean_by_lintian "$work/fault.deb"
}

rpms_are_built() {
	make -C "$project" rpm OUT="$work/rpm"
}

# rpm_of PACKAGE ARCH: its file
rpm_of() {
	echo "$work/rpm/$1-$version"-*."$2".rpm
}

# has_rpm FILE PATH...
has_rpm() {
	rpm -qpl "$1" >"$work/files"
	for path in "${@:2}"; do
		grep -qx "$path" "$work/files" || { echo "there is no $path" && return 1; }
	done
}

# A spec with a fault is not accepted: a path that is right on one architecture only.
rpmlint_finds() {
	sed 's|^%{_sbindir}/kexec-keyrings|/usr/lib/kexec-keyrings/kexec-keyrings|' "$work/rpm/kexec-keyrings.spec" \
		>"$work/fault.spec"
	! rpmlint "$work/fault.spec"
}

# What the shell completes after "kexec-keyrings unlo"
completes() {
	# shellcheck disable=SC2016
	there "$plain" '. /usr/share/bash-completion/completions/kexec-keyrings
		COMP_WORDS=(kexec-keyrings unlo) COMP_CWORD=1
		$(complete -p kexec-keyrings | sed "s/.*-F \([^ ]*\).*/\1/") kexec-keyrings unlo kexec-keyrings
		echo "${COMPREPLY[@]}"' | grep -w unload
}

nothing_left() {
	! find "$@" \( -path '*/dpkg/*' -o -path '*/apt/*' -o -path '*/debs' -o -path '*/log/*' \) -prune -o \
		-iname '*kexec*keyrings*' -print | grep .
}

# built_for RELEASE: DKMS has built and installed the module for the kernel
built_for() {
	local file=$dkms/lib/modules/$1/updates/dkms/kexec_keyrings.ko

	[ "$(modinfo -F version "$file")" = "$version" ] &&
		[ "$(modinfo -F vermagic "$file" | cut -d ' ' -f 1)" = "$1" ]
}

if [ "$suite" = bookworm ]; then
	check 'make dist gives the same bytes twice' same_tarball
	check 'and again from what is in the tarball' tarball_of_tarball
	check 'but not from something else' other_tarball
fi

check "$suite: the packages are built" built
deb=$(echo "$work/$suite"/kexec-keyrings_*.deb)
for package in kexec-keyrings kexec-keyrings-dkms kexec-keyrings-selftests; do
	check "$suite: $package has the version of the project" \
		field "$(echo "$work/$suite/${package}"_*.deb)" Version "$version-1"
done
check "$suite: the command is packaged with what comes with it" has "$deb" usr/sbin/kexec-keyrings \
	usr/share/man/man8/kexec-keyrings.8.gz usr/share/bash-completion/completions/kexec-keyrings \
	usr/share/zsh/vendor-completions/_kexec-keyrings \
	usr/share/fish/vendor_completions.d/kexec-keyrings.fish \
	lib/systemd/system/kexec-keyrings.service lib/udev/rules.d/60-kexec-keyrings.rules
if [ "$suite" = bookworm ]; then
	check "$suite: lintian finds nothing" clean_by_lintian "$work/$suite"/*.changes
	check "$suite: but finds a fault where there is one" with_fault "$deb"
fi
for arch in "${@:2}"; do
	check "$suite: they are built for $arch" built ARCH="$arch" OUT="$work/$suite-$arch"
	foreign=$(echo "$work/$suite-$arch"/kexec-keyrings_*.deb)
	arch_facts "$arch"
	# shellcheck disable=SC2154
	check "$suite: $arch: it says so" field "$foreign" Architecture "$debian"
	check "$suite: $arch: it is so" machine "$foreign" "$(sed 's/arm64/AArch64/; s/s390x/S\/390/' <<<"$arch")"
	check "$suite: $arch: what is beside the program is the same" same_beside "$deb" "$foreign"
done

if [ "$suite" = bookworm ]; then
	check 'rpm: the packages are built' rpms_are_built
	check 'rpm: rpmlint finds no error' rpmlint "$work/rpm/kexec-keyrings.spec"
	check 'rpm: but finds one where there is one' rpmlint_finds
	check 'rpm: the command is packaged with what comes with it' has_rpm \
		"$(rpm_of kexec-keyrings "$(uname -m)")" /usr/sbin/kexec-keyrings \
		"/usr/share/man/man8/kexec-keyrings.8\(.gz\)*" /usr/lib/systemd/system/kexec-keyrings.service \
		/usr/lib/udev/rules.d/60-kexec-keyrings.rules /usr/share/zsh/site-functions/_kexec-keyrings
	check 'rpm: the source of the module' has_rpm "$(rpm_of kexec-keyrings-dkms noarch)" \
		"/usr/src/kexec-keyrings-$version/dkms.conf" "/usr/src/kexec-keyrings-$version/kmod/policy.c"
	check 'rpm: the tests' has_rpm "$(rpm_of kexec-keyrings-selftests noarch)" \
		/usr/libexec/kexec-keyrings/selftests/run_kselftest.sh
fi

make_root "plain-$suite" "$suite" 'init-system-helpers'
fresh plain "$root"
check "$suite: an empty Debian installs the command and the tests" \
	install_in "$plain" kexec-keyrings kexec-keyrings-selftests
check "$suite: it runs" there "$plain" "kexec-keyrings --version | grep -Fx 'kexec-keyrings $version'"
# What it says of an image takes every library.
check "$suite: it inspects a file, with nothing else installed" there "$plain" \
	'kexec-keyrings inspect /usr/sbin/kexec-keyrings | tee /tmp/said || :; grep -q "ELF" /tmp/said'
check "$suite: bash completes its commands" completes
check "$suite: the unit is enabled" test -L \
	"$plain/etc/systemd/system/sysinit.target.wants/kexec-keyrings.service"
# shellcheck disable=SC2016
check "$suite: its program is where it says" there "$plain" \
	'test -x "$(sed -n "s/^ExecStart=\([^ ]*\).*/\1/p" /lib/systemd/system/kexec-keyrings.service)"'
# They skip what takes the right that they have not got, which is no failure.
check "$suite: the tests run, and find the command" there "$plain" \
	'/usr/lib/kexec-keyrings/selftests/run_kselftest.sh | tee /tmp/tap; grep -q "^TAP version" /tmp/tap'
check "$suite: they can be taken away" there "$plain" \
	'apt-get purge -qy kexec-keyrings kexec-keyrings-selftests'
check "$suite: nothing is left" nothing_left "$plain/etc" "$plain/usr" "$plain/lib" "$plain/var"

make_root "dkms-$suite" "$suite" \
	'dkms gcc make kmod openssl linux-headers-amd64 linux-headers-cloud-amd64'
fresh dkms "$root"
newest=$(basename "$(echo "$dkms"/lib/modules/*-cloud-amd64)")
check "$suite: the package of the module is installed" install_in "$dkms" kexec-keyrings-dkms
check "$suite: DKMS has built it for the newest kernel" built_for "$newest"
check "$suite: what it builds is what make dkms-install gives it" there "$dkms" \
	"mkdir /tmp/by-hand && cd /src && make -s dkms-install DESTDIR=/tmp/by-hand &&
	diff -r /tmp/by-hand/usr/src/kexec-keyrings-$version /usr/src/kexec-keyrings-$version"
check "$suite: the package is taken away" there "$dkms" 'apt-get purge -qy kexec-keyrings-dkms'
rm -rf "$dkms/tmp/by-hand"
check "$suite: nothing is left" nothing_left "$dkms/etc" "$dkms/usr" "$dkms/lib" "$dkms/var"

end_tap
