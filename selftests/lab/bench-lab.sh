#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How often the lab's guests can boot on this machine:
#
#	bench-lab.sh ARCH...        boots per minute, one at a time
#
# A boot is from the start of kxk-lab until a shell in the guest greets, and the guest's end. A first one,
# which may have to build something, does not count.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
kxk_lab=$lab/../../build/lab/kxk-lab
rounds=5
guest=

# stop_guest: the one that runs, if any. That it has ended by itself is no failure here: boot() looks at
# what it has said.
stop_guest() {
	[ -n "$guest" ] || return 0
	kill "$guest" 2>/dev/null || :
	while kill -0 "$guest" 2>/dev/null; do sleep 0.01; done
	guest=
}

# boot ARCH: once, and end the guest
boot() {
	local console log=$work/console

	exec {console}< <(exec "$kxk_lab" shell "$1" 2>&1 <&"$silent")
	guest=$!
	# Whether it was in time, the log tells.
	timeout 300 sed '/built-in shell/q' <&"$console" >"$log" || :
	stop_guest
	exec {console}<&-
	grep -q 'built-in shell' "$log" || die "the guest for $1 has no shell: $(tail -n 1 "$log")"
}

[ $# -ge 1 ] || usage 'bench-lab.sh ARCH...'
work=$(mktemp -d)
trap 'stop_guest; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
# What a person who says nothing types
mkfifo "$work/silent"
exec {silent}<>"$work/silent"
for arch; do
	arch_facts "$arch"
	boot "$arch"
	from=${EPOCHREALTIME/[^0-9]/}
	for ((round = 0; round < rounds; round++)); do boot "$arch"; done
	awk -v arch="$arch" -v us=$((${EPOCHREALTIME/[^0-9]/} - from)) -v boots="$rounds" \
		'BEGIN { printf "%-8s %5.1f boots per minute\n", arch, boots * 6e7 / us }'
done
