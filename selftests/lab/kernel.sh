#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab's kernels (kernels.conf), made once and kept in the cache.
#
#   kernel.sh ARCH NAME     make kernel NAME if need be; print its directory, which has
#                             image    the bootable kernel, unsigned (not of kind "headers")
#                             config   its configuration
#                             release  its `uname -r`
#                             build/   what a module is built against (KDIR)
#                             modules/ stock kernels: what is in /lib/modules
#   kernel.sh headers ARCH NAME
#                           the same, of which only build/ is wanted: a kernel to boot is
#                           prepared, and not built
#   kernel.sh source NAME   only unpack the source that NAME is built from; print where
#   kernel.sh list          print "NAME ARCH" of each kernel there is; not of variants,
#                           which have the headers of the kernel that they vary, nor of
#                           those that move
#
# KERNEL_TARBALL=FILE is used in place of a download of the source tarball.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
# shellcheck source=kbuild.sh
. "$(dirname "$0")/kbuild.sh"

# Part of every cache key: raise it when this script makes kernels differently.
recipe=1

src=$cache/src

# The lines of kernels.conf that say something
kernels() {
	grep -v -e '^#' -e '^$' "$lab/kernels.conf"
}

# find_kernel NAME: define arches, from, changes, kind, suite and version by the line of
# NAME in kernels.conf
find_kernel() {
	local line

	while read -r line arches from changes kind; do
		suite=${from##*@}
		version=${1%%-*}
		[ "$line" != "$1" ] || return 0
	done < <(kernels)
	echo "kxk-lab: there is no kernel \"$1\"; there are:" \
		"$(kernels | cut -d ' ' -f 1 | paste -sd ' ')" >&2
	exit 2
}

# fixes ARCH: what the source of $version needs on ARCH ("*": on any) to work at all with
# today's compilers. The source is kept with these applied.
fixes() {
	find "$lab/patches" -name "linux-$version-$1.patch" | sort | xargs -r cat
}

# Is the source unpacked, with all of its fixes?
source_ready() {
	[ "$(cat "$src/linux-$version.ready" 2>/dev/null)" = "$(fixes '*' | sha256sum)" ]
}

# patches: what this kernel's line asks to be applied, and where a patch has a part for
# the architecture, that too
patches() {
	local change

	for change in ${changes//,/ }; do
		case $change in
		*.patch) existing "$lab/patches/$change" "$lab/patches/${change%.patch}-$arch.patch" ;;
		esac
	done
}

# fragments: the files of its configuration; a later one wins
fragments() {
	local change

	existing "$lab/config/common.config" "$lab/config/$arch.config" \
		"$lab/config/linux-$version.config" "$lab/config/linux-$version-$arch.config"
	for change in ${changes//,/ }; do
		case $change in
		*.config) existing "$lab/config/$change" "$lab/config/${change%.config}-$arch.config" ;;
		esac
	done
}

# The hash of all that goes into the kernel.
key() {
	{
		echo "$recipe $name $arch $from $kind $make_options"
		"${cross}gcc" --version
		if [ "$from" != "stock@$suite" ]; then
			patches | xargs -r cat
			fixes "$arch"
			fragments | xargs cat "$keys/builtin.pem"
		fi
	} | sha256sum
}

up_to_date() {
	[ "$(cat "$dir/key" 2>/dev/null)" = "$key" ]
}

# fetch_source DIR: unpack the source that $from names into DIR
fetch_source() {
	local tarball=${KERNEL_TARBALL:-} package=${from#*:} is

	need_space 2500
	package=${package%@*}
	mkdir -p "$1" "$1.download"
	if [ -z "$tarball" ]; then
		echo "kxk-lab: fetching the source of Linux $version from Debian" >&2
		case $from in
		source:*) "$lab/packages.sh" source "$suite" "$package" "$1.download" ;;
		package:*) "$lab/packages.sh" unpack "$suite" amd64 "$1.download" "$package" ;;
		esac || die "no source of Linux $version; get linux-$version.tar.xz and set KERNEL_TARBALL to where it is"
		tarball=$(find "$1.download" -name '*.tar.xz')
	fi
	run "unpacking Linux $version" 0 "$cache/logs/unpack-$version.log" \
		tar --extract --file "$tarball" --directory "$1" --strip-components 1 ||
		die "cannot unpack $tarball; is it a tarball of the source of Linux $version?"
	is=$(make -s -C "$1" kernelversion)
	case $is in
	"$version" | "$version".*) ;;
	*) die "$tarball is Linux $is; Linux $version is needed" ;;
	esac
	fixes '*' | patch --quiet --directory "$1" --strip 1 || die "patches/linux-$version-* do not apply"
	rm -r "$1.download"
}

# Unpack the source once, and make it pristine; define tree.
source_tree() {
	tree=$src/linux-$version
	if ! source_ready; then
		rm -rf "$tree.ready" "$tree" "$tree.original" "$tree.partial" "$tree.partial.download"
		fetch_source "$tree.partial"
		mv "$tree.partial" "$tree"
		fixes '*' | sha256sum >"$tree.ready"
	fi
	pristine
}

# All kernels of a version are built from one tree. Its patched form is short-lived: the
# originals of what the patch touches are set aside in $tree.original, and this puts them
# back, whatever interrupted us.
pristine() {
	[ ! -d "$tree.original" ] || cp -a "$tree.original/." "$tree/"
	rm -rf "$tree.original" "$tree.original.partial"
}

apply_patches() {
	local patch

	mkdir "$tree.original.partial"
	(
		cd "$tree"
		patches | xargs sed -n 's|^--- a/||p' |
			xargs cp -a --parents --target-directory="$tree.original.partial"
	)
	mv "$tree.original.partial" "$tree.original"
	for patch in $(patches); do
		patch --quiet --directory "$tree" --strip 1 --no-backup-if-mismatch --input "$patch" ||
			die "$(basename "$patch") does not apply to Linux $version"
	done
}

# With all that the fragments ask for
configure_as_asked() {
	local files

	mapfile -t files < <(fragments)
	configure "${files[@]}"
	[ -z "$missing" ] ||
		die "$title cannot have $(echo "$missing" | paste -sd ' '); mend selftests/lab/config/"
}

# Kind boot, from source
build_boot() {
	if [ -n "$base" ]; then
		# Few files differ: go on from the objects of the kernel without the changes.
		cp -a "$cache/kernels/$base-$arch/build" "$objects"
		steps=0
	fi
	[ -z "$(patches)" ] || apply_patches
	configure_as_asked
	kernel_make building "$steps" "$target" modules
	cp "$objects/$image" "$partial/image"
}

# Kind headers, from source. What such a kernel would export is known only once it is
# built: taken from the lab's kernel, whose configuration is the same, and, for what newer
# kernels export, from Debian's kernel of that version (some releases have none for s390x).
build_headers() {
	local of package=''

	configure_as_asked
	kernel_make preparing 0 modules_prepare
	for of in "$debian" amd64; do
		package=$("$lab/packages.sh" depends "$suite" "$of" "linux-headers-$of")
		[ -z "$package" ] || break
	done
	"$lab/packages.sh" unpack "$suite" "$of" "$partial/debian" "$package"
	awk '!seen[$2]++' "$cache/kernels/$base-$arch/build/Module.symvers" \
		"$partial/debian/usr/src/$package/Module.symvers" >"$objects/Module.symvers"
	rm -r "$partial/debian"
}

# What is built from source, of either kind
built() {
	local option

	source_tree
	"build_$kind"
	# Modules are built with the same options.
	for option in $make_options; do
		sed -i "1a export ${option%%=*} := ${option#*=}" "$objects/Makefile"
	done
	cp "$objects/.config" "$partial/config"
	cp "$objects/include/config/kernel.release" "$partial/release"
}

# Debian's kernel packages, unpacked. They are written to live in /usr/src, and for the
# compiler of their suite.
stock() {
	local root=$partial/root headers packages release compiler modules

	headers=$("$lab/packages.sh" depends "$suite" "$debian" "linux-headers-$debian" | grep ^linux-headers-) ||
		die "Debian $suite has no kernel for $debian"
	release=${headers#linux-headers-}
	packages=$("$lab/packages.sh" depends "$suite" "$debian" "$headers" | grep -E '^linux-(headers|kbuild)-')
	# Since 7.x, what was in that package is in those that it depends on, and in other places.
	[ "$kind" = headers ] || packages="$packages linux-image-$release $("$lab/packages.sh" \
		depends "$suite" "$debian" "linux-image-$release" | grep -E '^linux-(binary|modules)-' || :)"
	echo "kxk-lab: fetching Debian's Linux $release" >&2
	# $packages is a list of words.
	# shellcheck disable=SC2086
	"$lab/packages.sh" unpack "$suite" "$debian" "$root" $headers $packages

	compiler=$("${cross}gcc" --version | head -n 1)
	sed -i "s|/usr/src/|$dir/root/usr/src/|" "$root/usr/src/$headers/Makefile"
	sed -i -e "s|^CC = .*|CC = ${cross}gcc|" -e '/^override CROSS_COMPILE/d' \
		"$root/usr/src/$headers/.kernelvariables"
	sed -i -E "s|^(CONFIG_CC_VERSION_TEXT=\"?)[^\"]*|\1$compiler|" \
		"$root/usr/src/$headers/include/config/auto.conf"
	# BTF would need pahole.
	sed -i -e '/^CONFIG_DEBUG_INFO_BTF/d' -e 's/^CONFIG_PAHOLE_VERSION=.*/CONFIG_PAHOLE_VERSION=0/' \
		"$root/usr/src/$headers/include/config/auto.conf"
	# gcc 14 has it, and 6.12 then asks for it.
	"${cross}gcc" -fmin-function-alignment=16 -E -x c /dev/null >/dev/null 2>&1 ||
		sed -i '/^CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=/d' \
			"$root/usr/src/$headers/include/config/auto.conf"
	# gcc 15 has it, and the headers of 7.x use it.
	echo 'struct { int n; int a[] __attribute__((counted_by(n))); } *x;' |
		"${cross}gcc" -Werror -fsyntax-only -x c - 2>/dev/null ||
		sed -i '/CONFIG_CC_HAS_COUNTED_BY/d' "$root/usr/src/$headers/include/generated/autoconf.h"
	older_libc "$root" "$(grep -o '^linux-kbuild[^ ]*' <<<"$packages")"
	ln -s "root/usr/src/$headers" "$objects"
	cp "$objects/.config" "$partial/config"
	echo "$release" >"$partial/release"
	if [ "$kind" != headers ]; then
		mv "$(existing "$root/boot/vmlinuz-$release" \
			"$root/usr/lib/modules/$release/vmlinuz")" "$partial/image"
		# What guests load on their way to the lab is not compressed there.
		find "$root" \( -name 'virtio*.ko.xz' -o -name efivarfs.ko.xz \) -exec xz --decompress {} +
		modules=root/lib/modules
		[ -d "$partial/$modules" ] || modules=root/usr/lib/modules
		ln -s "$modules" "$partial/modules"
	fi
}

# older_libc ROOT KBUILD: the programs in a newer suite's package KBUILD need that
# suite's libraries; where this machine's are too old, have them use those.
older_libc() {
	local root=$1 libraries program broken='' loader

	while read -r program; do
		! ldd "$program" 2>&1 | grep -q 'not found' || broken="$broken $program"
	done < <(find "$root"/usr/lib/linux-kbuild-* -type f -perm -u+x)
	[ -n "$broken" ] || return 0

	libraries=$("$lab/packages.sh" depends "$suite" "$debian" "$2" | sed -n '/^lib/p')
	# $libraries is a list of words.
	# shellcheck disable=SC2086
	"$lab/packages.sh" unpack "$suite" "$debian" "$root/libraries" $libraries zlib1g libzstd1
	loader=$(find "$root/libraries" -name 'ld-linux*.so.*' -printf '%P\n' | head -n 1)
	for program in $broken; do
		mv "$program" "$program.elf"
		# The last two are for the program's own shell.
		# shellcheck disable=SC2016
		printf '#!/bin/sh\nexec "%s" --library-path "%s" "$0.elf" "$@"\n' \
			"$dir/root/libraries/$loader" \
			"$dir/root/libraries/lib/$triplet:$dir/root/libraries/usr/lib/$triplet" >"$program"
		chmod +x "$program"
	done
}

usage='kernel.sh ARCH NAME | headers ARCH NAME | source NAME | list'
[ $# -gt 0 ] || usage "$usage"
as_headers=
case $1 in
list)
	kernels | awk '$1 !~ /^[0-9].*-/ && $5 != "moving" { n = split($2, arch, ","); for (i = 1; i <= n; i++) print $1, arch[i] }'
	exit
	;;
headers)
	as_headers=yes
	shift
	;;
source)
	[ $# -eq 2 ] || usage "$usage"
	find_kernel "$2"
	[ "$from" != "stock@$suite" ] || die "kernel $2 is not built from source; take another"
	if ! source_ready; then
		lock kernels
		source_tree
	fi
	echo "$src/linux-$version"
	exit
	;;
esac
[ $# -eq 2 ] || usage "$usage"
arch=$1 name=$2
arch_facts "$arch"
find_kernel "$name"
case ,$arches, in
*,"$arch",*) ;;
*) die "there is no kernel $name for $arch; there is one for ${arches//,/, }" ;;
esac
command -v "${cross}gcc" >/dev/null ||
	die "there is no ${cross}gcc; install the package gcc${cross:+-${cross%-}}"
dir=$cache/kernels/$name-$arch
if [ "$as_headers" ] && [ "$kind" = boot ] && [ "$from" != "stock@$suite" ]; then
	kind=headers
	dir=$dir-headers
fi
# Where it is made: one place for all, as what Kbuild compares before it compiles again has
# that path, and variants go on from the objects of others.
partial=$cache/kernels/partial
objects=$partial/build
title="Linux $name for $arch"
log=$cache/logs/$name-$arch.log
# The kernel that must be there to make this one
base=
if [ "$from" = "stock@$suite" ]; then
	:
elif [ "$name" != "$version" ] && [ "$(find_kernel "$version" && echo "$kind")" = boot ]; then
	base=$version
elif [ "$kind" = headers ]; then
	base=$(kernels | head -n 1 | cut -d ' ' -f 1)
fi
keys=$("$lab/keys.sh")
key=$(key)
if ! up_to_date; then
	[ -z "$base" ] || "$lab/kernel.sh" "$arch" "$base" >/dev/null
	lock kernels
	trap 'stop_group; rm -rf "$partial"; [ -z "${tree:-}" ] || pristine' EXIT
	trap 'exit 130' INT TERM HUP
	# Another run may have made it while we waited.
	if ! up_to_date; then
		need_space 1000
		rm -rf "$partial"
		mkdir -p "$partial"
		if [ "$from" = "stock@$suite" ]; then stock; else built; fi
		echo "$key" >"$partial/key"
		rm -rf "$dir"
		mv "$partial" "$dir"
	fi
fi
echo "$dir"
