#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run the project's tests:  selftests/check.sh [SECTION...]
#
# Sections, in the order of a full run: style, user, kmod, lab. Every test gives
# one TAP line on standard output; the last line counts them. What a test printed
# is in build/check/NAME.log, and shown if it fails.
set -eu
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kexec-keyrings
logs=build/check
lab=build/lab/kxk-lab
passed=0 failed=0 skipped=0

# result VERDICT NAME: one TAP line, counted. VERDICT is ok, "not ok" or skip:REASON.
result() {
	local number=$((passed + failed + skipped + 1))

	case $1 in
	ok) passed=$((passed + 1)) && echo "ok $number - $2" ;;
	skip:*) skipped=$((skipped + 1)) && echo "ok $number - $2 # SKIP ${1#skip:}" ;;
	*) failed=$((failed + 1)) && echo "not ok $number - $2" ;;
	esac
}

# log_of NAME: where the output of a test goes
log_of() {
	echo "$logs/${1//[^A-Za-z0-9._-]/_}.log"
}

# check NAME COMMAND...: one test, which passes if the command succeeds
check() {
	local name=$1 log
	log=$(log_of "$name")
	shift
	if "$@" >"$log" 2>&1; then
		result ok "$name"
	else
		result 'not ok' "$name"
		tail -n 30 "$log" | sed 's/^/# /'
		echo "# see $log"
	fi
}

# tap NAME COMMAND...: the command is a test program whose TAP lines count one by
# one. That it also succeeds, and gives as many lines as it planned, is a test.
tap() {
	local name=$1 log status=unknown line planned=-1 seen=0
	log=$(log_of "$name")
	shift
	while IFS= read -r line; do
		echo "$line" >>"$log"
		case $line in
		"exit status "*) status=${line#exit status } ;;
		1..*) planned=${line#1..} && planned=${planned%% *} ;;
		"not ok "*) result 'not ok' "$name: ${line#*- }" && seen=$((seen + 1)) ;;
		"ok "*" # SKIP "*)
			result "skip:${line#*# SKIP }" "$name: $(expr "$line" : 'ok [0-9]* - \(.*\) # SKIP')"
			seen=$((seen + 1))
			;;
		"ok "*) result ok "$name: ${line#*- }" && seen=$((seen + 1)) ;;
		"#"*) echo "$line" ;;
		esac
	done < <(: >"$log"; "$@" 2>"$log.err" && echo "exit status 0" || echo "exit status $?")
	if [ "$status" = 0 ] && [ "$seen" -eq "$planned" ]; then
		result ok "$name: complete"
	else
		result 'not ok' "$name: complete (exit status $status; $seen of $planned planned tests)"
		tail -n 30 "$log.err" | sed 's/^/# /'
	fi
}

# gtest NAME PROGRAM: a GoogleTest program, one test for each of its tests
gtest() {
	tap "$1" selftests/gtest-tap.sh "$2"
}

# quiet COMMAND...: succeeds if the command does, and warned of nothing
quiet() {
	local output status=0

	output=$("$@" 2>&1) || status=$?
	printf '%s\n' "$output"
	[ "$status" -eq 0 ] && ! grep -qiE '(^|[^-_a-z])warning[: ]' <<<"$output"
}

sources() {
	git ls-files --cached --others --exclude-standard -- "$@"
}

# Files without an SPDX line, but for the texts of licences and the like.
spdx() {
	local missing

	missing=$(sources . | grep -vE '^(LICENSES/|COPYING|CHANGELOG|MAINTAINERS|README|Documentation/ABI/|.*\.json$|.*kernels\.conf$)' |
		while IFS= read -r file; do
			head -n 4 "$file" | grep -q SPDX-License-Identifier: || echo "$file"
		done)
	[ -z "$missing" ] || { echo "no SPDX line: $missing"; return 1; }
}

# Version tests are kept to the compat layer, mirrors and machine paths out.
house_rules() {
	local found=0

	! git grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION\(' -- kmod ':!kmod/compat' || found=1
	! git grep -nIE 'deb\.debian\.org|/root/' -- . ':!selftests/check.sh' || found=1
	return "$found"
}

# Every attribute of the module is documented, and nothing else is.
abi() {
	local base=/sys/kernel/kexec_keyrings
	diff <({
		echo "$base/"
		echo "$base/stats/"
		sed -n "s|^static struct kobj_attribute kxk_\(.*\)_attr = .*|$base/\1|p" kmod/sysfs.c
		sed -n "s|^KXK_COUNTER(\(.*\));|$base/stats/\1|p" kmod/report.c
	} | sort) <(sed -n 's/^What:[[:space:]]*//p' Documentation/ABI/testing/* | sort)
}

kernel_doc() {
	local output

	output=$("$1/scripts/kernel-doc" -none kmod/*.[ch] kmod/*/*.[ch] 2>&1)
	printf '%s\n' "$output"
	[ -z "$output" ]
}

section_style() {
	local tree

	tree=$(selftests/lab/kernel.sh source 5.10.13)
	# trace.h has the form that the kernel's own trace headers have.
	mapfile -t kernel_c < <(sources kmod include selftests/lab/fixture | grep '\.[ch]$' | grep -v '^kmod/trace\.h$')
	mapfile -t cxx < <(sources user selftests | grep -E '\.(cpp|hpp|h)$')
	mapfile -t shell < <(sources | xargs grep -lE '^#!/bin/(ba)?sh')

	check 'style: SPDX line in every file' spdx
	check 'style: no version tests outside kmod/compat, no mirrors, no machine paths' house_rules
	check 'style: Documentation/ABI has every attribute' abi
	check 'style: checkpatch' perl "$tree/scripts/checkpatch.pl" --no-tree --strict --quiet \
		--file "${kernel_c[@]}"
	check 'style: checkpatch of trace.h' perl "$tree/scripts/checkpatch.pl" --no-tree --strict \
		--quiet --ignore OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT --file kmod/trace.h
	check 'style: kernel-doc' kernel_doc "$tree"
	check 'style: shellcheck' shellcheck "${shell[@]}"
	check 'style: clang-format' clang-format --dry-run -Werror "${cxx[@]}"
}

section_user() {
	local arch

	check 'user: build' make user ARCH=x86_64
	gtest user build/user/x86_64/tests/kexec-keyrings-tests
	gtest lab build/lab/tests/kxk-lab-tests
	for arch in arm64 s390x; do
		check "user: cross build for $arch" quiet make user ARCH=$arch
	done
	check 'user: clang-tidy' make tidy
}

section_kmod() {
	local name arch dir

	while read -r name arch; do
		if ! dir=$(selftests/lab/kernel.sh "$arch" "$name" 2>"$(log_of "kernel $name $arch")"); then
			result 'not ok' "kmod: kernel $name for $arch"
			tail -n 5 "$(log_of "kernel $name $arch")" | sed 's/^/# /'
			continue
		fi
		check "kmod: $name $arch, W=1" quiet make kmod ARCH="$arch" KDIR="$dir/build" W=1 \
			CROSS_COMPILE="$(sed -n 's/^cross=//p' "selftests/lab/arch/$arch.conf")" \
			OUT="build/check/kmod/$name-$arch"
	done < <(selftests/lab/kernel.sh list)
	check 'kmod: sparse' quiet make kmod ARCH=x86_64 KDIR="$cache/kernels/debian-5.10-x86_64/build" \
		OUT=build/check/kmod/sparse C=2 CHECK=sparse
}

section_lab() {
	tap lab "$lab" smoke
}

rm -rf "$logs"
mkdir -p "$logs"
for section in "${@:-style user kmod lab}"; do
	for name in $section; do
		"section_$name"
	done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
