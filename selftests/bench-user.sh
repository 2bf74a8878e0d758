#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How fast `kexec-keyrings inspect` is, as ratios:  selftests/bench-user.sh PROGRAM
#
# A and B run in turn on Debian's arm64 kernel, BENCH_ROUNDS times (15), and the medians of
# their wall times are compared. Goals are printed beside; nothing passes or fails by them.
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${1:?usage: selftests/bench-user.sh PROGRAM}")
rounds=${BENCH_ROUNDS:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

package=$(selftests/lab/packages.sh depends bookworm arm64 linux-image-arm64 |
	grep -E -m 1 '^linux-image-[0-9]')
kernels=build/bench/$package
[ -e "$kernels/ready" ] || {
	selftests/lab/packages.sh unpack bookworm arm64 "$kernels" "$package"
	touch "$kernels/ready"
}
kernel=$(realpath "$kernels"/boot/vmlinuz-*)
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=bench -days 1 -keyout "$work/key" \
	-out "$work/cert.pem" 2>/dev/null
sbsign --key "$work/key" --cert "$work/cert.pem" --output "$work/signed" "$kernel" 2>/dev/null
for i in $(seq 50); do ln "$work/signed" "$work/kernel-$i"; done

# wall COMMAND...: microseconds. Nobody's output is kept: emptying a file for it costs a disk 2 ms.
wall() {
	local from=${EPOCHREALTIME/[^0-9]/} to

	"$@" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; echo "failed: $*" >&2; exit 1; }
	to=${EPOCHREALTIME/[^0-9]/}
	echo $((to - from))
}

median() {
	sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

row() {
	printf '%-58s %8s   %s\n' "$1" "$2" "$3"
}

# compare WHAT GOAL ROUNDS A B: functions; the ratio of A's time to B's
compare() {
	local i

	: >"$work/a" && : >"$work/b"
	{ "$4" && "$5"; } >/dev/null
	for ((i = 0; i < $3; i++)); do
		wall "$4" >>"$work/a"
		wall "$5" >>"$work/b"
	done
	row "$1" "$(awk -v a="$(median <"$work/a")" -v b="$(median <"$work/b")" \
		'BEGIN { printf "%.2fx", a / b }')" "$2"
}

inspect() { "$program" inspect "$work/signed"; }
digest() { openssl dgst -sha256 "$work/signed"; }
verify() { sbverify --cert "$work/cert.pem" "$work/signed"; }
together() { "$program" inspect "$work"/kernel-*; }
one_by_one() {
	local file

	for file in "$work"/kernel-*; do "$program" inspect "$file"; done
}

# In KiB, less the file: what is resident of a mapped file counts as memory, too.
peak() {
	python3 -c '
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                     file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
print(os.wait4(pid, 0)[2].ru_maxrss - os.path.getsize(sys.argv[-1]) // 1024)' \
		"$program" inspect "$work/signed"
}

echo "$(stat -c %s "$work/signed") bytes, $(nproc) cores, $rounds rounds"
row what ratio goal
compare 'inspect, of openssl dgst -sha256' 'at most 0.9x' "$rounds" inspect digest
compare 'inspect, of sbverify --cert' 'at most 0.6x' "$rounds" inspect verify
compare '50 kernels one after another, of inspect with all of them' 'at least 1.8x' 3 \
	one_by_one together
row 'inspect, peak memory beyond the file' \
	"$(awk -v kib="$(peak)" 'BEGIN { printf "%.1f MiB", kib / 1024 }')" 'below 12 MiB'
