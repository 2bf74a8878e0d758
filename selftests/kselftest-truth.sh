#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Use the tests of this machine in all the ways that kselftest has, in TAP:
#
#	selftests/kselftest-truth.sh
#
# It is about the way to the tests and back: without CAP_SYS_BOOT they load nothing, and must say so.
# What they say of kernels is seen in the lab's guests.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tap.sh
. selftests/tap.sh

# here COMMAND...: on this machine, whose kernel nobody is to replace
here() {
	setpriv --bounding-set -sys_boot --inh-caps -sys_boot "$@"
}

# harmless: what follows is run only where that works
harmless() {
	here sh -c 'sed -n s/^CapEff:.//p /proc/self/status' >"$work/capabilities" &&
		[ $((0x$(cat "$work/capabilities") >> 22 & 1)) -eq 0 ]
}

# ends_with STATUS PATTERN COMMAND...: so it does, having said that. Through a pipe, for kselftest
# opens its standard output anew, and would write over a file.
ends_with() {
	local status=0

	"${@:3}" 2>&1 | tee "$work/said" || status=$?
	[ "$status" -eq "$1" ] && grep -q -- "$2" "$work/said"
}

# A program in the companion's place, for what becomes of results that this machine cannot give
# without a kernel being loaded
cat >"$work/says" <<'END'
#!/bin/sh
[ "$1" = test ] || exit 0
shift
echo TAP version 13
echo 1..1
echo "$VERDICT 1 - arguments: $*"
exit "$STATUS"
END
chmod +x "$work/says"

# with VERDICT STATUS COMMAND...: with that program, which says and does this
with() {
	env VERDICT="$1" STATUS="$2" KEXEC_KEYRINGS="$work/says" "${@:3}"
}

no_boot='SKIP loading a kernel needs root (CAP_SYS_BOOT)'
script=selftests/kexec_keyrings.sh

check 'the tests can be kept from loading kernels' harmless
[ "$failures" -eq 0 ] || { end_tap; exit 1; }

check 'stand-alone: make run_tests, which says that it may not load kernels' \
	ends_with 0 "$no_boot" here make -C selftests run_tests
check 'stand-alone: what does not run has not passed' \
	ends_with 2 'no-such-option' here make -C selftests run_tests TEST_ARGS=--no-such-option
check 'the script: arguments reach the companion' \
	ends_with 0 'ok 1 - arguments: --key a b' with ok 0 env KEXEC_KEYRINGS_TEST_ARGS='--key a' $script b
check 'a failure is one' ends_with 1 '^not ok 1' with 'not ok' 1 $script
check 'a failure is one to prove' ends_with 1 'Result: FAIL' with 'not ok' 1 prove -e sh $script
check 'a pass is one to prove' ends_with 0 'Result: PASS' with ok 0 prove -e sh $script

nothing_to_run() {
	local status=0

	env PATH=/usr/bin:/bin KEXEC_KEYRINGS="$work/none" $script >"$work/said" || status=$?
	[ "$status" -eq 4 ] && grep -q 'SKIP there is no kexec-keyrings; run make user' "$work/said"
}
check 'without the companion it is skipped, and says what to do' nothing_to_run

mkdir "$work/elsewhere"
check 'make gen_tar' ends_with 0 'kselftest.tar.gz$' make -C selftests gen_tar
check 'its archive is complete' tar -C "$work/elsewhere" -xf build/kselftest/kselftest.tar.gz
check 'elsewhere: run_kselftest.sh runs the companion of the archive' \
	ends_with 0 "$no_boot" here env PATH=/usr/bin:/bin "$work/elsewhere/run_kselftest.sh"
check 'elsewhere: a failure is one' \
	ends_with 1 '^not ok 1' with 'not ok' 1 "$work/elsewhere/run_kselftest.sh"
rm "$work/elsewhere/kexec_keyrings/kexec-keyrings"
check 'elsewhere: without the companion it is skipped' \
	ends_with 0 'SKIP there is no kexec-keyrings' env PATH=/usr/bin:/bin "$work/elsewhere/run_kselftest.sh"

# A kernel's source, as somebody has it who builds it
source=$(selftests/lab/kernel.sh source 5.10.13)
linux=$(dirname "$source")/kselftest
rm -rf "$linux"
trap 'rm -rf "$work" "$linux"' EXIT
# Files of the source that stay as they are: links will do.
cp -al "$source" "$linux"
mkdir -p "$work/empty"
check 'a directory that is no kernel is left alone' \
	ends_with 2 'is not the source of a kernel' make kselftest-install KSRC="$work/empty"
check 'make kselftest-install' ends_with 0 'kexec_keyrings$' make kselftest-install KSRC="$linux"
check 'in the source: the kernel is configured' make -C "$linux" defconfig
check 'in the source: make TARGETS=kexec_keyrings kselftest' \
	ends_with 0 "$no_boot" here make -C "$linux" TARGETS=kexec_keyrings kselftest
check "in the source: kselftest's own summary calls it a skip" \
	ends_with 0 'kexec_keyrings: kexec_keyrings.sh # SKIP' \
	here make -C "$linux" TARGETS=kexec_keyrings kselftest
check 'in the source: a failure is one' \
	ends_with 0 'not ok 1 selftests: kexec_keyrings: kexec_keyrings.sh # exit=1' \
	with 'not ok' 1 make -C "$linux" TARGETS=kexec_keyrings kselftest
check 'in the source: gen_tar' \
	make -C "$linux/tools/testing/selftests" TARGETS=kexec_keyrings gen_tar

in_archive_of_kernel() {
	local made=$linux/tools/testing/selftests/kselftest_install/kselftest-packages/kselftest.tar.gz

	mkdir "$work/there"
	tar -C "$work/there" -xf "$made"
	ends_with 0 "$no_boot" here "$work/there/run_kselftest.sh" -c kexec_keyrings
}
check 'from there: run_kselftest.sh' in_archive_of_kernel

clean_leaves_the_target() {
	make -C "$linux/tools/testing/selftests" TARGETS=kexec_keyrings clean &&
		[ -e "$installed/kexec_keyrings.sh" ] && [ ! -e "$installed/kexec-keyrings" ]
}
installed=$linux/tools/testing/selftests/kexec_keyrings
check 'in the source: make clean leaves what was installed, and nothing else' clean_leaves_the_target
end_tap
