#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From source to a kernel with the policy of 6.0, by the module and by building the kernel again:
#
#	bench-source.sh ARCH        wall time on this machine, as multiples of the module's
#
# The kernel is the lab's small one; a distribution's has some ten times as many files.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

# timed FILE COMMAND...: adds its seconds to FILE
timed() {
	local from=${EPOCHREALTIME/[^0-9]/}

	"${@:2}" >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2 && die "failed: ${*:2}"; }
	awk -v us=$((${EPOCHREALTIME/[^0-9]/} - from)) 'BEGIN { print us / 1e6 }' >>"$1"
}

median() {
	sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# row WHAT FILE
row() {
	awk -v what="$1" -v seconds="$(median "$2")" -v module="$(median "$work/module")" \
		'BEGIN { printf "%-52s %7.1f s %7.1fx\n", what, seconds, seconds / module }'
}

module() {
	rm -rf "$work/kmod"
	timed "$work/module" "$lab/../../kmod/build.sh" "$kernel/build" "$work/kmod" \
		"ARCH=$karch" "CROSS_COMPILE=$cross" "-j$(nproc)"
}

[ $# -eq 1 ] || usage 'bench-source.sh ARCH'
arch_facts "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
kernel=$("$lab/kernel.sh" "$1" 5.10.13)
tree=$("$lab/kernel.sh" source 5.10.13)
# One of the files that the series for 6.0 changes, in the kernel of each architecture.
changed=$work/kernel/build/kernel/kexec_file.o

module
echo "kxk-lab: building the kernel; minutes" >&2
timed "$work/all" "$lab/tree.sh" "$1" "$tree" "$work/kernel"
for round in 1 2 3; do
	module
	rm "$changed"
	timed "$work/one" "$lab/tree.sh" "$1" "$tree" "$work/kernel"
	echo "kxk-lab: round $round of 3" >&2
done
echo "Linux 5.10.13 for $1, $(nproc) cores"
row 'the module, from its source' "$work/module"
row 'the kernel, where all but one file is built' "$work/one"
row 'the kernel, from its source' "$work/all"
