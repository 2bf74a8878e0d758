#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hold `kexec-keyrings inspect` against sbverify, pesign, osslsigncode and openssl:
#
#	selftests/inspect-truth.sh PROGRAM [DIRECTORY]
#
# on every signed EFI binary of Debian 12 for amd64 and arm64, and on copies of
# some with bits flipped, cut off, or with bytes appended: 2000, or as many as
# KXK_TRUTH_COPIES says, the same in every run. Results are TAP.
#
# Where pesign and osslsigncode tell the same digest, ours must be that. Where
# sbverify and osslsigncode both accept or both refuse, so must we. They are given
# the authorities, so that it is not trust that they differ about. Every difference
# needs an explanation, below; in DIRECTORY, *.agreed lists those where the tools
# agree with each other, *.split those where they do not.
set -eu
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { echo "usage: selftests/inspect-truth.sh PROGRAM [DIRECTORY]" >&2; exit 2; }
program=$(realpath "$1")
out=$(realpath -m "${2:-build/check/truth}")
copies=${KXK_TRUTH_COPIES:-2000}
seed=20221002
passed=0 failed=0

# result VERDICT NAME: one TAP line
result() {
	case $1 in
	ok) passed=$((passed + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
	echo "$1 $((passed + failed)) - $2"
}

# test_that NAME COMMAND...: one test, which passes if the command succeeds
test_that() {
	local name=$1
	shift
	if "$@"; then
		result ok "$name"
	else
		result 'not ok' "$name"
	fi
}

# The packages of an architecture that have EFI binaries
packages_of() {
	echo shim-signed "shim-helpers-$1-signed" "grub-efi-$1-signed" "fwupd-$1-signed" systemd-boot-efi
	selftests/lab/packages.sh depends bookworm "$1" "linux-image-$1" | grep -E '^linux-image-[0-9]'
}

# fetch ARCH: unpack them, unless that was done
fetch() {
	local package

	[ ! -e "$out/$1/ready" ] || return 0
	for package in $(packages_of "$1"); do
		selftests/lab/packages.sh unpack bookworm "$1" "$out/$1" "$package"
	done
	touch "$out/$1/ready"
}

# efi_files ARCH: its PE files
efi_files() {
	find "$out/$1" -type f \( -name '*.efi' -o -name '*.efi.signed' -o -name '*.efi.stub' -o \
		-name 'vmlinuz-*' \) | LC_ALL=C sort
}

# message FILE TO: the first PKCS#7 message of a file
message() {
	local place

	place=$("$program" inspect --json "$1" |
		jq -r '.images[0].signatures[0] | "\(.offset) \(.size)"') || :
	tail -c "+$((${place% *} + 1))" "$1" | head -c "${place#* }" >"$2"
}

# The certificates that the signers of Debian's binaries have above them: its own
# is in the shim, Microsoft's are in the messages.
authorities() {
	local shim size offset

	shim=$(find "$out/amd64" -name 'shimx64.efi.signed')
	objcopy -O binary -j .vendor_cert "$shim" "$out/vendor"
	size=$(od -An -tu4 -N4 "$out/vendor")
	offset=$(od -An -tu4 -j8 -N4 "$out/vendor")
	tail -c "+$((offset + 1))" "$out/vendor" | head -c "$((size))" |
		openssl x509 -inform DER >"$out/authorities.pem"
	message "$shim" "$out/shim.p7"
	openssl pkcs7 -inform DER -in "$out/shim.p7" -print_certs >>"$out/authorities.pem"
}

# copies_of FILE COUNT DIR SEED: changed copies of a file, and what was changed in DIR/list.
# Each line: NAME KIND OFFSET BYTE, by a generator that is the same everywhere.
copies_of() {
	local size table name kind offset byte

	size=$(stat -c %s "$1")
	table=$("$program" inspect --json "$1" | jq '.images[0].signatures[0].offset - 8') || :
	mkdir -p "$3"
	echo "$((table + 8))" >"$3/start"
	awk -v count="$2" -v size="$size" -v table="$table" -v seed="$4" '
		# Numbers below 2^31 by a recurrence whose products a double holds exactly
		function next_number(below) {
			state = (state * 48271) % 2147483647
			return int(state / 7) % below
		}
		BEGIN {
			state = seed
			for (i = 0; i < count; i++) {
				which = i % 8
				byte = 1 + next_number(255)
				if (which == 0) { kind = "header"; offset = next_number(1024) }
				if (which == 1) { kind = "sections"; offset = 256 + next_number(512) }
				if (which == 2) { kind = "body"; offset = 1024 + next_number(table - 1024) }
				if (which == 3) { kind = "table"; offset = table + next_number(8) }
				if (which == 4 || which == 5) {
					kind = "message"; offset = table + 8 + next_number(size - table - 8)
				}
				if (which == 6) { kind = "cut"; offset = next_number(size) }
				if (which == 7) { kind = "longer"; offset = size + 1 + next_number(64) }
				printf "%05d %s %d %d\n", i, kind, offset, byte
			}
		}' >"$3/list"
	while read -r name kind offset byte; do
		case $kind in
		cut) head -c "$offset" "$1" >"$3/$name" ;;
		longer) { cat "$1" && head -c "$((offset - size))" /dev/zero | tr '\0' x; } >"$3/$name" ;;
		*)
			cp "$1" "$3/$name"
			# The bits of BYTE are flipped, so that the copy does differ.
			byte=$((byte ^ $(od -An -tu1 -j "$offset" -N1 "$1")))
			# shellcheck disable=SC2059 # the format is the byte
			printf "\\x$(printf %02x "$byte")" |
				dd of="$3/$name" bs=1 seek="$offset" conv=notrunc status=none
			;;
		esac
	done <"$3/list"
}

# What each tool says of a file: its digest, or "none"; "yes" or "no".
pesign_digest() {
	local line

	line=$(timeout 20 pesign -h -i "$1" 2>/dev/null | sed -n 's/^hash: //p' | head -n 1) || :
	echo "${line:-none}"
}

# sbverify_says FILE: verdict, and the digest if it told that it differs
sbverify_says() {
	local text verdict=no digest

	text=$(timeout 20 sbverify --cert "$out/authorities.pem" "$1" 2>&1 | tr -d '\0') || :
	! grep -q '^Signature verification OK' <<<"$text" || verdict=yes
	digest=$(sed -n 's/^ expecting: *//p' <<<"$text")
	echo "$verdict ${digest:-none}"
}

# osslsigncode_says FILE: digest and verdict of the first signature
osslsigncode_says() {
	local text digest

	text=$(timeout 20 osslsigncode verify -CAfile "$out/authorities.pem" -in "$1" 2>/dev/null | tr -d '\0') || :
	digest=$(sed -n 's/^Calculated message digest *: *\([0-9A-F]*\).*/\1/p' <<<"$text" | head -n 1)
	echo "$([ -n "$digest" ] && tr A-F a-f <<<"$digest" || echo none)" \
		"$(grep -q '^Signature verification: ok' <<<"$text" && echo yes || echo no)"
}

# openssl_accepts FILE: whether an authority signed the signer's certificate, by openssl verify
openssl_accepts() {
	message "$1" "$1.p7"
	if openssl pkcs7 -inform DER -in "$1.p7" -print_certs 2>/dev/null |
		openssl verify -no_check_time -partial_chain -CAfile "$out/authorities.pem" >/dev/null 2>&1; then
		echo yes
	else
		echo no
	fi
	rm "$1.p7"
}

# ours FILE...: one line for each: path, digest, verdict, errno of the structure, problem
ours() {
	printf '%s\0' "$@" | xargs -0 -n 250 "$program" inspect --json 2>/dev/null |
		jq -r '.images[] | [.path, (.sha256 // "none"),
			(if .error then "no" elif .intact == null then "unknown"
			 elif .intact then "yes" else "no" end),
			(.structure_error // "-"),
			(.signatures[0].problem // .problem // "-")] | @tsv'
}

# place_of_change FILE: where in the PKCS#7 message a copy was changed, or -1
place_of_change() {
	local list start

	list=$(dirname "$1")/list start=$(dirname "$1")/start
	[ -e "$list" ] || { echo -1; return; }
	awk -v name="$(basename "$1")" -v start="$(cat "$start")" '
		$1 == name { print $2 == "message" ? $3 - start : -1 }' "$list"
}

# tools: our lines on standard input, with what the tools say behind them
tools() {
	local path digest verdict structure problem authority theirs sbverify

	while IFS=$'\t' read -r path digest verdict structure problem; do
		authority=-
		[ "$verdict" != yes ] || authority=$(openssl_accepts "$path")
		theirs=$(osslsigncode_says "$path")
		sbverify=$(sbverify_says "$path")
		printf '%s\t' "$path" "$digest" "$verdict" "$structure" "$problem" \
			"$(pesign_digest "$path")" "${sbverify% *}" "${theirs% *}" "${theirs#* }" \
			"$authority" "${sbverify#* }"
		place_of_change "$path"
	done
}

# compare LABEL FILE...: the tools' words beside ours, in DIRECTORY/LABEL.tsv
compare() {
	local label=$1 part

	shift
	ours "$@" >"$out/$label.ours" || :
	split -n "l/$(nproc)" "$out/$label.ours" "$out/$label.part."
	for part in "$out/$label.part."*; do
		tools <"$part" >"$part.tsv" &
	done
	wait
	cat "$out/$label.part."*.tsv >"$out/$label.tsv"
	rm "$out/$label.part."*
}

# What anybody may differ in, and why. A difference that has no explanation fails the test.
#	$1 path  $2 our digest  $3 our verdict  $4 errno of the structure  $5 problem
#	$6 pesign's digest  $7 sbverify  $8 osslsigncode's digest  $9 osslsigncode
#	$10 openssl verify of the signer's certificate, where our verdict is yes
#	$11 sbverify's digest  $12 place of the change in the PKCS#7 message
# shellcheck disable=SC2016 # these are variables of awk
explanations='
	# Of the digest, where pesign tells one
	function of_pesign() {
		if ($2 == "none" && $4 == "ELIBBAD")
			return "pesign digests a file whose headers or table lead out of it; the kernel refuses it"
		if ($2 == $11)
			return "pesign does not sort sections whose order in the file is not that of the table;" \
				" sbverify does, as the specification demands"
		return ""
	}
	function of_osslsigncode() {
		if ($8 == "none")
			return "osslsigncode tells no digest where it finds no signature to hold it against"
		if ($2 == $6)
			return "osslsigncode digests the file from end to end; by the specification it is the" \
				" sections of the table that count, and pesign agrees"
		return ""
	}
	# Of the verdict: theirs that differ from ours
	function of_verdict() {
		if ($3 == "yes" && $10 == "no")
			return "the authority that the tools were given did not sign that certificate (openssl" \
				" verify); inspect trusts no authority, and says that the signer signed"
		if ($3 == "yes" && $12 >= 26 && $12 < 43)
			return "the list of digest algorithms in the message was changed: OpenSSL, which the tools" \
				" use, wants them there, the kernel does not look"
		if ($5 ~ /^the signature algorithm .* is not supported$/)
			return "the tools take any name for the algorithm of the signature, the kernel (ENOPKG)" \
				" only the right one"
		if ($5 == "the PKCS#7 message is about something of an unknown type" && $7 == "yes")
			return "sbverify does not look what the message says to be about, the kernel does (EINVAL)"
		if ($3 == "yes" && $7 == "yes" && $2 == $6 && $8 != $2)
			return "osslsigncode has another digest, see there"
		if ($3 == "yes" && $7 == "yes" && $8 == "none")
			return "osslsigncode does not take the first of several signatures, or its certificate has expired"
		if ($3 == "no" && $4 != "-" && $7 == "yes")
			return "sbverify does not look at a field that the kernel refuses with " $4
		return ""
	}'

# differences LABEL agreed|split: what we say against both tools that agree with each other, or
# against one of two that do not: the subject, the explanation or UNEXPLAINED, the line
differences() {
	awk -F '\t' -v OFS='\t' -v wanted="$2" "$explanations"'
		function tell(subject, kind, why) {
			if (kind == wanted) print subject, why == "" ? "UNEXPLAINED" : why, $0
		}
		{
			accepted = $3 == "yes" ? "yes" : "no"
			if ($2 != $6 && $6 == $8)
				tell("digest", "agreed", "")
			else if ($2 != $6 && !($2 == "none" && $6 == "none"))
				tell("digest", "split", of_pesign())
			else if ($2 != $8)
				tell("digest", "split", of_osslsigncode())
			if (accepted != $7 && $7 == $9)
				tell("verdict", "agreed", of_verdict())
			else if ($7 != $9)
				tell("verdict", "split", of_verdict())
		}' "$out/$1.tsv"
}

# none_unexplained LABEL: prints what is
none_unexplained() {
	! grep -h UNEXPLAINED "$out/$1.agreed" "$out/$1.split" | sed 's/^/# /' | grep .
}

# summary LABEL...: how often each explanation was needed
summary() {
	local label

	for label in "$@"; do
		cut -f 1,2 "$out/$label.agreed" "$out/$label.split"
	done | LC_ALL=C sort | uniq -c | sed 's/^/#/'
}

# column LABEL NUMBER VALUE: how many lines have it there
column() {
	awk -F '\t' -v number="$2" -v value="$3" '$number == value { n++ } END { print n + 0 }' "$out/$1.tsv"
}

for tool in jq pesign osslsigncode sbverify openssl objcopy; do
	command -v "$tool" >/dev/null ||
		{ echo "1..0 # SKIP there is no $tool; run selftests/deps.sh truth"; exit 4; }
done
mkdir -p "$out"
for arch in amd64 arm64; do
	fetch "$arch"
done
authorities

# Those that Debian made
mapfile -t originals < <(efi_files amd64; efi_files arm64)
signed=$(printf '%s\n' "${originals[@]}" | grep -cE '\.signed$|/vmlinuz-')
compare originals "${originals[@]}"

# Changed ones, of the smallest that one signer of Debian signed, of both architectures
changes='fwupdx64 fbx64 fbaa64'
made=0
for name in $changes; do
	rm -rf "$out/copies/$name"
	copies_of "$(find "$out/amd64" "$out/arm64" -name "$name.efi.signed")" "$((copies / 3 + 1))" \
		"$out/copies/$name" "$((seed + made))"
	compare "$name" "$out/copies/$name"/[0-9]*
	made=$((made + $(wc -l <"$out/$name.tsv")))
done

for label in originals $changes; do
	differences "$label" agreed >"$out/$label.agreed"
	differences "$label" split >"$out/$label.split"
done

# The kernel does not ask openssl.cnf either. This one takes every algorithm from OpenSSL 3.
same_under_strict_openssl() {
	cat >"$out/strict.cnf" <<-'END'
		openssl_conf = all
		[all]
		alg_section = algorithms
		[algorithms]
		default_properties = fips=yes
	END
	! OPENSSL_CONF=$out/strict.cnf openssl dgst -sha256 "$1" >/dev/null 2>&1 &&
		"$program" inspect "$1" >"$out/free.txt" &&
		OPENSSL_CONF=$out/strict.cnf "$program" inspect "$1" | cmp - "$out/free.txt"
}

test_that 'what openssl.cnf forbids is judged all the same' \
	same_under_strict_openssl "${originals[0]}"
test_that "all $signed binaries that Debian signed are intact" \
	[ "$(column originals 3 yes)" -eq "$signed" ]
test_that 'sbverify accepts the same' [ "$(column originals 7 yes)" -eq "$signed" ]
test_that 'osslsigncode accepts more than half of them' \
	[ "$(column originals 9 yes)" -gt "$((signed / 2))" ]
test_that "pesign tells the digest of all ${#originals[@]} as we do" \
	[ "$(awk -F '\t' '$2 == $6 && $2 != "none"' "$out/originals.tsv" | wc -l)" -eq "${#originals[@]}" ]
test_that 'every difference about them is explained' none_unexplained originals
for name in $changes; do
	lines=$(wc -l <"$out/$name.tsv")
	test_that "$lines changed copies of $name: none is missing" \
		[ "$lines" -eq "$((copies / 3 + 1))" ]
	test_that "$name: most of them are refused" [ "$(column "$name" 3 no)" -gt "$((lines * 3 / 4))" ]
	test_that "$name: sbverify refuses them too" [ "$(column "$name" 7 no)" -gt "$((lines * 3 / 4))" ]
	test_that "$name: digests, where pesign and osslsigncode agree, are ours" \
		[ "$(grep -c '^digest' "$out/$name.agreed")" -eq 0 ]
	test_that "$name: every difference is explained" none_unexplained "$name"
done
# shellcheck disable=SC2086 # a list of words
summary originals $changes
echo "1..$((passed + failed))"
[ "$failed" -eq 0 ]
