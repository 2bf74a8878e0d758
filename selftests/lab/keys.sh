#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make the lab's keys, once per lab directory, and print the directory they are in.
# Keys that are there stay as they are: the guest kernels are built with builtin's.
#
#   builtin         a self-signed authority, compiled into the guest kernels; signs modules
#   intermediate    an authority vouched for by builtin, for the secondary keyring
#   secondary       vouched for by intermediate, for the secondary keyring
#   platform        self-signed, put on the platform keyring
#   unknown         self-signed, on no keyring
#   machine         a self-signed authority, what a machine's owner gives to shim
#   vouched         vouched for by platform, on no keyring itself
#   impostor        named like platform, with another key; on no keyring
#   impostor-serial the same, and with platform's serial number
#   twin-secondary, twin-platform
#                   one key: vouched for by intermediate, for the secondary keyring; and
#                   self-signed, for the platform keyring, revoked
#   doubled         a self-signed authority, for the platform keyring
#   decoy           vouched for by builtin, for the secondary keyring, with the subject key
#                   id of doubled
#   of-doubled      vouched for by doubled, on no keyring itself
# and, self-signed, for the platform keyring:
#   revoked         its hash is for the blacklist
#   rsa4096, ecdsa  with other kinds of keys
#   expired, not-yet-valid
#                   valid in 2010 to 2015, and from 2090 on
#   short           valid in 2020
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
everybody='builtin intermediate secondary platform unknown machine vouched impostor
	impostor-serial twin-secondary twin-platform doubled decoy of-doubled revoked rsa4096
	ecdsa expired not-yet-valid short'

# missing: those who have no certificate yet; it is the last file to come
missing() {
	local who

	for who in $everybody; do
		[ -f "$keys/$who.der" ] || echo "$who"
	done
}

# Where new keys are made
partial=$keys.partial

# openssl_makes WHO ARGUMENT...: run openssl for WHO's key
openssl_makes() {
	local who=$1
	shift
	openssl "$@" >"$partial/log" 2>&1 ||
		die "openssl made no $who key: $(tail -n 1 "$partial/log")"
}

# The rest of what the functions below do with a certificate in $partial/WHO.pem
finish() {
	openssl_makes "$1" x509 -in "$partial/$1.pem" -outform DER -out "$partial/$1.der"
	mv "$partial/$1.key" "$partial/$1.pem" "$keys/"
	mv "$partial/$1.der" "$keys/"
}

# certificate WHO ISSUER CONSTRAINT USAGE [OPTION...]: a key and its certificate; OPTIONs
# of openssl-req come last, where they count in place of ours. $identifier, if set, is its
# subject key id.
certificate() {
	local who=$1 issuer=$keys/$2 by=()

	[ "$1" = "$2" ] || by=(-CA "$issuer.pem" -CAkey "$issuer.key")
	openssl_makes "$who" req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -config /dev/null \
		-subj "/O=kexec-keyrings lab/CN=lab $who key" -addext "basicConstraints=critical,$3" \
		-addext "keyUsage=$4" -addext "subjectKeyIdentifier=${identifier:-hash}" \
		-addext authorityKeyIdentifier=keyid "${by[@]}" \
		-keyout "$partial/$who.key" -out "$partial/$who.pem" "${@:5}"
	finish "$who"
}

# leaf WHO [OPTION...]: a self-signed certificate that vouches for nobody
leaf() {
	certificate "$1" "$1" CA:FALSE digitalSignature "${@:2}"
}

# dated WHO FROM TO: the same, valid between two times (YYYYMMDDHHMMSSZ). Of openssl's
# commands, only ca lets one choose these before OpenSSL 3.4.
dated() {
	local who=$1

	openssl_makes "$who" req -new -newkey rsa:2048 -nodes -config /dev/null \
		-subj "/O=kexec-keyrings lab/CN=lab $who key" \
		-keyout "$partial/$who.key" -out "$partial/$who.csr"
	: >"$partial/index"
	cat >"$partial/ca.conf" <<-END
		[ca]
		default_ca = lab
		[lab]
		database = $partial/index
		new_certs_dir = $partial
		rand_serial = yes
		default_md = sha256
		policy = names
		x509_extensions = extensions
		[names]
		organizationName = supplied
		commonName = supplied
		[extensions]
		basicConstraints = critical,CA:FALSE
		keyUsage = digitalSignature
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
	END
	openssl_makes "$who" ca -batch -notext -selfsign -config "$partial/ca.conf" \
		-keyfile "$partial/$who.key" -in "$partial/$who.csr" -out "$partial/$who.pem" \
		-startdate "$2" -enddate "$3"
	finish "$who"
}

# twin WHO OTHER: another certificate for OTHER's key, self-signed
twin() {
	cp "$keys/$2.key" "$partial/$1.key"
	leaf "$1" -new -key "$partial/$1.key"
}

make_key() {
	local platform='/O=kexec-keyrings lab/CN=lab platform key' identifier=

	case $1 in
	builtin | machine | doubled) certificate "$1" "$1" CA:TRUE digitalSignature,keyCertSign ;;
	intermediate) certificate "$1" builtin CA:TRUE digitalSignature,keyCertSign ;;
	secondary | twin-secondary) certificate "$1" intermediate CA:FALSE digitalSignature ;;
	vouched) certificate "$1" platform CA:FALSE digitalSignature ;;
	of-doubled) certificate "$1" doubled CA:FALSE digitalSignature ;;
	decoy)
		identifier=$(openssl x509 -in "$keys/doubled.pem" -noout -ext subjectKeyIdentifier |
			sed -n 's/^ *\([0-9A-F:]*\)$/\1/p')
		certificate "$1" builtin CA:FALSE digitalSignature
		;;
	rsa4096) leaf "$1" -newkey rsa:4096 ;;
	ecdsa) leaf "$1" -newkey ec -pkeyopt ec_paramgen_curve:P-256 ;;
	impostor) leaf "$1" -subj "$platform" ;;
	impostor-serial)
		leaf "$1" -subj "$platform" -set_serial \
			"0x$(openssl x509 -in "$keys/platform.pem" -noout -serial | cut -d = -f 2)"
		;;
	twin-platform) twin "$1" twin-secondary ;;
	expired) dated "$1" 20100101000000Z 20150101000000Z ;;
	not-yet-valid) dated "$1" 20900101000000Z 20991231235959Z ;;
	short) dated "$1" 20200101000000Z 20210101000000Z ;;
	*) leaf "$1" ;;
	esac
}

if [ -n "$(missing)" ]; then
	lock keys
fi
# Another run may have made them while we waited.
if [ -n "$(missing)" ]; then
	command -v openssl >/dev/null || die "there is no openssl; install the package openssl"
	rm -rf "$partial"
	(umask 077 && mkdir -p "$keys" "$partial")
	for who in $(missing); do
		make_key "$who"
	done
	rm -r "$partial"
fi
echo "$keys"
