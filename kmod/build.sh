#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Build kexec_keyrings.ko out of tree:  kmod/build.sh KDIR OUT [MAKE ARGUMENT...]
#
# Kbuild leaves its files beside the sources, and one tree serves many kernels:
# so the sources are copied to OUT first (only what changed), and OUT keeps the
# objects. The last line printed is the path of the module.
set -eu

if [ $# -lt 2 ]; then
	echo "usage: kmod/build.sh KDIR OUT [MAKE ARGUMENT...]" >&2
	exit 2
fi
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
kdir=$1
out=$2
shift 2

if [ ! -e "$kdir/Makefile" ]; then
	echo "kexec-keyrings: $kdir is no kernel build tree; install the headers of that kernel (linux-headers-...), or name another tree with KDIR=" >&2
	exit 1
fi
if ! grep -qs '^CONFIG_SYSTEM_DATA_VERIFICATION=y' "$kdir/.config"; then
	echo "kexec-keyrings: the kernel of $kdir verifies no signatures (CONFIG_SYSTEM_DATA_VERIFICATION is off): there is nothing to backport to it" >&2
	exit 1
fi

mkdir -p "$out"
out=$(CDPATH='' cd -- "$out" && pwd)
mkdir -p "$out/source"
cp -Ru --preserve=timestamps "$top/kmod" "$top/include" "$out/source/"

${MAKE:-make} --no-print-directory -C "$kdir" M="$out/source/kmod" "$@" modules >&2
cp "$out/source/kmod/kexec_keyrings.ko" "$out/kexec_keyrings.ko"
echo "$out/kexec_keyrings.ko"
