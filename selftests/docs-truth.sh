#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hold README.rst, Documentation/ and the man page against what they tell of, in TAP:
#
#	selftests/docs-truth.sh PROGRAM
#
# * The pages are built, and a warning is an error.
# * The man page knows the commands, options, values and exit statuses that --help knows, and no other.
# * The lists of codes, errnos, commits and kernel messages are those of the sources.
# * Each path that a page names is there; each command in a page is one that exists.
# * The command blocks of README.rst, install.rst and signing.rst are executed, one after the other, in
#   a copy of the project, or checked; `deed`, below, says which, of each line. A line that
#   it does not know is a failure.
#
# Where a list is held against another one, it is spoiled as well, in both directions: then
# the two must differ.
#
# Backquotes in quotes are RST's, and dollars there are for eval:
# shellcheck disable=SC2016
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${1:?usage: selftests/docs-truth.sh PROGRAM}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tap.sh
. selftests/tap.sh
man=Documentation/man/kexec-keyrings.8.rst
pages=(README.rst CONTRIBUTING.rst Documentation/*.rst "$man")
troubles=Documentation/troubleshooting.rst
uapi=include/uapi/linux/kexec_keyrings.h
arch=$(uname -m | sed 's/aarch64/arm64/')
# What make was told is not for what is made here.
unset MAKEFLAGS MFLAGS MAKELEVEL ARCH CROSS_COMPILE KDIR OUT SUITE KERNEL PROGRAM
# A kernel of the lab: its image, and what a module is built against
kernel=$(selftests/lab/kernel.sh "$arch" 5.10.13)

# same COMMAND COMMAND: two functions print the same lines, and any at all
same() {
	"$1" | sort -u >"$work/left"
	"$2" | sort -u >"$work/right"
	[ -s "$work/left" ] || return 2
	diff "$work/left" "$work/right"
}

# differ COMMAND COMMAND: they do not
differ() {
	local status=0

	same "$@" || status=$?
	[ "$status" -eq 1 ]
}

###### The pages

tree=$(selftests/lab/kernel.sh source 5.10.13)
builds() {
	make docs PROGRAM="$program" OUT="$work/docs" KERNEL_DOC="$tree/scripts/kernel-doc" &&
		[ -s "$work/docs/html/index.html" ] && [ -s "$work/docs/kexec-keyrings.8" ]
}

# copy_builds [FILE LINE]: the same from a copy, in which FILE gets one more line
copy_builds() {
	rm -rf "$work/copy" "$work/copy-docs"
	mkdir "$work/copy"
	cp -R Documentation include kmod "$work/copy/"
	[ $# -eq 0 ] || printf '\n%s\n' "$2" >>"$work/copy/$1"
	"$work/copy/Documentation/build.sh" "$program" "$work/copy-docs" "$tree/scripts/kernel-doc"
}

# mistaken WORDS FILE LINE: with that line, it is not built, and these words say why
mistaken() {
	! copy_builds "${@:2}" >"$work/said" 2>&1 && grep -F -e "$1" "$work/said"
}

# The trust graphs of overview.rst, as the program draws them now: builtin alone is consulted; then all are.
drawn() {
	[ "$(grep -c 'not consulted' "$work/docs/source/generated/native.dot")" -eq 2 ] &&
		! grep -q 'not consulted' "$work/docs/source/generated/with-module.dot" &&
		[ "$(find "$work/docs/html/_images" -name 'graphviz-*.svg' | wc -l)" -ge 6 ]
}

# What kernel-doc found in a header is on a page.
included() {
	local page

	for page in "$work"/docs/source/generated/*.rst; do
		grep -qxF ".. include:: generated/${page##*/}" Documentation/internals.rst ||
			{ echo "internals.rst has no ${page##*/}" && return 1; }
	done
}

check 'the pages are built without a warning' builds
check 'so they are from a copy' copy_builds
check 'a link to nowhere is an error' mistaken "unknown document: 'nowhere'" Documentation/limits.rst ':doc:`nowhere`'
check 'a page that no other leads to is an error' mistaken "isn't included in any toctree" Documentation/orphan.rst Orphan
check 'a comment that kernel-doc does not understand is an error' mistaken 'kernel-doc does not understand' \
	kmod/policy.h $'/**\n * kxk_wrong() - wrong\n */\nint kxk_wrong(int a);'
check 'an option that RST does not understand is an error in the man page' mistaken 'Inline literal start-string' \
	Documentation/man/kexec-keyrings.8.rst '``--half'
check 'each interface of the module is on a page' included
check 'the trust graphs are drawn' drawn
check 'man(1) reads the man page without a warning' eval \
	'[ -z "$(man -l --warnings "$work/docs/kexec-keyrings.8" 2>&1 >/dev/null)" ]'

###### The man page and --help

# The commands that --help lists
commands() {
	"$program" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# Facts of the program, a line each: "usage COMMAND ...", "option COMMAND NAME [VALUE]",
# "exit COMMAND ...", "status NUMBER ..."
told_by_program() {
	local command

	"$program" --help | awk '
		/^Exit status:/ { inside = 1; next }
		inside && NF == 0 { exit }
		inside { gsub(/`/, ""); $1 = $1; print "status " $0 }'
	echo 'option - --version'
	for command in $(commands); do
		"$program" "$command" --help | awk -v command="$command" '
			function option(line,    names, i, value) {
				value = line ~ /^  [^ ]+ (TEXT|U?INT)([: ]|$)/ ? " VALUE" : ""
				sub(/^  /, "", line)
				sub(/ .*/, "", line)
				for (i = split(line, names, ","); i > 0; i--)
					print "option " (names[i] ~ /^(-h|--help)$/ ? "every " : command " ") names[i] value
			}
			/^Usage: / {
				sub(/^Usage: kexec-keyrings /, "")
				sub(/\[OPTIONS\]/, "[OPTION]...")
				text = $1
				for (i = 2; i <= NF; i++)
					text = text " " toupper($i)
				print "usage " command " " text
			}
			/^  -/ && !status { option($0) }
			/^Exit status:/ { status = 1 }
			status && NF == 0 { status = 2 }
			status == 1 { $1 = $1; words = words " " $0 }
			END { print "exit " command words }'
	done
}

# The same facts of the page
manual=$man
told_by_page() {
	awk '
		/^\.\. The page begins here\./ { begun = 1 }
		!begun { next }
		/^(=+|-+)$/ {
			if ($0 ~ /^=/)
				section = before
			else {
				command = before
				sub(/ .*/, "", command)
				print "usage " command " " before
			}
			next
		}
		section == "COMMANDS" && /^Exit status:/ { exiting = 1; words = "" }
		exiting && NF == 0 { exiting = 0; print "exit " command words }
		exiting { $1 = $1; words = words " " $0 }
		section == "EXIT STATUS" && /^[0-9]+$/ { number = $1 }
		section == "EXIT STATUS" && /^ / { gsub(/`/, ""); $1 = $1; print "status " number " " $0 }
		/^--?[a-z]/ {
			line = $0
			sub(/   *.*/, "", line)
			for (i = split(line, names, ", "); i > 0; i--) {
				of = section == "COMMANDS" ? command : names[i] ~ /help|-h/ ? "every" : "-"
				sub(/ [A-Z]+$/, " VALUE", names[i])
				print "option " of " " names[i]
			}
		}
		{ before = $0 }' "$manual"
}

# What a shell completes, as "option COMMAND NAME"
completed() {
	"$program" completion bash | sed -n "s/^ *\([a-z-]*\)) words='\(.*\)' ;;$/\1 \2/p" |
		awk '{ for (i = 2; i <= NF; i++) print "option", $i ~ /^(-h|--help)$/ ? "every" : $1, $i }'
}

options_of_program() {
	told_by_program | awk '$1 == "option" && $2 != "-" { print $1, $2, $3 }'
}

# Each value that --help lists for an option or an argument is in the section of its command.
values() {
	local command value

	for command in $(commands); do
		awk -v command="$command" '
			/^-+$/ { inside = before ~ "^" command " " }
			inside
			{ before = $0 }' "$manual" >"$work/section"
		"$program" "$command" --help | grep -oE '(TEXT|KEYRING TEXT):\{[^}]*\}' | sed 's/.*{//; s/}//' | tr , '\n' |
			while IFS= read -r value; do
				grep -qF "\`\`$value\`\`" "$work/section" ||
					{ echo "$command: no value $value" && exit 1; }
			done || return
	done
}

# with_page EXPRESSION COMMAND...: with a copy of the page that sed has changed, and it has changed
with_page() {
	local status=0

	sed "$1" "$man" >"$work/spoiled.rst"
	cmp -s "$man" "$work/spoiled.rst" && return 2
	manual=$work/spoiled.rst
	"${@:2}" || status=$?
	manual=$man
	return "$status"
}

# spoiled EXPRESSION: the page and the program do not agree any more
spoiled() {
	with_page "$1" differ told_by_program told_by_page
}

check 'the man page and --help know the same' same told_by_program told_by_page
check 'completion and --help know the same options' same completed options_of_program
check 'the man page has the values of options' values
check 'a page without an option is found out' spoiled '/^--device/d'
check 'a page without a value is found out' with_page 's/``sha384``/many/' eval '! values'
check 'a page with an option too many is found out' spoiled '/^--device/a --gadget         More.'
check 'a page without a command is found out' spoiled '/^watch/,/^sign/{/^sign/!d}'
check 'a page with a command too many is found out' spoiled 's/^sign-module \[/sign-modules [/'
check 'a page with an argument less is found out' spoiled 's/^\(verify .*\) IMAGE\.\.\.$/\1/'
check 'a page with another status is found out' spoiled 's/^\(Exit status: 0 loaded.*\), 1/\1, 4/'
check 'a page with a status less is found out' spoiled '/^EXIT STATUS/,$ s/^3$/5/'

###### Codes, errnos, commits, messages

# The codes that load can give
load_codes() {
	sed -n 's/^#define KEXEC_KEYRINGS_REFUSED_[A-Z_]*[[:space:]]*"\(.*\)"/\1/p' "$uapi"
	tr '\n' ' ' <user/src/cmd/load_failure.cpp | grep -oE 'explain\( *failure, *"[a-z-]+"' | sed 's/.*"\(.*\)"/\1/'
}

# codes_of FROM TO: entries of troubleshooting.rst between two titles
codes_of() {
	sed -n "/^$1\$/,/^$2\$/p" "$entries" | grep -E '^``[a-z-]+``' | grep -oE '``[a-z-]+``' | tr -d '`'
}

entries=$troubles
load_entries() {
	codes_of 'When the module is not loaded' 'When the module is not unloaded'
}

# Those of the module, each with the errno that insmod(8) gets
module_codes() {
	awk '/^\/\* [A-Z]*: / { error = $2; sub(/:/, "", error) }
		/^\/\* any other errno/ { error = "ENOMEM" }
		/^#define KEXEC_KEYRINGS_REFUSED_/ { gsub(/"/, "", $3); print $3, error }' "$uapi"
}

module_entries() {
	sed -n '/^Said by the module$/,/^Said by the kernel$/p' "$entries" |
		sed -n 's/^``\([a-z-]*\)`` (\([A-Z]*\).*/\1 \2/p'
}

unload_codes() {
	grep -oE '\{"[a-z-]+", error' user/src/cmd/unload.cpp | grep -oE '[a-z-]+"' | tr -d '"'
}

unload_entries() {
	codes_of 'When the module is not unloaded' 'nothing comes after it'
}

# Why a MOK is where it is: those of `keys --json` but for the one that needs no reason
mok_codes() {
	"$program" keys --help | tr -s ' \n' ' ' | sed 's/.*landed, code (\([^)]*\)).*/\1/; s/, /\n/g' | grep -vx machine
}

mok_entries() {
	sed -n 's/^``\([a-z-]*\)``  .*/\1/p' Documentation/trust-model.rst
}

# spoil_entries EXPRESSION COMMAND COMMAND
spoil_entries() {
	local status=0

	sed "$1" "$troubles" >"$work/spoiled.rst"
	cmp -s "$troubles" "$work/spoiled.rst" && return 2
	entries=$work/spoiled.rst
	differ "$2" "$3" || status=$?
	entries=$troubles
	return "$status"
}

# Each errno of troubleshooting.rst has the number and the words of the C library.
errnos() {
	grep -oE '\bE[A-Z0-9]+ \(-[0-9]+, "[^"]*"\)' "$troubles" >"$work/errnos"
	[ "$(wc -l <"$work/errnos")" -ge 15 ] || return
	/usr/bin/python3 -c '
import errno, os, re, sys
for line in open(sys.argv[1]):
    name, number, words = re.fullmatch(r"(E\w+) \(-(\d+), \"(.*)\"\)\n", line).groups()
    if getattr(errno, name) != int(number) or os.strerror(int(number)) != words:
        sys.exit("%s is -%d, \"%s\"" % (name, getattr(errno, name), os.strerror(getattr(errno, name))))
' "$work/errnos"
}

# Each errno that the companion has a meaning for, or that its forecast knows, has an entry.
errnos_have_entries() {
	local name

	for name in $(sed -n 's/^ *{\(E[A-Z]*\),.*/\1/p' user/src/cmd/verdict_words.cpp) \
		$(grep -ohE '\bE(PERM|ACCES|NOSYS|NOEXEC|INVAL|NODATA|NOKEY|NOPKG|KEYREJECTED|BADMSG)\b' \
			user/src/trust/verdict.cpp user/src/trust/kexec_load.cpp user/src/trust/image_assess.cpp | sort -u); do
		grep -qE "^$name \(|, $name \(" "$troubles" || { echo "no entry: $name" && return 1; }
	done
}

# What the kernel is said to log is in its source.
kernel_messages() {
	local message

	for message in 'kexec of unsigned images' 'is restricted; see man kernel_lockdown.7' \
		'Enforced kernel signature verification failed' 'Loading of unsigned module' \
		'Loading of module with unavailable key' 'Message signed outside of X.509 validity window' \
		'loading out-of-tree module taints kernel.'; do
		grep -qrF "$message" "$tree/security" "$tree/kernel" "$tree/crypto/asymmetric_keys" ||
			{ echo "the kernel does not say: $message" && return 1; }
		tr -s ' \n' ' ' <"$troubles" | grep -qF "$message" ||
			{ echo "troubleshooting.rst does not have: $message" && return 1; }
	done
}

# Each line of `status` or `explain` that troubleshooting.rst points to is one that these print.
labels() {
	local label

	tr -s ' \n' ' ' <"$troubles" | grep -oE '\blines? "[^"]*"((,| and) "[^"]*")*' | grep -oE '"[^"]*"' | sort -u >"$work/labels"
	[ "$(wc -l <"$work/labels")" -ge 10 ] || return
	while IFS= read -r label; do
		grep -qF -e "$label" user/src/cmd/status_text.cpp user/src/cmd/explain_text.cpp ||
			{ echo "there is no line $label" && return 1; }
	done <"$work/labels"
}

# The commits that kmod/compat/ cites, each with its header
compat_commits() {
	grep -oE '\* [0-9a-f]{12} ' kmod/compat/*.h | sed 's|kmod/compat/\(.*\):\* \(.*\) |\2 \1|'
}

compat_entries() {
	sed -n 's/^\([0-9a-f]\{12\}\)  *[0-9.]*  *\([a-z]*\.h\)  .*/\1 \2/p' Documentation/porting.rst
}

# The saved machine of the trust graphs has the form of `status --json`, but for what depends on the machine.
form() {
	jq -c 'del(.module, .policy.native_guess) | paths | select(all(type == "string"))' "$@" | sort
}

form_of_status() {
	"$program" status --json >"$work/status.json" || [ $? -ne 2 ]
	form "$work/status.json"
}

form_of_example() {
	form Documentation/examples/machine.json
}

# guessed ARCH RELEASE: the policy that the companion takes such a kernel to have
guessed() {
	jq --arg arch "$1" --arg release "$2" '.kernel = {arch: $arch, release: $release}' \
		Documentation/examples/machine.json >"$work/machine.json"
	"$program" explain --json --system "$work/machine.json" "$kernel/image" | jq -r .native.policy
}

# The rows of the table of overview.rst, "ARCH|KERNELS|POLICY" each
policies() {
	awk '/^=+  =+  =+$/ { inside++; from = index($0, "  =") + 2; match(substr($0, from), /  /); to = from + RSTART + 1; next }
		inside == 2 && /^[a-z]/ { if (row != "") print row "|" policy; row = $1 "|"; policy = substr($0, to) }
		inside == 2 { row = row substr($0, from, to - from) " " }
		inside == 3 { print row "|" policy; exit }' Documentation/overview.rst | sed 's/, then / /; s/  */ /g'
}

# What overview.rst says of kernels is what the companion takes them for.
kernels_and_policies() {
	local arch release words row

	policies >"$work/policies"
	while read -r arch release words; do
		row=$(grep -E "^$arch\|.*\b$words" "$work/policies") || { echo "no row: $arch, $words" && return 1; }
		[ "$(guessed "$arch" "$release")" = "${row##*|}" ] || { echo "$release, $(guessed "$arch" "$release"): $row" && return 1; }
	done <<-END
		x86_64 4.18.0 up to 4.18
		x86_64 4.19.0 4.19 and 5.0
		x86_64 5.0.21 4.19 and 5.0
		x86_64 5.1.0 5.1 and later
		arm64 5.0.0 5.0 to 5.17
		arm64 5.17.15 5.0 to 5.17
		arm64 5.18.18 5.18.0 to 5.18.18
		arm64 5.19.2 5.19.0 to 5.19.2
		arm64 5.4.302 all of 5.4.y
		arm64 5.10.223 5.10.y
		arm64 5.15.190 5.15.y
		arm64 5.18.19 5.18.19, 5.19.3
		arm64 5.19.3 5.18.19, 5.19.3
		arm64 6.0.0 6.0 and later
		arm64 5.15.0-85-generic 5.15.0-85
		s390x 5.2.0 5.2 to 5.19
		s390x 5.10.136 stable kernels before mid August 2022
		s390x 5.10.137 5.10.137
		s390x 6.0.0 6.0 and later
	END
}

check 'the saved machine has the form of status --json' same form_of_status form_of_example
check 'the kernels of overview.rst have the policies that the companion knows' kernels_and_policies
check 'each code of load has an entry, and no other has' same load_codes load_entries
check 'the module gives the errno that is told' same module_codes module_entries
check 'each code of unload has an entry, and no other has' same unload_codes unload_entries
check 'each reason of keys --mok has an entry, and no other has' same mok_codes mok_entries
check 'a missing entry is found out' spoil_entries '/^``wrong-kernel``/d' load_codes load_entries
check 'an entry too many is found out' spoil_entries 's/^``no-modules``/``no-module``/' load_codes load_entries
check 'a wrong errno is found out' spoil_entries 's/^``native`` (ENODEV)/``native`` (EBUSY)/' module_codes module_entries
check 'errnos have their numbers and words' errnos
check 'each errno that the companion knows has an entry' errnos_have_entries
check 'the kernel says what it is quoted with' kernel_messages
check 'each line that is pointed to is printed' labels
check 'the commits of kmod/compat are those that are told' same compat_commits compat_entries

###### Paths and commands that pages name

# Literals that begin with a directory of the project, and files that a page includes
paths() {
	local path

	grep -ohE '``(kmod|user|selftests|include|Documentation|LICENSES)/[A-Za-z0-9_./-]*``' "${pages[@]}" |
		tr -d '`' | sort -u >"$work/paths"
	[ "$(wc -l <"$work/paths")" -ge 20 ] || { echo "few paths were found" && return 1; }
	while IFS= read -r path; do
		[ -e "$path" ] || { echo "there is no $path" && return 1; }
	done <"$work/paths"
}

# No page links to a place that nobody here can look at.
no_links() {
	! grep -nE 'https?://[a-z0-9]' "${pages[@]}" | grep -vE 'https?://example\.org'
}

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
		*) commands | grep -qxe "$2" || { echo "no command: $line" && return 1; } ;;
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

check 'each path that a page names is there' paths
check 'no page links to where nobody looks' no_links
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
			grep -qx 'WantedBy=sysinit.target' user/systemd/kexec-keyrings.service.in ;;
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
