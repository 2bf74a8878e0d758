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
# * Each path that a page names is there. What commands it names is for docs-commands-truth.sh.
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
# A kernel of the lab, whose image is explained
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

###### Paths that pages name

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

check 'each path that a page names is there' paths
check 'no page links to where nobody looks' no_links

end_tap
