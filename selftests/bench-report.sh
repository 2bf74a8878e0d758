#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The plots of Documentation/performance.rst:  selftests/bench-report.sh JSON DIRECTORY
#
# JSON is what `kxk-lab bench --json` wrote; DIRECTORY gets paths.svg, stack.svg, sizes.svg
# and certificates.svg.
set -eu
[ $# -eq 2 ] || { echo 'usage: selftests/bench-report.sh JSON DIRECTORY' >&2; exit 2; }
json=$1 out=$2
[ -r "$json" ] || { echo "kexec-keyrings: there is no $json; make bench writes it" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
arches=$(jq -r '.architectures[].arch' "$json" | sort)

# rows FILTER: of the measurements of $arch, as jq's filter makes them
rows() {
	jq -r --arg arch "$arch" '.architectures[] | select(.arch == $arch) | .verifications[] |'"$1"' | @tsv' "$json"
}

for arch in $arches; do
	# A line for each signer: the kernel by itself, and each engine, as multiples of a digest
	for signer in builtin secondary platform unknown; do
		rows "select(.image == \"$signer\" and .certificates_added == 0) |
			[.instructions / .sha256_instructions]" | paste -sd ' ' | sed "s/^/$signer /"
	done >"$work/paths-$arch"
	# How far the verifications at one place of the stack are from the mean of all, in percent
	for phase in native ftrace; do
		rows "select(.phase == \"$phase\" and .image == \"platform\" and .certificates_added == 0) |
			.instructions as \$mean | .instructions_by_stack[] |
			[.bytes_deeper, 100 * (.instructions / \$mean - 1)]" >"$work/stack-$arch-${phase/native/kernel}"
	done
	rows 'select(.phase == "native" and .certificates_added == 0 and
		(.image | test("^platform"))) | [.bytes, .instructions / 1e6]' | sort -n \
		>"$work/sizes-$arch-platform"
	for signer in secondary platform; do
		rows "select(.phase == \"native\" and .image == \"$signer-least\") |
			select(.certificates_added > 0) | [.certificates_added, .instructions / 1e6]" | sort -n \
			>"$work/certificates-$arch-$signer"
	done
done

# plot NAME COMMAND...: gnuplot's commands, each a line, to NAME.svg
plot() {
	{
		echo 'set terminal svg noenhanced size 800,480 background "white" font "sans,12"'
		echo "set output '$out/$1.svg'"
		echo 'set key outside right top; set grid ytics; set tics nomirror'
		printf '%s\n' "${@:2}"
	} | gnuplot
}

# curves KIND NAME...: what gnuplot is to draw from the files of a kind: a colour for each
# architecture, other dashes and points for each name
curves() {
	local arch name colour=0 style

	for arch in $arches; do
		colour=$((colour + 1)) style=0
		for name in "${@:2}"; do
			style=$((style + 1))
			printf "'%s' using 1:2 with linespoints linecolor %d dashtype %d pointtype %d title '%s, %s', " \
				"$work/$1-$arch-$name" "$colour" "$style" $((2 * style + 3)) "$arch" "$name"
		done
	done | sed 's/, $//'
}

bars=''
for arch in $arches; do
	bars="$bars newhistogram '$arch', '$work/paths-$arch' using 2:xtic(1) title \"$([ -n "$bars" ] || echo kernel)\" linecolor 1,"
	bars="$bars '' using 3 title \"$([ "$arch" != "${arches%%[[:space:]]*}" ] || echo ftrace)\" linecolor 2,"
	bars="$bars '' using 4 title \"$([ "$arch" != "${arches%%[[:space:]]*}" ] || echo kprobe)\" linecolor 3,"
done
plot paths 'set style data histograms; set style histogram clustered title offset 0,-1; set style fill solid' \
	'set yrange [0:*]; set ylabel "multiples of one SHA-256 over the image"' \
	'set xtics rotate by -35; set bmargin 6' "plot ${bars%,}"
plot stack 'set xlabel "bytes that the stack is deeper"; set xtics 16; set xrange [-8:56]' \
	'set ylabel "% from the mean of all four"' "plot $(curves stack kernel ftrace)"
plot sizes 'set logscale xy' 'set xlabel "the image"' \
	'set xtics ("4 KiB" 2**12, "64 KiB" 2**16, "1 MiB" 2**20, "16 MiB" 2**24, "256 MiB" 2**28)' \
	'set ylabel "millions of instructions"; set format y "%.0f"' "plot $(curves sizes platform)"
plot certificates 'set logscale x' 'set xlabel "certificates added to .secondary_trusted_keys"' \
	'set yrange [0:*]; set ylabel "millions of instructions, image of 4 KiB"' \
	"plot $(curves certificates secondary platform)"
