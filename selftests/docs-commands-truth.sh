#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hold the commands that README.rst, Documentation/ and the man page name against what there is, in TAP:
#
#	selftests/docs-commands-truth.sh PROGRAM
#
# * Each command in a page is one that exists, with its options.
# * The command blocks of README.rst, install.rst and signing.rst are executed, one after the other, in
#   a copy of the project, or checked; `deed`, below, says which, of each line. A line that
#   it does not know is a failure.
#
# Backquotes in quotes are RST's, and dollars there are for eval:
# shellcheck disable=SC2016
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${1:?usage: selftests/docs-commands-truth.sh PROGRAM}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tap.sh
. selftests/tap.sh
pages=(README.rst CONTRIBUTING.rst Documentation/*.rst Documentation/man/kexec-keyrings.8.rst)
arch=$(uname -m | sed 's/aarch64/arm64/')
# What make was told is not for what is made here.
unset MAKEFLAGS MFLAGS MAKELEVEL ARCH CROSS_COMPILE KDIR OUT SUITE KERNEL PROGRAM
# A kernel of the lab: its image, and what a module is built against
kernel=$(selftests/lab/kernel.sh "$arch" 5.10.13)

###### Commands that pages name

# exists COMMAND LINE: of our program, the sub-command and each option; of make, the target: it would do something
exists() {
	local line word

	line=$(sed -E 's/\$\([^)]*\)/X/g; s/[|<>].*//; s/^git bisect run //' <<<"$*")
	set -f
	# It is a list of words.
	# shellcheck disable=SC2086
	set -- $line
	set +f
	case $1 in
	*kexec-keyrings)
		case ${2:-} in
		"" | --help | --version) return ;;
		completion) ;;
		*) "$program" --help | grep -qE -e "^  $2 " || { echo "no command: $line" && return 1; } ;;
		esac
		"$program" "$2" --help >"$work/help"
		for word; do
			case $word in
			-*) grep -qE -e "^  ([^ ]*,)?${word%%=*}([ ,]|$)" "$work/help" ||
				{ echo "no option $word: $line" && return 1; } ;;
			esac
		done
		;;
	make)
		: >"$work/steps"
		if ! (cd "$work/project" && eval "make -n ${line#make }") >"$work/steps" || [ ! -s "$work/steps" ]; then
			echo "make does not know: $line"
			return 1
		fi
		;;
	*) echo "whose command is it? $line" && return 1 ;;
	esac
}

# The commands in literal blocks, "FILE:LINE<tab>COMMAND" each, without comments; lines that go on are
# one. A block is the indented text after "::", but for directives other than code-block:: sh.
blocks() {
	awk '
		FNR == 1 { inside = waiting = 0; joined = "" }
		waiting && NF && /^[ \t]/ { inside = 1; waiting = 0; match($0, /^[ \t]*/); indent = RLENGTH }
		waiting && NF { waiting = 0 }
		inside && NF { match($0, /^[ \t]*/); if (RLENGTH < indent) inside = 0 }
		inside && NF {
			line = $0
			sub(/^[ \t]*/, "", line)
			if (joined == "")
				start = FNR
			if (sub(/\\$/, "", line)) {
				joined = joined line
				next
			}
			line = joined line
			joined = ""
			sub(/(^|[ \t]+)#.*/, "", line)
			gsub(/  +/, " ", line)
			if (line != "")
				print FILENAME ":" start "\t" line
			next
		}
		/^\.\. code-block:: sh/ || (/::$/ && !/^ *\.\. /) { waiting = 1 }' "$@"
}

# Commands of ours and of make, in any block or literal of any page
named_commands() {
	local where line

	{
		blocks "${pages[@]}"
			grep -noE '``(kexec-keyrings|make) [^`]*``' "${pages[@]}" | sed -E 's/^([^:]*:[0-9]*):``(.*)``$/\1\t\2/'
	} | grep -P '\t(git bisect run )?([^ ]*kexec-keyrings|make) ' >"$work/named.all"
	# What is made in a kernel's source has the kernel's own Makefile.
	grep -v 'TARGETS=kexec_keyrings' "$work/named.all" >"$work/named"
	[ "$(wc -l <"$work/named")" -ge 60 ] || { echo "few commands were found" && return 1; }
	while IFS=$'\t' read -r where line; do
		exists "$line" || { echo "$where" && return 1; }
	done <"$work/named"
}

# A copy of the project, for commands that make something
mkdir "$work/project"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/project"

check 'each command of ours that a page names exists, with its options' named_commands
check 'a command that does not exist is found out' eval '! exists kexec-keyrings lode --mode observe'
check 'an option that does not exist is found out' eval '! exists kexec-keyrings load --modes observe'
check 'a target that does not exist is found out' eval '! exists make docks'

###### Command blocks

# A word or two of COMMAND's own man page, unpacked with its package: documented TOOL PACKAGE WORD...
documented() {
	local page word

	selftests/lab/packages.sh unpack bookworm "$(dpkg --print-architecture)" "$work/tools" "$2" >&2
	page=$(find "$work/tools/usr/share/man" -name "$1.[18].gz")
	for word in "${@:3}"; do
		zcat "$page" | sed 's/\\-/-/g; s/\\f[BIRP]//g' | grep -qF -e "$word" ||
			{ echo "$1 has no $word" && return 1; }
	done
}

# tested_as NAME: another test of check.sh runs it, under this name
tested_as() {
	grep -qF -e "$1" selftests/check.sh || { echo "no test of check.sh is called: $1" && return 1; }
}

# perform STATUSES COMMAND: run it in the copy of the project; its status must be one of these
perform() {
	local status=0

	(cd "$work/project" && eval "$2") || status=$?
	grep -qw "$status" <<<"$1" || { echo "exit status $status" && return 1; }
}

# removes COMMAND: what it is to remove is there, and then it is not
removes() {
	local file

	eval "set -- ${1#rm -f }"
	for file; do
		[ "${file#"$DESTDIR"/}" != "$file" ] || { echo "$file is this machine's" && return 1; }
		[ -f "$file" ] || { echo "there is no $file" && return 1; }
	done
	perform 0 "rm -f $(printf ' %q' "$@")"
	for file; do
		[ ! -e "$file" ] || return
	done
}

# deed COMMAND: execute a line of a command block, or check it as far as can be. Executed are those with
# `perform`. Of the others it is said why not.
deed() {
	case $1 in
	# Hours, or a guest: other tests of check.sh do it.
	'make demo')
		exists "$1" && tested_as 'lab: the demonstration, as a person asks for it' ;;
	# A compilation of minutes, which another test does; what comes of it is PROGRAM.
	'make user' | 'make kmod user')
		exists "$1" && tested_as 'user: build for this machine' ;;
	'make user ARCH=arm64')
		exists "$1" && tested_as 'user: build against Debian packages for $arch' ;;
	# Headers that this machine need not have. Below, `make kmod` is run for another kernel.
	'make kmod KDIR='*)
		exists "$1" && tested_as 'kmod: $name $arch, W=1' ;;
	# They change this machine's kernel, or need the module in it: the lab's guests do that.
	'kexec-keyrings load'* | 'kexec-keyrings unload' | 'build/user/x86_64/kexec-keyrings '* | \
		'kexec-keyrings verify /boot/'*)
		exists "$1" && tested_as 'tap "lab $arch"' ;;
	# This machine may have no such file, or none that root alone may read.
	'kexec-keyrings explain /boot/'*) exists "$1" ;;
	'systemctl enable kexec-keyrings' | 'systemctl disable --now kexec-keyrings')
		[ -f "$DESTDIR/usr/local/lib/systemd/system/kexec-keyrings.service" ] &&
			tested_as 'tap_as_root boot selftests/boot-truth.sh' ;;
	'make dkms-install')
		exists "$1" && tested_as "tap_as_root 'dkms of Debian 12'" ;;
	# They change this machine.
	'kexec -s -l '*' --reuse-cmdline') documented kexec kexec-tools -s -l --reuse-cmdline ;;
	'mokutil --import MOK.der') documented mokutil mokutil --import ;;
	'keyctl padd asymmetric '*' <vouched.der') documented keyctl keyutils 'padd' ;;

	# Executed, with nothing but the copy and $DESTDIR written to:
	'rm -f '*) removes "$1" ;;
	# in the project itself, which has what `make user` has built,
	'make install' | 'make uninstall')
		(eval "$1") ;;
	'install '*' "$DESTDIR/'* | 'depmod -b "${DESTDIR:-/}" '* | 'echo '*' >"$DESTDIR/'*)
		perform 0 "$1" ;;
	'selftests/deps.sh user kernel' | 'make kmod' | 'make kmod-install' | 'openssl req '* | 'chmod 600 MOK.priv' | \
		'kexec-keyrings sign-module '* | 'kexec-keyrings sign --key MOK.priv '* | 'kexec-keyrings inspect vmlinuz')
		perform 0 "$1" ;;
	# What they say depends on the machine.
	'kexec-keyrings status' | 'kexec-keyrings keys --mok' | 'kexec-keyrings explain IMAGE')
		perform '0 1 3' "$1" ;;
	*) echo "it is neither executed nor checked: $1" && return 1 ;;
	esac
}

# What the blocks take to be there: a kernel to sign; its headers and its name in place of the running one's, whose
# headers this machine need not have; and the command in PATH.
mkdir "$work/bin"
ln -s "$program" "$work/bin/kexec-keyrings"
printf '#!/bin/sh\n[ "$*" != -r ] || exec cat %s\nexec %s "$@"\n' "$kernel/release" "$(command -v uname)" >"$work/bin/uname"
chmod +x "$work/bin/uname"
cp "$kernel/image" "$work/project/vmlinuz"
export PATH="$work/bin:$PATH" KDIR="$kernel/build" DESTDIR="$work/root"

# run_blocks FILE
run_blocks() {
	local where line

	blocks "$1" >"$work/blocks"
	[ -s "$work/blocks" ] || check "$1 has commands" false
	while IFS=$'\t' read -r where line; do
		check "${where#Documentation/}: ${line//#/}" deed "$line" </dev/null
	done <"$work/blocks"
}

# What is left of what install.rst has installed, all of which its last part has found there to remove
installed() {
	(cd "$DESTDIR" && find . -type f ! -name 'modules.*' | sort)
}

run_blocks Documentation/install.rst
check 'install.rst: what it has installed, it has removed' eval '[ -z "$(installed)" ]'
cp "$(cd "$work/project" && make kmod)" "$work/project/kexec_keyrings.ko"
run_blocks Documentation/signing.rst
check 'signing.rst: the module is signed' eval \
	'tail -c 28 "$work/project/kexec_keyrings.ko" | grep -q "Module signature appended"'
cp "$work/project/vmlinuz" "$work/project/IMAGE"
run_blocks README.rst
check 'a line that is neither executed nor checked is found out' eval '! deed "reboot"'
check 'a line that would write to this machine is not executed' eval '! deed "install -m 0755 x /usr/local/sbin/x"'

end_tap
