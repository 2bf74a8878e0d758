# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the lab's bash scripts share: sourced, not run.

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kexec-keyrings

# die CAUSE: one line, and the end
die() {
	echo "kxk-lab: $1" >&2
	exit 1
}

# usage TEXT: the caller got its arguments wrong
usage() {
	echo "usage: $1" >&2
	exit 2
}

# arch_facts ARCH: define the variables of arch/ARCH.conf
arch_facts() {
	case $1 in
	*/* | '') ;;
	*)
		if [ -f "$lab/arch/$1.conf" ]; then
			# shellcheck source=arch/x86_64.conf
			. "$lab/arch/$1.conf"
			return
		fi
		;;
	esac
	echo "kxk-lab: there is no architecture \"$1\"; there are:" \
		"$(basename -s .conf -a "$lab"/arch/*.conf | paste -sd ' ')" >&2
	exit 2
}

# lock NAME: wait for, and keep until the script ends, the lock of one part of the cache
lock() {
	local fd

	mkdir -p "$cache" || die "cannot write to $cache; set XDG_CACHE_HOME to another directory"
	exec {fd}>"$cache/$1.lock"
	flock -n "$fd" && return
	echo "kxk-lab: waiting for another run that uses $cache/$1.lock" >&2
	flock "$fd"
}

# disk_full: is there no room left in the cache?
disk_full() {
	[ "$(free_space)" -lt 4 ]
}

# free_space: in the cache, in MiB
free_space() {
	df -Pm "$cache" | awk 'NR == 2 { print $4 }'
}

# need_space MIB: give up now rather than in the middle
need_space() {
	local free

	free=$(free_space)
	[ "$free" -ge "$1" ] ||
		die "$cache has $free MiB free, $1 MiB are needed; make room, or set XDG_CACHE_HOME"
}

# Process group of what run() runs, for the trap.
group=

# Stop what run() runs. For use in traps: a signal ends the script, not only its child.
# That kill finds nobody is no failure: the group may have ended by itself.
stop_group() {
	[ -z "$group" ] || kill -TERM -- "-$group" 2>/dev/null || :
	group=
}

# progress WHAT LOG STEPS SECONDS: say how far a command is; compilation steps are
# counted in its log where STEPS, about how many there will be, is not 0
progress() {
	local far='' spent="$(($4 / 60)) min $(($4 % 60)) s"

	[ "$3" -eq 0 ] || far="$(grep -c '^  [A-Z]' "$2" || :) of about $3 steps, "
	if [ -t 2 ]; then
		printf '\r\033[Kkxk-lab: %s: %s%s' "$1" "$far" "$spent" >&2
	elif [ "$4" -ge "$next_line" ]; then
		echo "kxk-lab: $1: $far$spent" >&2
		next_line=$(($4 + 20))
	fi
}

# run WHAT STEPS LOG COMMAND...: run a long command, its output to LOG, telling how
# far it is. Fails as the command does, after one line on the reason.
run() {
	local what=$1 steps=$2 log=$3 start=$SECONDS next_line=0 status=0
	shift 3

	mkdir -p "$(dirname "$log")"
	: >"$log"
	# A process group of its own, for the compiler that runs for make for us
	# would survive us otherwise.
	setsid "$@" >"$log" 2>&1 </dev/null &
	group=$!
	while kill -0 "$group" 2>/dev/null; do
		progress "$what" "$log" "$steps" $((SECONDS - start))
		sleep 0.5
	done
	wait "$group" || status=$?
	group=
	[ ! -t 2 ] || printf '\r\033[K' >&2
	[ "$status" -ne 0 ] || return 0
	if grep -q 'No space left on device' "$log"; then
		echo "kxk-lab: $what: the disk is full; make room in $cache and repeat" >&2
	else
		# Errors only: what merely has the word in its name, as warnings quote it, is none.
		grep -E -m 3 '(error: |Error [0-9]|\*\*\*|^E:|^tar: )' "$log" | cut -c 1-300 >&2 || :
		echo "kxk-lab: $what failed; all of its output is in $log" >&2
	fi
	return "$status"
}
