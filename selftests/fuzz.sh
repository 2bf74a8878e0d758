#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fuzz whatever parses what others wrote, each target for some time, in TAP:
#
#   selftests/fuzz.sh SECONDS [TARGET...]
#
# That clang++ builds what is fuzzed without a warning is the first test. What is found is left in build/fuzz/found/ for user/tests/fuzz_seeds.cpp.
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

echo "1..$(($# + 1))"
mkdir -p $build
test_of 'clang++ builds the companion without a warning' $build/build.log build_all
for target; do
	test_of "$target for $seconds s" $build/"$target".log fuzz "$target"
	sed -n 's/^stat::number_of_executed_units: /# inputs: /p' $build/"$target".log
done
[ "$failures" -eq 0 ]
