#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Record what README.rst shows:  Documentation/recording.sh KXK-LAB SVG [CAST]
#
# A guest of the lab (arm64, Linux 5.10.13, lockdown) is booted by the program KXK-LAB, and a person's
# session in its shell is recorded: nothing but the typing is made up. Every command must answer what
# the recording is to show, or there is none. The SVG moves by itself, without a script in it;
# CAST gets what it was made of.
set -eu

if [ $# -lt 2 ]; then
	echo 'usage: Documentation/recording.sh KXK-LAB SVG [CAST]' >&2
	exit 2
fi
lab=$1
svg=$2
cast=${3:-}
columns=106
rows=32
# Of the SVG, in bytes: README.rst has to be there at once.
largest=200000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The session: what is typed, what must be answered (a pattern), and how long that is left to be read
# (in ms). What the guest says before the first of it is not recorded: it is on the console's log.
cat >"$work/session" <<'END'
set session {
	{"# This machine trusts whoever signed this kernel. Linux 5.10 does not:" "" 600}
	{"kexec -s -l image-platform" "Operation not permitted" 1500}
	{"kexec-keyrings explain image-platform" "kexec-keyrings load` gives" 6500}
	{"kexec-keyrings load --module /lab/kexec_keyrings.ko" "loaded: policy .builtin. -> .secondary platform." 2500}
	{"kexec -s -l image-platform --initrd=initrd --append=kxk.second=1" "" 300}
	{"cat /sys/kernel/kexec_loaded" "\n1\r" 1500}
	{"# Nothing is looser than in Linux 6.0. What nobody has signed:" "" 600}
	{"kexec -s -l image-unsigned" "Operation not permitted" 1500}
	{"# And the kernel that was refused:" "" 300}
}

# The shell asks where the cursor is when it is ready.
set ready "\x1b\\\[6n"

proc fail {why} {
	puts stderr "kexec-keyrings: no recording: $why"
	exit 1
}

# await PATTERN SECONDS: what the guest has said up to there
proc await {pattern seconds} {
	set ::timeout $seconds
	expect {
		-re $pattern { return $expect_out(buffer) }
		timeout { fail "the guest has not said \"$pattern\" within $seconds s" }
		eof { fail "the guest has ended before it said \"$pattern\"" }
	}
}

# As a person types, who is in a hurry; the echo is seen as it comes.
proc type {line} {
	for {set i 0} {$i < [string length $line]} {incr i 3} {
		send -- [string range $line $i [expr {$i + 2}]]
		after 60
		expect -timeout 0 -re ".+" {}
	}
	after 300
	send "\r"
}

# The log of a kernel is long.
match_max -d 200000
log_user 0
spawn -noecho {*}$argv
# On the first run, kernels are built.
await $ready 3600
send "cd /run; ln -s /lab/second.cpio initrd; PS1='arm64# '; clear\r"
await "\x1b\\\[\[JH\].*$ready" 20
log_user 1
send_user "arm64# "
foreach step $session {
	lassign $step line answer pause
	type $line
	set said [await $ready 30]
	if {![regexp -- $answer $said]} {
		fail "\"$line\" was answered: $said"
	}
	after $pause
}
type "kexec -x -e"
# The first process of the second kernel tells the lab, which ends the guest.
await "Kernel command line: \[^\r\]*kxk.second=1.*Run /init as init process" 60
exit 0
END

# The frame: what termtosvg draws the screen into
cat >"$work/template.svg" <<END
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" id="terminal"
	baseProfile="full" version="1.1" width="$((columns * 8 + 24))" viewBox="0 0 $((columns * 8 + 24)) $((rows * 17 + 24))">
	<defs>
		<termtosvg:template_settings xmlns:termtosvg="https://github.com/nbedos/termtosvg">
			<termtosvg:screen_geometry columns="$columns" rows="$rows"/>
			<termtosvg:animation type="css"/>
		</termtosvg:template_settings>
		<style type="text/css" id="generated-style"></style>
		<style type="text/css" id="user-style">
			.foreground {fill: #d8dee6;} .background {fill: #10161d;}
			.color0 {fill: #10161d;} .color1 {fill: #ff6b6b;} .color2 {fill: #6bd68a;} .color3 {fill: #f0c860;}
			.color4 {fill: #6aaeff;} .color5 {fill: #c792ea;} .color6 {fill: #5ccfe6;} .color7 {fill: #d8dee6;}
			.color8 {fill: #6b7683;} .color9 {fill: #ff6b6b;} .color10 {fill: #6bd68a;} .color11 {fill: #f0c860;}
			.color12 {fill: #6aaeff;} .color13 {fill: #c792ea;} .color14 {fill: #5ccfe6;} .color15 {fill: #ffffff;}
		</style>
	</defs>
	<rect width="100%" height="100%" rx="6" class="background"/>
	<svg id="screen" x="12" y="12" width="$((columns * 8))" height="$((rows * 17))" viewBox="0 0 $((columns * 8)) $((rows * 17))"></svg>
</svg>
END

echo 'kexec-keyrings: a session in a guest is recorded; it takes a minute once all is built' >&2
# termtosvg takes a command of plain words and no notice of how that ends, and wants an input that
# has no end.
mkfifo "$work/input"
cat >"$work/run" <<'END'
#!/bin/sh
cd "$(dirname "$0")" || exit
expect -f session "$LAB" shell arm64 2>complaint && : >complete
END
chmod +x "$work/run"
LAB=$(realpath "$lab") termtosvg record "$work/cast" -g "${columns}x$rows" \
	-c "$work/run" <>"$work/input" >/dev/null
[ -z "$cast" ] || cp "$work/cast" "$cast"
if [ ! -e "$work/complete" ]; then
	cat "$work/complaint" >&2
	exit 1
fi
# No frame is shorter than 50 ms, and none longer than what is to be read takes, however slow the guest was.
termtosvg render "$work/cast" "$work/svg" -m 50 -M 6000 -D 3000 -t "$work/template.svg" >&2
xmllint --noout "$work/svg"
if [ "$(stat -c %s "$work/svg")" -gt "$largest" ]; then
	echo "kexec-keyrings: the recording has $(stat -c %s "$work/svg") bytes, more than $largest" >&2
	exit 1
fi
cp "$work/svg" "$svg"
echo "$svg"
