#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The test program of kselftest: `kexec-keyrings test`, with the arguments of this script and those
# in KEXEC_KEYRINGS_TEST_ARGS. The companion is the one beside this script, the one that
# KEXEC_KEYRINGS names, or the one that is installed.
set -u

# skip REASON: says it as kselftest wants it, and ends
skip() {
	echo 'TAP version 13'
	echo "1..0 # SKIP $1"
	exit 4
}

program=${KEXEC_KEYRINGS:-$(dirname "$0")/kexec-keyrings}
[ -x "$program" ] || program=$(command -v kexec-keyrings) ||
	skip 'there is no kexec-keyrings; run make user to build it, or install it'
problem=$("$program" --version 2>&1) ||
	skip "$program does not run on this machine; install what it misses: $(
		printf '%s' "$problem" | head -n 1)"
# Several arguments, with blanks between them.
# shellcheck disable=SC2086
exec "$program" test ${KEXEC_KEYRINGS_TEST_ARGS-} "$@"
