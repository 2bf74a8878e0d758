#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fuzz whatever parses what others wrote, each target for some time, in TAP:
#
#   selftests/fuzz.sh SECONDS [TARGET...]
#
# That clang++ builds what is fuzzed without a warning is the first test. What is found is left in
# build/fuzz/found/ for user/tests/fuzz_seeds.cpp. At the end, the companion as `make user` builds
# it inspects what the fuzzers have kept, under valgrind: it sees what sanitizers do not, reads of
# what nobody has set; and it must see programs that are wrong on purpose.
set -eu
seconds=${1:?usage: selftests/fuzz.sh SECONDS [TARGET...]}
shift
cd "$(dirname "$0")/.."
build=build/fuzz
[ $# -gt 0 ] || set -- read_pe read_formats read_appended read_signature_lists inspect_file

count=0 failures=0

# test_of NAME LOG COMMAND...: one TAP line
test_of() {
	local name=$1 log=$2

	count=$((count + 1))
	shift 2
	if "$@" >"$log" 2>&1; then
		echo "ok $count - $name"
	else
		failures=$((failures + 1))
		echo "not ok $count - $name"
		tail -n 15 "$log" | sed 's/^/# /'
	fi
}

build_all() {
	cmake -G 'Unix Makefiles' -S user -B $build -DKXK_FUZZ=ON -DKXK_TESTS=OFF -DKXK_WERROR=ON \
		-DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=-O1 -DCMAKE_CXX_COMPILER=clang++ &&
		cmake --build $build --parallel "$(nproc)" --target fuzzers
}

# fuzz TARGET: from the seeds and from what earlier runs found to be of interest
fuzz() {
	mkdir -p $build/corpus/"$1" $build/seeds $build/found
	$build/fuzz/fuzz-seeds $build/seeds &&
		$build/fuzz/fuzz_"$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 \
			-verbosity=0 -print_final_stats=1 -artifact_prefix=$build/found/"$1"- \
			$build/corpus/"$1" $build/seeds
}

# The companion for this machine, without what make was told for us
companion() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make --no-print-directory user
}

# kept: what the fuzzers start with and what they have kept, files of 0 bytes excepted
kept() {
	find $build/seeds $build/corpus -type f -size +0 | LC_ALL=C sort
}

# sound PROGRAM: valgrind finds nothing wrong with it, nor with what it leaves behind, while it
# inspects files that are named on standard input. What it thinks of them is not the question.
sound() {
	# These are variables of the inner shell.
	# shellcheck disable=SC2016
	xargs -n 500 -P "$(nproc)" sh -c 'status=0
		valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
			"$0" inspect "$@" || status=$?
		[ "$status" -le 3 ]' "$1"
}

# sound_on_kept: the companion
sound_on_kept() {
	kept | sound "$program"
}

# notices FAULT: a program that is wrong in this way is found to be so, and the same one without
# it is not
notices() {
	${CC:-cc} -g -DFAULT="$1" -o $build/faulty selftests/faulty.c &&
		! kept | head -n 20 | sound $build/faulty &&
		${CC:-cc} -g -DFAULT=0 -o $build/faulty selftests/faulty.c &&
		kept | head -n 20 | sound $build/faulty
}

echo "1..$(($# + 6))"
mkdir -p $build
test_of 'clang++ builds the companion without a warning' $build/build.log build_all
for target; do
	test_of "$target for $seconds s" $build/"$target".log fuzz "$target"
	sed -n 's/^stat::number_of_executed_units: /# inputs: /p' $build/"$target".log
done
test_of 'the companion is built' $build/companion.log companion
program=$(tail -n 1 $build/companion.log)
test_of 'valgrind notices what is read out of bounds' $build/notices.log notices 1
test_of 'valgrind notices what nobody has set' $build/notices.log notices 2
test_of 'valgrind notices what is lost' $build/notices.log notices 3
echo "# images: $(kept | wc -l)"
test_of 'the companion inspects what was kept, and valgrind finds nothing' $build/valgrind.log sound_on_kept
[ "$failures" -eq 0 ]
