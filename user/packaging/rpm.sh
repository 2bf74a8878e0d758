#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# RPM packages, and the source one:  user/packaging/rpm.sh DIRECTORY
#
# For this machine, by its rpmbuild. On Debian, which has not got the names that the packages of
# others go by, what they need is what deps.sh installs. The paths of the packages are printed.
set -eu -o pipefail
packaging=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../selftests/lab/lab.sh
. "$packaging/../../selftests/lab/lab.sh"

[ $# -eq 1 ] || usage 'rpm.sh DIRECTORY'
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'stop_group; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

mkdir "$work/SOURCES"
tarball=$("$packaging/dist.sh" "$work/SOURCES" | tail -n 1)
version=${tarball##*kexec-keyrings-} && version=${version%.tar.xz}
day=$(tar -tvf "$tarball" --full-time --utc | awk 'NR == 1 { print $4 }')
sed "s/@VERSION@/$version/; s/@DATE@/$(LC_ALL=C date -u -d "$day" '+%a %b %d %Y')/" \
	"$packaging/kexec-keyrings.spec.in" >"$out/kexec-keyrings.spec"
options=
[ ! -e /etc/debian_version ] || options=--nodeps
# shellcheck disable=SC2086
run 'building the packages' 0 "$out/build.log" \
	rpmbuild -ba $options -D "_topdir $work" "$out/kexec-keyrings.spec" ||
	die 'there are no packages; see above'
find "$work/RPMS" "$work/SRPMS" -name '*.rpm' -exec mv -t "$out" {} +
ls "$out"/*.rpm
