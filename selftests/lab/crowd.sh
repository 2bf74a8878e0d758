#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make a crowd of certificates that builtin vouches for, so that a keyring can be full; print
# the directory they are in:  crowd.sh COUNT
#
# They are 1.der, 2.der, ...: of one key, as nobody signs by it, with subject key ids of their
# own, by which the kernel tells them apart. Those that are there stay as they are.
set -eu
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

[ $# -eq 1 ] || usage 'crowd.sh COUNT'
count=$1

make_crowd() {
	local keys=$1 i

	[ -f "$crowd/key" ] || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$crowd/key"
	for i in $(seq "$count"); do
		[ ! -f "$crowd/$i.der" ] || continue
		openssl req -x509 -new -key "$crowd/key" -sha256 -days 36500 -config /dev/null \
			-CA "$keys/builtin.pem" -CAkey "$keys/builtin.key" \
			-subj "/O=kexec-keyrings lab/CN=lab crowd $i" \
			-addext "subjectKeyIdentifier=$(printf '%040x' "$i")" \
			-addext "authorityKeyIdentifier=keyid" -outform DER -out "$crowd/$i.der.partial"
		mv "$crowd/$i.der.partial" "$crowd/$i.der"
	done
}

trap stop_group EXIT
trap 'exit 130' INT TERM HUP
keys=$("$lab/keys.sh")
# With the key that vouches for them: they are worth nothing without it.
crowd=$keys/crowd
lock crowd
mkdir -p "$crowd"
export crowd count
export -f make_crowd
# The other shell expands it.
# shellcheck disable=SC2016
run "making $count certificates" 0 "$cache/logs/crowd.log" bash -euc 'make_crowd "$1"' "" "$keys" ||
	die 'openssl made no crowd of certificates'
echo "$crowd"
