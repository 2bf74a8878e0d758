#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make the keys that only a guest with firmware has, once, and print their directory.
#
#   owner    of the machine: PK and KEK
#   mok      a Machine Owner Key, as shim would tell the kernel of it
#   revoked  in db, and taken back by dbx as UEFI has it
#   vetoed   in db, and taken back by dbx as Linux understands it
#
# All are self-signed. See keys.sh for the others, and for what the files are called.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

keys=$cache/firmware-keys

if [ ! -d "$keys" ]; then
	lock firmware-keys
fi
# Another run may have made them while we waited.
if [ ! -d "$keys" ]; then
	command -v openssl >/dev/null || die "there is no openssl; install the package openssl"
	rm -rf "$keys.partial"
	(umask 077 && mkdir "$keys.partial")
	for who in owner mok revoked vetoed; do
		file=$keys.partial/$who
		openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -config /dev/null \
			-subj "/O=kexec-keyrings lab/CN=lab $who key" \
			-addext basicConstraints=critical,CA:FALSE \
			-addext keyUsage=digitalSignature -addext subjectKeyIdentifier=hash \
			-keyout "$file.key" -out "$file.pem" 2>"$keys.partial/log" ||
			die "openssl made no $who key: $(tail -n 1 "$keys.partial/log")"
		openssl x509 -in "$file.pem" -outform DER -out "$file.der"
	done
	rm "$keys.partial/log"
	mv "$keys.partial" "$keys"
fi
echo "$keys"
