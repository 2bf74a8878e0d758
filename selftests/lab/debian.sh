#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Build the companion, and run its unit tests, with the compiler and the libraries of
# another Debian release:  selftests/lab/debian.sh SUITE
#
# As root only. What is mounted in the release's root is gone when the script ends.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"
# shellcheck source=root.sh
. "$(dirname "$0")/root.sh"

packages='g++ make cmake pkg-config nlohmann-json3-dev libfmt-dev libkmod-dev
	libkeyutils-dev libssl-dev zlib1g-dev libgtest-dev libgmock-dev'

[ $# -eq 1 ] || usage 'debian.sh SUITE'
[ "$(id -u)" -eq 0 ] || die "building with Debian $1 takes root, for chroot(8)"
trap stop_group EXIT
trap 'exit 130' INT TERM HUP
make_root "$1" "$1" "$packages" with_cli11
in_root "$root" "
	g++ --version | head -n 1
	cmake -S /src/user -B /out -DCMAKE_BUILD_TYPE=None -DKXK_WERROR=ON -DKXK_TESTS=ON
	cmake --build /out --parallel $(nproc)
	/out/tests/kxk-unit-tests
"
