#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Build the pages:  Documentation/build.sh PROGRAM OUT [KERNEL-DOC]
#
# The pages are copied to OUT/source, and with them what is made of the project itself, so that it
# cannot go stale: the trust graphs, which PROGRAM (kexec-keyrings) draws of the machine in
# examples/, and the interfaces of the module, which KERNEL-DOC, the script of that name in a
# kernel's source, takes from its headers. The pages are in OUT/html then, and the man page in OUT.
# A warning is an error.
set -eu

if [ $# -lt 2 ]; then
	echo "usage: Documentation/build.sh PROGRAM OUT [KERNEL-DOC]" >&2
	exit 2
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(dirname "$here")
program=$1
out=$2
kernel_doc=${3:-}
generated=$out/source/generated

if ! "$program" --version >/dev/null 2>&1; then
	echo "kexec-keyrings: \"$program\" cannot be run; build it with \`make user\`" >&2
	exit 1
fi
if [ -z "$kernel_doc" ]; then
	kernel_doc=$("$top/selftests/lab/kernel.sh" source 5.10.13)/scripts/kernel-doc
fi
if [ ! -r "$kernel_doc" ]; then
	echo "kexec-keyrings: there is no script $kernel_doc; name the one of a kernel's source" >&2
	exit 1
fi

rm -rf "$out/source" "$out/html"
mkdir -p "$out/source"
cp -Rp "$here/." "$out/source/"
mkdir -p "$generated"

# draw NAME POLICY: what the machine trusts under a policy
draw() {
	"$program" graph --system "$here/examples/machine.json" --native "$2" -o "$generated/$1.dot"
}
draw native builtin
draw with-module 'secondary platform'

for header in "$top"/kmod/*.h "$top"/include/uapi/linux/*.h; do
	page=$generated/$(basename "$header").rst
	perl "$kernel_doc" -rst -sphinx-version 5.3.0 "$header" >"$page" 2>"$out/kernel-doc.log"
	# Not every header has any of it: that is the only thing to be said against one.
	if grep -v 'no structured comments found' "$out/kernel-doc.log" >&2; then
		echo "kexec-keyrings: kernel-doc does not understand $header" >&2
		exit 1
	fi
	[ -s "$page" ] || rm "$page"
done

rst2man --halt=warning "$here/man/kexec-keyrings.8.rst" "$out/kexec-keyrings.8"
sphinx-build -q -W --keep-going -b html -c "$here" "$out/source" "$out/html"
echo "$out/html/index.html"
