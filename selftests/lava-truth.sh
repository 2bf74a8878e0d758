#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hold lava/job.sh against LAVA's own schema, and lava/report.sh against LAVA's own
# lava-test-case, in TAP:  selftests/lava-truth.sh
set -eu
cd "$(dirname "$0")/.."
lava=$PWD/selftests/lava
schema=/usr/share/lava-common/lava-schema.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tap.sh
. selftests/tap.sh

# fits FILE: LAVA takes it as a job
fits() {
	/usr/bin/python3 "$schema" job --strict "$1"
}

refused() {
	! fits "$1"
}

# made ARCH: a job, in $work/ARCH.yaml, with arguments that a shell and YAML could take apart
argument="it's \$(id) \"x\": [y] #z"
made() {
	"$lava/job.sh" "$1" https://example.org/kernel "https://example.org/root fs.ext4" \
		https://example.org/kselftest.tar.gz --key "$argument" >"$work/$1.yaml"
}

# what FILE EXPRESSION: a value in a job
what() {
	/usr/bin/python3 -c 'import sys, yaml; print(eval(sys.argv[2], {"job": yaml.safe_load(open(sys.argv[1]))}))' \
		"$1" "$2"
}

# The step that the job runs, run by a shell, gets the argument as it was given.
step_keeps_argument() {
	local step

	step=$(what "$work/$1.yaml" \
		'job["actions"][2]["test"]["definitions"][0]["repository"]["run"]["steps"][0]')
	step=${step#/opt/kexec-keyrings/kexec_keyrings/lava/report.sh}
	[ "$(sh -c "printf '<%s>' $step")" = "<--key><$argument>" ]
}

for arch in arm64 s390x x86_64; do
	check "a job for $arch is written" made "$arch"
	check "a job for $arch fits LAVA's schema" fits "$work/$arch.yaml"
	check "a job for $arch runs the tests with the arguments given" step_keeps_argument "$arch"
	for key in device_type timeouts actions; do
		sed "s/^$key:/x_$key:/" "$work/$arch.yaml" >"$work/broken.yaml"
		check "a job for $arch without $key does not" refused "$work/broken.yaml"
	done
	sed 's/method: qemu/method: nothing/' "$work/$arch.yaml" >"$work/broken.yaml"
	check "a job for $arch that boots by an unknown method does not" refused "$work/broken.yaml"
done

unknown_arch() {
	local status=0

	"$lava/job.sh" ppc64 a b c 2>"$work/err" || status=$?
	[ "$status" -eq 2 ] && grep -q 'no architecture "ppc64"' "$work/err"
}
check 'a job for another architecture is not written' unknown_arch

# report.sh beside a test program that says what it is told to, with LAVA's own commands
selftests/lab/packages.sh unpack bookworm amd64 "$work/dispatcher" lava-dispatcher >&2
commands=$work/dispatcher/usr/lib/python3/dist-packages/lava_dispatcher/lava_test_shell
mkdir -p "$work/bin" "$work/tests/lava"
{ echo '#!/bin/sh' && cat "$commands/lava-test-case"; } >"$work/bin/lava-test-case"
cp "$commands/lava-common-functions" "$work/bin/"
chmod +x "$work/bin/lava-test-case"
cp "$lava/report.sh" "$work/tests/lava/"
cat >"$work/tests/kexec_keyrings.sh" <<'END'
#!/bin/sh
cat "$TAP"
exit "$STATUS"
END
chmod +x "$work/tests/kexec_keyrings.sh"
# report.sh runs what is beside its directory, as gen_tar packs it.

# reports STATUS SIGNALS TAP: what LAVA is told of a program that ends like this
reports() {
	printf '%s\n' "$3" >"$work/tap"
	diff <(env PATH="$work/bin:$PATH" LAVA_RESULT_DIR="$work/results" TAP="$work/tap" STATUS="$1" \
		"$work/tests/lava/report.sh" | sed -n 's/^<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=\(.*\)>$/\1/p') \
		<(printf '%s\n' "$2")
}

check 'passes, failures and skips are told' reports 1 \
	'an-image-by-a-key-on-.platform RESULT=pass
the-image-as-it-is RESULT=fail
kexec_load-2-which-verifies-nothing RESULT=skip
complete RESULT=pass' '1..3
ok 1 - an image by a key on .platform
not ok 2 - the image as it is
# got ENOKEY
ok 3 - kexec_load(2), which verifies nothing # SKIP not root'
check 'a program that did not come to its end is told' reports 137 \
	'one RESULT=pass
complete RESULT=fail' '1..3
ok 1 - one'
check 'a status that contradicts the results is told' reports 0 \
	'one RESULT=fail
complete RESULT=fail' '1..1
not ok 1 - one'
check 'a failure without a failed test is told' reports 1 \
	'one RESULT=pass
complete RESULT=fail' '1..1
ok 1 - one'
check 'that nothing could be tested is no pass' reports 4 'complete RESULT=skip' \
	'1..0 # SKIP not root'
check 'that nothing could be tested contradicts a failure' reports 4 \
	'one RESULT=fail
complete RESULT=fail' '1..1
not ok 1 - one'

end_tap
