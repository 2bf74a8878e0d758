#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make the lab's keys, once per lab directory, and print the directory they are in.
#
#   builtin       a self-signed authority, compiled into the guest kernels; signs modules
#   intermediate  an authority vouched for by builtin, for the secondary keyring
#   secondary     vouched for by intermediate, for the secondary keyring
#   platform      self-signed, put on the platform keyring
#   unknown       self-signed, on no keyring
#
# A PE signature brings its signer's certificate along, and the kernel looks for who
# vouched for that one too. Did builtin itself vouch for secondary, then a kernel that
# consults builtin only would accept what secondary signs.
#
# WHO.key is the private key, WHO.pem and WHO.der the certificate.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

keys=$cache/keys

# certificate WHO ISSUER CONSTRAINT USAGE: a key and its certificate in $keys.partial
certificate() {
	local who=$keys.partial/$1 issuer=$keys.partial/$2 by=()

	[ "$1" = "$2" ] || by=(-CA "$issuer.pem" -CAkey "$issuer.key")

	openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -config /dev/null \
		-subj "/O=kexec-keyrings lab/CN=lab $1 key" -addext "basicConstraints=critical,$3" \
		-addext "keyUsage=$4" -addext subjectKeyIdentifier=hash \
		-addext authorityKeyIdentifier=keyid "${by[@]}" -keyout "$who.key" -out "$who.pem" \
		2>"$keys.partial/log" || die "openssl made no $1 key: $(tail -n 1 "$keys.partial/log")"
	openssl x509 -in "$who.pem" -outform DER -out "$who.der"
}

if [ ! -d "$keys" ]; then
	lock keys
fi
# Another run may have made them while we waited.
if [ ! -d "$keys" ]; then
	command -v openssl >/dev/null || die "there is no openssl; install the package openssl"
	rm -rf "$keys.partial"
	(umask 077 && mkdir "$keys.partial")
	certificate builtin builtin CA:TRUE digitalSignature,keyCertSign
	certificate intermediate builtin CA:TRUE digitalSignature,keyCertSign
	certificate secondary intermediate CA:FALSE digitalSignature
	certificate platform platform CA:FALSE digitalSignature
	certificate unknown unknown CA:FALSE digitalSignature
	rm "$keys.partial/log"
	mv "$keys.partial" "$keys"
fi
echo "$keys"
