#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The source as a tarball, the same bytes at each run:  user/packaging/dist.sh DIRECTORY
#
# In a git tree it has the files that git knows, as they are now; in an unpacked tarball those of
# the tarball. The time of each is SOURCE_DATE_EPOCH, if that is set, or that of the last commit or
# of the tarball. The last line is the path of the tarball.
set -eu -o pipefail
[ $# -eq 1 ] || { echo 'usage: user/packaging/dist.sh DIRECTORY' >&2 && exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^#define KEXEC_KEYRINGS_VERSION "\(.*\)"$/\1/p' include/kexec_keyrings_version.h)
name=kexec-keyrings-$version

trap 'rm -f "$out/$name.files" "$out/$name.tar.xz.partial"' EXIT
if [ -e .git ]; then
	epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
	git diff --quiet HEAD || echo "kexec-keyrings: $name.tar.xz has changes that are not committed" >&2
	git ls-files -z >"$out/$name.files"
else
	epoch=${SOURCE_DATE_EPOCH:-$(stat -c %Y Makefile)}
	find ./* ./.[!.]* \( -path ./build -o -path ./debian -o -path ./.pc \) -prune -o \( -type f -o -type l \) -print0 |
		sed -z 's|^\./||' >"$out/$name.files"
fi
LC_ALL=C sort -z -o "$out/$name.files" "$out/$name.files"
# One thread: what more of them write depends on how many there are.
tar --no-recursion --null --files-from="$out/$name.files" --transform="s|^|$name/|S" \
	--format=gnu --mtime="@$epoch" --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX \
	-cf - | xz -6 --threads=1 >"$out/$name.tar.xz.partial"
mv "$out/$name.tar.xz.partial" "$out/$name.tar.xz"
echo "$out/$name.tar.xz"
