#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hold what `kexec-keyrings sign` and `sign-module` make against the tools that others have
# for it, in TAP:  selftests/sign-truth.sh PROGRAM
#
# Authenticode: sbverify, osslsigncode, pesign. Appended: the kernel's scripts/sign-file, and
# openssl. Keys: PEM, PKCS#12, and a PKCS#11 token of SoftHSM's, by engine and by provider.
# What was tampered with, and what somebody else signed, must be refused by each of them.
set -eu
program=$(realpath "${1:?usage: selftests/sign-truth.sh PROGRAM}")
lab=$(cd "$(dirname "$0")/lab" && pwd)
work=$(mktemp -d)
trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT

sign_file=$("$lab/kernel.sh" x86_64 5.10.13)/build/scripts/sign-file
declare -A image
for arch in x86_64 arm64 s390x; do
	image[$arch]=$("$lab/kernel.sh" "$arch" 5.10.13)/image
done
cd "$work"

count=0 failures=0

# result VERDICT NAME: one TAP line; VERDICT is ok or not ok
result() {
	count=$((count + 1))
	echo "$1 $count - $2"
	[ "$1" = ok ] || { failures=$((failures + 1)) && sed 's/^/# /' log | tail -n 5; }
}

# skip REASON NAME
skip() {
	count=$((count + 1))
	echo "ok $count - $2 # SKIP $1"
}

# accepts NAME COMMAND...: the command succeeds
accepts() {
	if "${@:2}" >log 2>&1; then result ok "$1"; else result 'not ok' "$1"; fi
}

# refuses NAME COMMAND...: the command says no; that it cannot be run is no refusal
refuses() {
	local status=0

	"${@:2}" >log 2>&1 || status=$?
	if [ "$status" -ne 0 ] && [ "$status" -lt 126 ]; then
		result ok "$1"
	else
		result 'not ok' "$1"
	fi
}

# same NAME WANTED FOUND
same() {
	echo "wanted: $2; found: $3" >log
	if [ "$2" = "$3" ]; then result ok "$1"; else result 'not ok' "$1"; fi
}

# signer WHO: a self-signed certificate with its key, WHO.key and WHO.pem
signer() {
	openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -config /dev/null \
		-subj "/O=Tests/CN=$1" -addext keyUsage=critical,digitalSignature \
		-addext extendedKeyUsage=codeSigning -addext basicConstraints=critical,CA:FALSE \
		-keyout "$1.key" -out "$1.pem" 2>log
}

# flip FILE OFFSET OUT: a copy with one bit of one byte changed
flip() {
	local byte

	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	cp "$1" "$3"
	# The format is the byte.
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$3" bs=1 seek="$2" conv=notrunc status=none
}

ours() {
	"$program" sign --key "$1.key" --cert "$1.pem" --output "$3" "$2"
}

# The digest that pesign computes of a file
pesign_hash() {
	pesign -h -i "$1" | tr ' ' '\n' | grep -E '^[0-9a-f]{64}$'
}

# How many signatures pesign and sbverify see
count_by_pesign() {
	pesign -S -i "$1" 2>&1 | grep -c "common name is $2\$"
}
count_by_sbverify() {
	sbverify --list "$1" 2>&1 | grep -c '^signature [0-9]'
}

osslsigncode_verify() {
	osslsigncode verify -CAfile "$1" -in "$2"
}

# refused_by_all WHAT CERTIFICATE FILE
refused_by_all() {
	refuses "$1: sbverify refuses it" sbverify --cert "$2" "$3"
	refuses "$1: osslsigncode refuses it" osslsigncode_verify "$2" "$3"
}

# authenticode ARCH: an image signed by us alone
authenticode() {
	local name=$1 file=${image[$1]} size

	size=$(stat -c %s "$file")
	accepts "$name: we sign it" ours alice "$file" "$name"
	accepts "$name: sbverify accepts it" sbverify --cert alice.pem "$name"
	accepts "$name: osslsigncode accepts it" osslsigncode_verify alice.pem "$name"
	same "$name: pesign shows the signer" 1 "$(count_by_pesign "$name" alice)"
	same "$name: pesign has the same digest" "$(pesign_hash "$name")" \
		"$("$program" sign --json --key alice.key --cert alice.pem -o again "$file" |
			sed -n 's/^  "digest": "\(.*\)",/\1/p')"

	refused_by_all "$name, another certificate" mallory.pem "$name"
	flip "$name" $((size / 2)) tampered
	refused_by_all "$name, tampered body" alice.pem tampered
	same "$name, tampered body: pesign has another digest" different \
		"$([ "$(pesign_hash "$name")" = "$(pesign_hash tampered)" ] || echo different)"
	flip "$name" $(($(stat -c %s "$name") - 40)) tampered
	refused_by_all "$name, tampered signature" alice.pem tampered
	head -c $((size / 2)) "$file" >truncated
	refuses "$name, truncated: we refuse it" ours alice truncated truncated
	same "$name, truncated: and leave it alone" $((size / 2)) "$(stat -c %s truncated)"

	for digest in sha384 sha512; do
		accepts "$name, $digest: we sign it" "$program" sign --digest "$digest" --key alice.key \
			--cert alice.pem -o "$name-$digest" "$file"
		accepts "$name, $digest: osslsigncode accepts it" osslsigncode_verify alice.pem \
			"$name-$digest"
		flip "$name-$digest" $((size / 2)) tampered
		refuses "$name, $digest, tampered: osslsigncode refuses it" osslsigncode_verify alice.pem \
			tampered
	done
}

# first_by TOOL FILE OUT: signed by Bob with one of the tools
first_by() {
	case $1 in
	sbsign) sbsign --key bob.key --cert bob.pem --output "$3" "$2" ;;
	osslsigncode) osslsigncode sign -key bob.key -certs bob.pem -in "$2" -out "$3" ;;
	pesign) pesign -n nss -c bob -s -i "$2" -o "$3" ;;
	ours) ours bob "$2" "$3" ;;
	esac
}

# stacked ARCH FIRST SECOND: two signatures, by Bob and by Alice
stacked() {
	local name="$1, $2, then $3" file=$1-$2-$3

	rm -f first
	accepts "$name: $2 signs it" first_by "$2" "${image[$1]}" first
	case $3 in
	ours) accepts "$name: we sign it" ours alice first "$file" ;;
	sbsign) accepts "$name: sbsign signs it" sbsign --key alice.key --cert alice.pem \
		--output "$file" first ;;
	esac
	accepts "$name: sbverify accepts it for the first" sbverify --cert bob.pem "$file"
	accepts "$name: sbverify accepts it for the second" sbverify --cert alice.pem "$file"
	refuses "$name: sbverify refuses it for anybody else" sbverify --cert mallory.pem "$file"
	same "$name: sbverify counts two" 2 "$(count_by_sbverify "$file")"
	same "$name: pesign shows both" 1,1 \
		"$(count_by_pesign "$file" bob),$(count_by_pesign "$file" alice)"
	flip "$file" $(($(stat -c %s "${image[$1]}") / 2)) tampered
	refuses "$name, tampered: sbverify refuses it for the first" sbverify --cert bob.pem tampered
	refuses "$name, tampered: sbverify refuses it for the second" sbverify --cert alice.pem tampered
}

# verify_appended CERTIFICATE SIGNED UNSIGNED: openssl's verdict of an appended signature
verify_appended() {
	local size

	size=$(($(stat -c %s "$2") - $(stat -c %s "$3") - 40))
	tail -c $((size + 40)) "$2" | head -c "$size" >message
	openssl cms -verify -binary -inform DER -in message -content "$3" -certfile "$1" -nointern \
		-noverify -out /dev/null
}

# appended NAME FILE COMMAND
appended() {
	local name=$1 file=$2 digest

	for digest in sha256 sha512; do
		"$sign_file" "$digest" alice.key alice.pem "$file" theirs
		accepts "$name, $digest: we sign it" "$program" "$3" --digest "$digest" --key alice.key \
			--cert alice.pem -o ours "$file"
		accepts "$name, $digest: byte for byte what sign-file makes" cmp theirs ours
	done
	accepts "$name: openssl accepts it" verify_appended alice.pem ours "$file"
	refuses "$name: openssl refuses it for another certificate" verify_appended mallory.pem ours \
		"$file"
	flip "$file" $(($(stat -c %s "$file") / 2)) tampered
	refuses "$name, tampered: openssl refuses it" verify_appended alice.pem ours tampered
	refuses "$name: we refuse to sign it again" "$program" "$3" --key alice.key --cert alice.pem ours
	accepts "$name: and leave it alone" cmp theirs ours
}

# by_key NAME ARGUMENTS...: the same key from elsewhere makes the same signature
by_key() {
	rm -f other
	accepts "$1: we sign with it" "$program" sign -o other "${@:2}" "${image[s390x]}"
	accepts "$1: the signature is that of the key" cmp other by-alice
}

# by_no_key NAME ARGUMENTS...: nothing is signed
by_no_key() {
	rm -f other
	refuses "$1: refused" "$program" sign -o other "${@:2}" "${image[s390x]}"
	same "$1: nothing is written" no "$([ -e other ] && echo yes || echo no)"
}

# Without a terminal, the prompt has nobody to ask.
without_terminal() {
	setsid -w "$program" sign "$@" </dev/null
}

# What is typed at a terminal: typed TEXT ARGUMENTS...
typed() {
	local command

	printf -v command '%q ' "$program" sign "${@:2}"
	{ sleep 1 && echo "$1"; } | script -qec "$command" /dev/null
}

keys() {
	local in_uri='pkcs11:token=lab;object=alice?pin-value=1234'

	ours alice "${image[s390x]}" by-alice >log
	openssl pkcs8 -topk8 -in alice.key -v2 aes256 -passout pass:secret -out encrypted.key
	openssl pkcs12 -export -inkey alice.key -in alice.pem -passout pass:secret -out alice.p12
	cat alice.key alice.pem >both.pem
	openssl x509 -in alice.pem -outform DER -out alice.der
	echo secret >right
	echo guess >wrong

	by_key 'DER certificate' --key alice.key --cert alice.der
	by_key 'key and certificate in one file' --key both.pem
	by_key 'encrypted PEM, passphrase file' --key encrypted.key --cert alice.pem \
		--passphrase-file right
	by_no_key 'encrypted PEM, wrong passphrase' --key encrypted.key --cert alice.pem \
		--passphrase-file wrong
	by_key 'PKCS#12, passphrase file' --key alice.p12 --passphrase-file right
	by_key 'PKCS#12, passphrase descriptor' --key alice.p12 --passphrase-fd 9 9<right
	SECRET=secret by_key 'PKCS#12, passphrase in the environment' --key alice.p12 \
		--passphrase-env SECRET
	by_no_key 'PKCS#12, wrong passphrase' --key alice.p12 --passphrase-file wrong
	by_no_key 'PKCS#12, a passphrase on the command line' --key alice.p12 --passphrase secret
	by_no_key 'a key of another certificate' --key alice.key --cert mallory.pem
	by_no_key 'a PIN on the command line' --key "$in_uri"

	rm -f other
	accepts 'a passphrase typed at the terminal: we sign with it' typed secret --key alice.p12 \
		-o other "${image[s390x]}"
	accepts 'a passphrase typed at the terminal: the signature is that of the key' cmp other by-alice
	refuses 'a wrong passphrase typed at the terminal: refused' typed guess --key alice.p12 \
		-o other "${image[s390x]}"
	refuses 'nobody at a terminal: refused' without_terminal --key alice.p12 -o other \
		"${image[s390x]}"
}

# token NAME: what is on the token "lab", through what OpenSSL finds now
token() {
	local uri='pkcs11:token=lab;object=alice'

	echo 1234 >right
	echo 4321 >wrong
	by_key "PKCS#11 by $1" --key "$uri;type=private" --passphrase-file right
	by_key "PKCS#11 by $1, certificate in a file" --key "$uri" --cert alice.pem \
		--passphrase-file right
	by_no_key "PKCS#11 by $1, wrong PIN" --key "$uri" --passphrase-file wrong
	by_no_key "PKCS#11 by $1, no such key" --key 'pkcs11:token=lab;object=nobody' \
		--passphrase-file right
	rm -f other
	accepts "PKCS#11 by $1: we sign a PE image" "$program" sign --key "$uri" \
		--passphrase-file right -o other "${image[arm64]}"
	accepts "PKCS#11 by $1: sbverify accepts it" sbverify --cert alice.pem other
	refuses "PKCS#11 by $1: sbverify refuses it for another certificate" sbverify \
		--cert mallory.pem other
}

make_token() {
	local softhsm write

	softhsm=$(find /usr/lib -name libsofthsm2.so | head -n 1)
	write=(pkcs11-tool --module "$softhsm" --token-label lab --login --pin 1234 --label alice
		--id 01 --write-object)
	mkdir tokens
	echo "directories.tokendir = $work/tokens" >softhsm2.conf
	export SOFTHSM2_CONF=$work/softhsm2.conf
	{
		softhsm2-util --init-token --free --label lab --so-pin 1234 --pin 1234
		openssl rsa -in alice.key -traditional -outform DER -out key.der
		"${write[@]}" key.der --type privkey
		"${write[@]}" alice.der --type cert
	} >log 2>&1
	export PKCS11_MODULE_PATH=$softhsm PKCS11_PROVIDER_MODULE=$softhsm
}

tokens() {
	local arch

	make_token
	token engine
	# Debian has the provider since trixie; it works with older OpenSSL 3 as well.
	arch=$(dpkg --print-architecture)
	if openssl version | grep -q '^OpenSSL 3' &&
		"$lab/packages.sh" unpack trixie "$arch" "$work/provider" pkcs11-provider >log 2>&1; then
		OPENSSL_MODULES=$(dirname "$(find "$work/provider" -name pkcs11.so)")
		export OPENSSL_MODULES
		accepts 'PKCS#11: OpenSSL finds the provider' openssl list -providers -provider pkcs11
		token provider
	else
		skip 'needs OpenSSL 3 and the package pkcs11-provider' 'PKCS#11 by provider'
	fi
}

# In a file system that has room for the image, and not for its copy.
full_disk() {
	local size

	size=$(($(stat -c %s "${image[arm64]}") * 3 / 2))
	mkdir small
	if ! mount -t tmpfs -o size="$size" none small 2>log; then
		skip 'no file system can be mounted here' 'full disk'
		return
	fi
	cp "${image[arm64]}" small/image
	refuses 'full disk: refused' ours alice small/image small/image
	same 'full disk: the reason is told' 1 "$(grep -c 'there is no room' log)"
	accepts 'full disk: the image is as it was' cmp small/image "${image[arm64]}"
	same 'full disk: nothing is left behind' image "$(ls -A small)"
}

in_place() {
	cp "${image[arm64]}" place
	chmod 0640 place
	accepts 'in place: we sign it' ours alice place place
	accepts 'in place: sbverify accepts it' sbverify --cert alice.pem place
	same 'in place: the mode is kept' 640 "$(stat -c %a place)"
}

for who in alice bob mallory; do
	signer "$who"
done
mkdir nss
certutil -N -d nss --empty-password
openssl pkcs12 -export -inkey bob.key -in bob.pem -name bob -passout pass: -out bob.p12
pk12util -d nss -i bob.p12 -W '' >log
gcc -c -x c -o module.ko - <<<'int answer = 42;'

authenticode x86_64
authenticode arm64
for tool in sbsign osslsigncode pesign ours; do
	stacked x86_64 "$tool" ours
	stacked arm64 "$tool" ours
done
stacked arm64 ours sbsign
appended s390x "${image[s390x]}" sign
appended module module.ko sign-module
in_place
full_disk
keys
tokens
echo "1..$count"
[ "$failures" -eq 0 ]
