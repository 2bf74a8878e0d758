#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Build the kernel of a source tree as it is now, small, in the lab's configuration:
#
#   tree.sh ARCH TREE OUT            the kernel, as kernel.sh leaves its own: OUT has
#                                    image, config, release, build/
#   tree.sh ARCH TREE OUT headers    only what modules are compiled against: OUT/build/
#
# TREE is not written to. What is in OUT of an earlier build is gone on from, whichever
# state of TREE that was of. Exit status: 3 if the tree cannot be configured or built, or
# cannot verify kexec images; 1 for other trouble.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
# shellcheck source=kbuild.sh
. "$(dirname "$0")/kbuild.sh"

# cannot CAUSE: it is the tree's fault
cannot() {
	disk_full && die "the disk is full; make room in $out"
	echo "kxk-lab: $1" >&2
	exit 3
}

# Of each line, the kernel must have one option.
required() {
	cat <<-END
		KEXEC_FILE
		KEXEC_SIG KEXEC_VERIFY_SIG
		SYSTEM_TRUSTED_KEYRING
		MODULES
	END
}

check_options() {
	local options option

	while read -ra options; do
		for option in "${options[@]}"; do
			! grep -qx "CONFIG_$option=y" "$objects/.config" || continue 2
		done
		cannot "$title has no CONFIG_${options[0]}, in this configuration"
	done < <(required)
}

[ $# -eq 3 ] || [ "$*" = "${*:1:3} headers" ] || usage 'tree.sh ARCH TREE OUT [headers]'
arch_facts "$1"
[ -f "$2/Kbuild" ] || die "$2 is no source of Linux"
tree=$(realpath "$2") out=$3 kind=${4:-boot}
mkdir -p "$out" || die "cannot write to $out"
out=$(realpath "$out")
objects=$out/build
log=$out/log
title="Linux $(make -s -C "$tree" kernelversion) for $1"
keys=$("$lab/keys.sh")
lock kernels
trap stop_group EXIT
trap 'exit 130' INT TERM HUP
mapfile -t fragments < <(existing "$lab/config/common.config" "$lab/config/$1.config" \
	"$lab/config/tree.config")

# What is left from another commit must not pass for this one's.
rm -f "$out/image" "$out/config" "$out/release"
configure "${fragments[@]}" || cannot "$title cannot be configured"
[ -z "$missing" ] ||
	echo "kxk-lab: $title has no $(grep -o '^CONFIG_[^=]*' <<<"$missing" | paste -sd ' ')" >&2
check_options
if [ "$kind" = headers ]; then
	kernel_make preparing 0 modules_prepare || cannot "$title does not build"
else
	# shellcheck disable=SC2154
	kernel_make building "$steps" "$target" modules || cannot "$title does not build"
	# shellcheck disable=SC2154
	cp "$objects/$image" "$out/image"
fi
cp "$objects/.config" "$out/config"
cp "$objects/include/config/kernel.release" "$out/release"
echo "$out"
