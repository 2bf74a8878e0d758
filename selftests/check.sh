#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run the project's tests:  selftests/check.sh [SECTION...]
#
# Sections, in the order of a full run: style, user, kmod, lab, more, system; all, if none is named.
# Every test gives one TAP line on standard output; the last line counts them. What a
# test printed is in build/check/log/NAME.log, and shown if it fails.
#
# CHECK_MINUTES=N: a test that might not end by then is skipped. For machines that end a run
# which takes too long; what can best be missed comes last.
set -eu
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kexec-keyrings
logs=build/check/log
arches=$(basename -s .conf -a selftests/lab/arch/*.conf)
# What make was told is not for the builds within the tests.
unset MAKEFLAGS MFLAGS MAKELEVEL
passed=0 failed=0 skipped=0
# Of this run, the second of the last result
last=0
# What one test may take on a slow machine, in minutes
longest=12
# The companion as make user leaves it
program=build/user/$(uname -m | sed s/aarch64/arm64/)/kexec-keyrings

# result VERDICT NAME: one TAP line, counted. VERDICT is ok, "not ok" or skip:REASON.
result() {
	local number=$((passed + failed + skipped + 1)) took=$((SECONDS - last))

	case $1 in
	ok) passed=$((passed + 1)) && echo "ok $number - $2" ;;
	skip:*) skipped=$((skipped + 1)) && echo "ok $number - $2 # SKIP ${1#skip:}" ;;
	*) failed=$((failed + 1)) && echo "not ok $number - $2" ;;
	esac
	[ "$took" -lt 10 ] || echo "# after $took s; $SECONDS s in all"
	last=$SECONDS
}

# log_of NAME: where the output of a test goes
log_of() {
	echo "$logs/${1//[^A-Za-z0-9._-]/_}.log"
}

# in_time NAME: there is time for a test; otherwise it is skipped
in_time() {
	[ -n "${CHECK_MINUTES:-}" ] && [ "$SECONDS" -ge $(((CHECK_MINUTES - longest) * 60)) ] || return 0
	result "skip:of $CHECK_MINUTES minutes, fewer than $longest are left" "$1"
	return 1
}

# check NAME COMMAND...: one test, which passes if the command succeeds
check() {
	local name=$1 log
	in_time "$name" || return 0
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

# as_root NAME COMMAND...: check() for what others than root cannot do
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		check "$@"
	else
		result 'skip:takes root' "$1"
	fi
}

# tap NAME COMMAND...: the command is a test program whose TAP lines count one by
# one. That it also succeeds, and gives as many lines as it planned, is a test.
tap() {
	local name=$1 log status=unknown line planned=-1 seen=0
	in_time "$name" || return 0
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

# tap_as_root NAME COMMAND...: tap() for what others than root cannot do
tap_as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		tap "$@"
	else
		result 'skip:takes root' "$1"
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

	missing=$(sources . | grep -vE '^(LICENSES/|COPYING|CHANGELOG|MAINTAINERS|README|Documentation/ABI/|user/packaging/debian/(copyright|source/format|.*README.Debian)$|.*\.svg$|.*\.json$|.*kernels\.conf$)' |
		while IFS= read -r file; do
			head -n 4 "$file" | grep -q SPDX-License-Identifier: || echo "$file"
		done)
	[ -z "$missing" ] || { echo "no SPDX line: $missing"; return 1; }
}

# The hosts of this machine's package mirrors, as a pattern
mirrors() {
	# apt expands it.
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
		sed -nE 's|^[a-z+]+://([^/@]*@)?([^/:]+).*|\2|p' | sort -u | sed 's/[.]/\\&/g' | paste -sd '|'
}

# nowhere GREP-ARGUMENT...: nothing matches; that git cannot tell is no success
nowhere() {
	local status=0

	git grep -nI "$@" || status=$?
	[ "$status" -eq 1 ]
}

# Version tests are kept to the compat layer; mirrors and the paths of a machine, out.
house_rules() {
	local found=0 hosts

	hosts=$(mirrors)
	nowhere -E 'LINUX_VERSION_CODE|KERNEL_VERSION\(' -- kmod ':!kmod/compat' || found=1
	[ -z "$hosts" ] || nowhere -E "$hosts" || found=1
	nowhere -F -e "$PWD/" -e "$HOME/." || found=1
	return "$found"
}

# Every attribute of the module and its device are documented, and nothing else is.
abi() {
	local base=/sys/kernel/kexec_keyrings
	diff <({
		echo "$base/"
		echo "$base/stats/"
		sed -n 's|^#define KEXEC_KEYRINGS_DEVICE[[:space:]]*"\(.*\)"|/dev/\1|p' include/uapi/linux/kexec_keyrings.h
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

# tidy DIRECTORY PATTERN...: clang-tidy on sources, each by itself, as the compile commands of the
# project in DIRECTORY say
tidy() {
	cmake -S "$1" -B "build/check/tidy/$1" -DCMAKE_CXX_COMPILER=clang++ -DKXK_UNITY=OFF || return
	sources "${@:2}" | grep '\.cpp$' | xargs -P "$(nproc)" -n 2 clang-tidy --quiet -p "build/check/tidy/$1" 2>&1 |
		grep -vE '^[0-9]+ warnings? generated'
	[ "${PIPESTATUS[2]}" -eq 0 ]
}

section_style() {
	local tree kernel_c cxx shell

	tree=$(selftests/lab/kernel.sh source 5.10.13)
	# trace.h has the form that the kernel's own trace headers have.
	mapfile -t kernel_c < <(sources kmod include selftests/lab/fixture | grep '\.[ch]$' | grep -v '^kmod/trace\.h$')
	mapfile -t cxx < <(sources user selftests | grep -E '\.(cpp|h)$')
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

# Where it is there already, this takes no time.
own_companion() {
	check 'user: build for this machine' quiet make user
}

section_user() {
	local arch

	check 'user: build, with sanitizers' quiet make user-tests
	gtest user build/check/lab/companion/tests/kxk-unit-tests
	for arch in $arches; do
		check "user: build against Debian packages for $arch" quiet make user ARCH="$arch" SUITE=bookworm \
			BUILD_TYPE=MinSizeRel OUT="build/lab/$arch/user"
	done
	own_companion
	tap inspect selftests/inspect-truth.sh "$program"
	tap sign selftests/sign-truth.sh "$program"
	tap graph selftests/graph-truth.sh "$program"
	tap lava selftests/lava-truth.sh
	tap docs selftests/docs-truth.sh "$program"
	tap 'commands of the docs' selftests/docs-commands-truth.sh "$program"
	tap release selftests/release-truth.sh
}

section_kmod() {
	local name arch dir part

	while read -r name arch; do
		in_time "kmod: kernel $name for $arch" || continue
		part=
		# Only the matrix and the mutants boot these.
		[ "$name" != 6.1 ] || part=headers
		if ! dir=$(selftests/lab/kernel.sh $part "$arch" "$name" 2>"$(log_of "kernel $name $arch")"); then
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
	local arch

	check 'lab: build' make kxk-lab
	for arch in $arches; do
		longest=20 tap "lab $arch" build/lab/kxk-lab smoke "$arch"
	done
	check 'lab: the demonstration, as a person asks for it' make demo ARCH=arm64
}

section_more() {
	check 'lab: build for the matrix and the mutants' make kxk-lab
	tap matrix build/lab/kxk-lab matrix --sample arm64
	tap mutants build/lab/kxk-lab fuzz arm64
	tap kselftest selftests/kselftest-truth.sh
	check 'lab: build of its own tests, with sanitizers' quiet make lab-tests
	gtest 'lab itself' build/check/lab/kxk-lab-tests
	as_root 'user: build and unit tests with Debian 11' selftests/lab/debian.sh bullseye
	check 'user: clang-tidy of the companion' tidy user user/src
	check 'user: clang-tidy of the lab' tidy selftests/lab selftests/lab/host selftests/lab/common
	check 'user: clang-tidy of the guest' tidy selftests/lab/guest selftests/lab/guest
	tap fuzz selftests/fuzz.sh 15
	own_companion
	tap_as_root 'dkms of Debian 12' selftests/dkms-truth.sh "$program" bookworm
	tap_as_root 'dkms of Debian 11' selftests/dkms-truth.sh "$program" bullseye
	longest=20 tap_as_root fleet selftests/fleet-truth.sh "$program"
	longest=18 tap bisect selftests/lab/bisect-truth.sh
}

# Whole systems: what is packaged, installed there, and done at boot
section_system() {
	own_companion
	longest=20 tap_as_root 'packages of Debian 12' selftests/packages-truth.sh bookworm arm64 s390x
	longest=15 tap_as_root 'packages of Debian 11' selftests/packages-truth.sh bullseye
	longest=30 tap_as_root boot selftests/boot-truth.sh "$program"
}

[ $# -gt 0 ] || set -- style user kmod lab more system
for section; do
	declare -F "section_$section" >/dev/null || {
		echo "selftests/check.sh: there is no section \"$section\"; there are style, user, kmod, lab, more, system" >&2
		exit 2
	}
done
sets=(user kernel check truth fuzz docs fleet)
[[ " $* " != *' system '* ]] || sets+=(deb rpm boot)
for arch in $arches; do
	sets+=("cross-$arch" "guest-$arch")
done
selftests/deps.sh "${sets[@]}"
rm -rf "$logs"
mkdir -p "$logs"
for section; do
	"section_$section"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
