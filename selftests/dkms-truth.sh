#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What DKMS makes of the module, in TAP:  selftests/dkms-truth.sh PROGRAM SUITE
#
# In a root of that Debian release, with its DKMS, its compiler and the headers of two of its
# kernels: nothing is loaded. PROGRAM, the companion, must agree with what signed the module.
set -eu
program=$(realpath "${1:?usage: selftests/dkms-truth.sh PROGRAM SUITE}")
suite=${2:?usage: selftests/dkms-truth.sh PROGRAM SUITE}
# shellcheck source=lab/lab.sh
. "$(dirname "$0")/lab/lab.sh"
# shellcheck source=lab/root.sh
. "$(dirname "$0")/lab/root.sh"
work=$(mktemp -d)
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
trap 'stop_group; rm -rf "$work" "${fresh:-}"' EXIT
trap 'exit 130' INT TERM HUP

[ "$(id -u)" -eq 0 ] || die 'this takes root, for chroot(8)'
make_root "dkms-$suite" "$suite" \
	'dkms gcc make kmod openssl linux-headers-amd64 linux-headers-cloud-amd64'
# A machine of its own for each run
fresh=$root.run
rm -rf "$fresh"
need_space 1000
cp -a "$root" "$fresh"

kernel=$(basename "$(echo "$fresh"/lib/modules/*[0-9]-amd64)")
newer=$(basename "$(echo "$fresh"/lib/modules/*-cloud-amd64)")
version=$(sed -n 's/^#define KEXEC_KEYRINGS_VERSION "\(.*\)"/\1/p' \
	"$(dirname "$0")/../include/kexec_keyrings_version.h")
installed=updates/dkms/kexec_keyrings.ko
tree=$fresh/var/lib/dkms/kexec-keyrings

# On that machine
there() {
	in_root "$fresh" "$1"
}

# status_is STATUS COMMANDS: how they end there
status_is() {
	local status=0

	there "$2" || status=$?
	echo "status $status"
	[ "$status" -eq "$1" ]
}

# built RELEASE: the module is installed for that kernel, and is that kernel's
built() {
	local file=$fresh/lib/modules/$1/$installed

	[ -f "$file" ] && [ "$(modinfo -F version "$file")" = "$version" ] &&
		[ "$(modinfo -F vermagic "$file" | cut -d ' ' -f 1)" = "$1" ]
}

# not_built RELEASE: nor is there a trace of a build
not_built() {
	! [ -e "$fresh/lib/modules/$1/$installed" ] && ! [ -e "$tree/$version/$1" ]
}

# says TEXT COMMANDS: they print that, whatever their status
says() {
	there "$2 2>&1 || :" | tee "$work/said"
	grep -qF "$1" "$work/said"
}

# unsigned FILE FROM: FILE is the module FROM without its signature
unsigned() {
	local size

	size=$(tail -c 32 "$2" | od -An -tu1 -N4 | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }')
	head -c "-$((size + 40))" "$2" >"$1"
}

# signed_by KEY CERT DIGEST FILE: FILE is what the companion makes, with that key, of FILE
# without its signature
signed_by() {
	unsigned "$work/unsigned.ko" "$4"
	"$program" sign-module --key "$1" --cert "$2" --digest "$3" --output "$work/signed.ko" \
		"$work/unsigned.ko"
	cmp "$work/signed.ko" "$4"
}

not_signed_by() {
	! signed_by "$@"
}

# named FILE CERT: the signer that the companion finds is the one of the certificate
named() {
	local serial

	serial=$(openssl x509 -inform DER -in "$2" -noout -serial)
	"$program" inspect "$1" | tee "$work/said" || :
	grep -qi "serial ${serial#serial=}" "$work/said"
}

unsigned_module() {
	[ -z "$(modinfo -F signer "$1")" ]
}

nothing_left() {
	! find "$fresh/lib/modules" "$fresh/usr/src" "$fresh/var/lib/dkms" \
		-name '*kexec*keyrings*' | grep .
}

case $suite in
bullseye)
	# This DKMS signs only where it is told how to: with the script that comes with it, and
	# the keys that that has in it.
	key=$fresh/root/mok.priv certificate=$fresh/root/mok.der digest=sha512
	check "$suite: without a sign_tool, DKMS builds and installs" \
		there "cd /src && make dkms-install KVER=$kernel"
	check "$suite: and signs nothing" unsigned_module "$fresh/lib/modules/$kernel/$installed"
	check "$suite: all that is taken away again" there 'cd /src && make dkms-uninstall'
	there "openssl req -new -x509 -nodes -days 36500 -subj '/CN=owner of this machine' \
		-newkey rsa:2048 -keyout /root/mok.priv -outform DER -out /root/mok.der 2>/dev/null
		echo sign_tool=/etc/dkms/sign_helper.sh >>/etc/dkms/framework.conf"
	;;
*)
	key=$fresh/var/lib/dkms/mok.key certificate=$fresh/var/lib/dkms/mok.pub digest=sha256
	;;
esac

check "$suite: make dkms-install has the module added, built and installed" \
	there "cd /src && make dkms-install KVER=$kernel"
check "$suite: DKMS says so" says "installed" "dkms status -m kexec-keyrings -k $kernel"
check "$suite: the module is that kernel's" built "$kernel"
check "$suite: the other kernel has none" not_built "$newer"
check "$suite: depmod knows it" grep -q '^updates/dkms/kexec_keyrings.ko' \
	"$fresh/lib/modules/$kernel/modules.dep"
module=$fresh/lib/modules/$kernel/$installed
check "$suite: it is signed with the machine's own key, as the companion would sign it" \
	signed_by "$key" "$certificate" "$digest" "$module"
check "$suite: the companion names its signer" named "$module" "$certificate"
openssl req -new -x509 -nodes -days 2 -subj '/CN=somebody else' -newkey rsa:2048 \
	-keyout "$work/other.key" -outform DER -out "$work/other.der" 2>/dev/null
check "$suite: somebody else's key makes another signature" \
	not_signed_by "$work/other.key" "$work/other.der" "$digest" "$module"
check "$suite: once more, and all is as before" there "cd /src && make dkms-install KVER=$kernel"
check "$suite: the module is that kernel's again" built "$kernel"

# What dpkg runs when a kernel's headers have been unpacked
check "$suite: another kernel comes, and its module is built" \
	there "/etc/kernel/header_postinst.d/dkms $newer"
check "$suite: that module is that kernel's" built "$newer"
check "$suite: it is signed with the same key" \
	signed_by "$key" "$certificate" "$digest" "$fresh/lib/modules/$newer/$installed"
check "$suite: a kernel goes, and its module" there "/etc/kernel/prerm.d/dkms $newer"
check "$suite: the other one's stays" built "$kernel"
check "$suite: nothing of it is left" not_built "$newer"

# A kernel with a configuration, or of a release, that the bounds exclude: the headers are real
# but for that.
# excluded RELEASE [OPTION]: make such a kernel
excluded() {
	mkdir -p "$fresh/lib/modules/$1" "$fresh/usr/src/excluded-$1"
	cp -a "$fresh/usr/src/linux-headers-$kernel/." "$fresh/usr/src/excluded-$1/"
	ln -s "/usr/src/excluded-$1" "$fresh/lib/modules/$1/build"
	[ -z "${2:-}" ] || sed -i "/^$2=/d" "$fresh/usr/src/excluded-$1/.config"
}
excluded 5.10.0-no-data CONFIG_SYSTEM_DATA_VERIFICATION
excluded 5.10.0-no-file CONFIG_KEXEC_FILE
excluded 4.17.0-too-old
for other in 5.10.0-no-data 5.10.0-no-file 4.17.0-too-old; do
	check "$suite: $other: DKMS passes over it" says 'BUILD_EXCLUSIVE' "dkms autoinstall -k $other"
	check "$suite: $other: nothing is built" not_built "$other"
	check "$suite: $other: make dkms-install says so, which is no failure" says \
		"kernel $other cannot use the module" "cd /src && make dkms-install KVER=$other"
done
excluded 5.10.0-as-it-is
# The release is in the headers, so only the build is possible.
check "$suite: a kernel that differs in its name only is not passed over" \
	there "dkms build -m kexec-keyrings -v $version -k 5.10.0-as-it-is"
check "$suite: a kernel without headers: said, and no failure" says \
	'install linux-headers-5.10.0-none' 'cd /src && make dkms-install KVER=5.10.0-none'

# A source with an error
there "mkdir -p /out/project && cp -r /src/Makefile /src/kmod /src/include /src/COPYING \
	/src/LICENSES /src/selftests /out/project/ && echo 'int wrong = here;' >>/out/project/kmod/main.c"
check "$suite: a source that does not compile is a failure" \
	status_is 2 "cd /out/project && make dkms-install KVER=$kernel"
check "$suite: which says where the reason is" says 'make.log' \
	"cd /out/project && make dkms-install KVER=$kernel"
check "$suite: and the reason is there" grep -q "'here' undeclared" "$tree/$version/build/make.log"
check "$suite: nothing is installed then" not_built "$kernel"

check "$suite: make dkms-uninstall takes all away" there 'cd /src && make dkms-uninstall'
check "$suite: nothing is left" nothing_left
check "$suite: once more, there is nothing to do" says 'no version' 'cd /src && make dkms-uninstall'

# For a package: only files
check "$suite: DESTDIR= lays the source, and no more" \
	there "cd /src && make dkms-install DESTDIR=/out/package && ! dkms status | grep ."
check "$suite: and takes it away" there "cd /src && make dkms-uninstall DESTDIR=/out/package &&
	[ -z \"\$(find /out/package -type f)\" ]"

end_tap
