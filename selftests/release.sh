#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Is the tree ready to be released, in TAP:
#
#	selftests/release.sh VERSION [--ci-log FILE] [--program FILE] [POINT...]
#
# Points, in order: tree, branch, version, changelog, tag, licences, kernels, docs, dist, ci; all, if none is
# named. FILE of --ci-log is what .ci/run, or make check, printed on the commit that is to be released, and is
# no older than that; that of --program a companion that is there already, for `make docs`.
#
# Nothing is changed, tagged or sent. When all points are met, the commands are printed that a
# person runs then.
set -eu
cd "$(dirname "$0")/.."
all=(tree branch version changelog tag licences kernels docs dist ci)

usage() {
	echo "kexec-keyrings: $1" >&2
	echo 'usage: selftests/release.sh VERSION [--ci-log FILE] [--program FILE] [POINT...]' >&2
	exit 2
}

version='' ci_log='' program='' points=()
while [ $# -gt 0 ]; do
	case $1 in
	--ci-log | --program)
		[ -n "${2:-}" ] || usage "$1 wants a file"
		if [ "$1" = --ci-log ]; then ci_log=$2; else program=$2; fi
		shift
		;;
	-*) usage "there is no option $1" ;;
	*)
		if [ -z "$version" ]; then
			version=$1
		else
			[[ " ${all[*]} " == *" $1 "* ]] || usage "there is no point \"$1\"; there are ${all[*]}"
			points+=("$1")
		fi
		;;
	esac
	shift
done
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || usage "\"$version\" is no version; one is 1.2.3"
tag=v$version
[ ${#points[@]} -gt 0 ] || points=("${all[@]}")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tap.sh
. selftests/tap.sh
# What make was told is not for what is made here.
unset MAKEFLAGS MFLAGS MAKELEVEL ARCH OUT PROGRAM

# empty WORDS: there is nothing on standard input; what there is, is shown after the words
empty() {
	local lines

	lines=$(cat)
	[ -z "$lines" ] || { printf '%s\n%s\n' "$1" "$lines" && return 1; }
}

point_tree() {
	local changes

	changes=$(git status --porcelain) && empty 'not committed:' <<<"$changes"
}

point_branch() {
	local branch

	branch=$(git symbolic-ref --short HEAD) || return
	[ "$branch" = main ] || { echo "this is $branch" && return 1; }
}

point_version() {
	local header=include/kexec_keyrings_version.h there

	there=$(sed -n 's/^#define KEXEC_KEYRINGS_VERSION "\(.*\)"/\1/p' "$header")
	[ "$there" = "$version" ] || { echo "$header has $there" && return 1; }
}

# The top entry, with the day of the release: 1.2.3 (2030-12-31)
point_changelog() {
	local top day

	top=$(grep -m 1 -E '^[0-9]' CHANGELOG)
	day=$(sed -n 's/^[0-9.]* (\([0-9]\{4\}-[0-9][0-9]-[0-9][0-9]\))$/\1/p' <<<"$top")
	[ "${top%% *}" = "$version" ] || { echo "the top entry of CHANGELOG is: $top" && return 1; }
	[ -n "$day" ] || { echo "it has no day: $top" && return 1; }
	date -d "$day" >/dev/null
}

point_tag() {
	! git rev-parse -q --verify "refs/tags/$tag" || { echo "$tag is there already" && return 1; }
}

# The identifiers in the SPDX lines of all files, licences and exceptions
spdx_used() {
	# Dollars are for awk.
	# shellcheck disable=SC2016
	git ls-files -z -- ':!LICENSES' | xargs -0 awk '
		FNR <= 4 && sub(/.*SPDX-License-Identifier:[ \t]*/, "") {
			gsub(/\*\/|-->|[()]|"/, " ")
			for (i = 1; i <= NF; i++)
				if ($i !~ /^(AND|OR|WITH)$/)
					print $i
		}' | sort -u
}

spdx_texts() {
	git ls-files LICENSES | sed 's|.*/||; s|\.txt$||' | sort -u
}

point_licences() {
	spdx_used >"$work/used"
	spdx_texts >"$work/texts"
	[ -s "$work/used" ] || return
	comm -23 "$work/used" "$work/texts" | empty 'used, but LICENSES/ has no text:' &&
		comm -13 "$work/used" "$work/texts" | empty 'LICENSES/ has a text that nothing is under:'
}

# The rows of the table of supported kernels: ARCH|KERNEL|AS THE REFERENCES
rows() {
	awk '
		/^=+  =+/ {
			columns = split($0, rule, "  ")
			for (i = from = 1; i <= columns; from += length(rule[i++]) + 2)
				start[i] = from
			rules++
			next
		}
		function cell(i,    text) {
			text = substr($0, start[i], length(rule[i]))
			sub(/ +$/, "", text)
			return text
		}
		rules == 1 { for (i = 1; i <= columns; i++) of[cell(i)] = i }
		rules == 2 { print cell(of["Architecture"]) "|" cell(of["Kernel"]) "|" cell(of["As the references"]) }' \
		Documentation/supported-kernels.rst
}

# The kernels of the lab: ARCH|NAME|KIND
kernels() {
	awk '/^[a-z0-9]/ { for (i = split($2, arch, ","); i > 0; i--) print arch[i] "|" $1 "|" $5 }' \
		selftests/lab/kernels.conf
}

# Those that the matrix asks in any case, as the table calls them: ARCH|KERNEL
asked() {
	awk -F '|' '$3 != "headers" && (sub(/-policy$/, " with the policy of 6.0", $2) || $2 !~ /^[0-9.]+-/) { print $1 "|" $2 }'
}

# What can be told without booting them. A matrix that was run here has the last word.
point_kernels() {
	local page=Documentation/supported-kernels.rst written=build/matrix/supported-kernels.rst

	rows | sort >"$work/rows"
	kernels | sort >"$work/kernels"
	if [ ! -s "$work/rows" ] || [ ! -s "$work/kernels" ]; then
		echo "there are no rows in $page, or no kernels in the lab"
		return 1
	fi
	# Without what is said of their policy
	sed 's/^\([^|]*|[^ |]*\).*/\1/' "$work/rows" | sort -u >"$work/names"
	cut -d '|' -f 1,2 "$work/rows" | sort -u - "$work/names" | comm -13 - <(asked <"$work/kernels" | sort) |
		empty "$page has no row:" || return
	comm -23 "$work/names" <(cut -d '|' -f 1,2 "$work/kernels" | sort -u) |
		empty 'the lab has no such kernel any more:' || return
	grep -vE '\|(all|-)$' "$work/rows" | empty 'not all as the references:' || return
	[ ! -e "$written" ] || diff "$page" "$written"
}

point_docs() {
	make docs OUT="$work/docs" ${program:+PROGRAM="$program"} >"$work/said" 2>&1 || { cat "$work/said" && return 1; }
	! grep -iE '(^|[^-_a-z])warning[: ]' "$work/said"
}

# The same tarball, however often it is made
point_dist() {
	local turn tarball

	for turn in 1 2; do
		make dist OUT="$work/dist$turn" >"$work/said" 2>&1 || { cat "$work/said" && return 1; }
		tarball=$(tail -n 1 "$work/said")
		[ -s "$tarball" ] || { echo "make dist has printed no tarball: $tarball" && return 1; }
		[[ ${tarball##*/} == *"$version"* ]] || { echo "a tarball of another version: ${tarball##*/}" && return 1; }
		cp "$tarball" "$work/tarball$turn"
		# What is dated by the clock differs then.
		[ "$turn" -eq 2 ] || sleep 1.1
	done
	cmp "$work/tarball1" "$work/tarball2"
}

# The last line of the log of a green run, which is of this commit: no older, at least
point_ci() {
	local last

	[ -n "$ci_log" ] || { echo 'what has make check said? name its log by --ci-log' && return 1; }
	last=$(tail -n 1 "$ci_log") || return
	[[ $last =~ ^[1-9][0-9]*' passed, 0 failed, '[0-9]+' skipped'$ ]] || { echo "$ci_log ends with: $last" && return 1; }
	# A machine that ends a run leaves out what comes last; on another, `make check` has no limit.
	! grep -E '^ok .* # SKIP of [0-9]+ minutes' "$ci_log" || { echo 'that was left out for lack of time' && return 1; }
	[ "$(stat -c %Y "$ci_log")" -ge "$(git log -1 --format=%ct)" ] ||
		{ echo "$ci_log is older than the commit" && return 1; }
}

name_of() {
	case $1 in
	tree) echo 'everything is committed' ;;
	branch) echo 'this is main' ;;
	version) echo "the header has version $version" ;;
	changelog) echo "CHANGELOG begins with $version and its day" ;;
	tag) echo "there is no tag $tag yet" ;;
	licences) echo 'LICENSES/ has the texts that are used, and no other' ;;
	kernels) echo 'the page of supported kernels is of the kernels of the lab' ;;
	docs) echo 'the pages are made without a warning' ;;
	dist) echo 'the tarball has the same bytes each time' ;;
	ci) echo 'every test was run on this commit, and passed' ;;
	esac
}

for point in "${points[@]}"; do
	check "$point: $(name_of "$point")" "point_$point"
done
if ! end_tap; then
	echo "# $version is not to be released: $failures of $count points are not met"
	exit 1
fi
# Of some points alone, nothing follows.
[ "${points[*]}" = "${all[*]}" ] || exit 0
cat <<END
# Ready. What is left is for a person to do:
#   git tag -s $tag -m 'kexec-keyrings $version'
#   make dist
#   git push origin main $tag
# and to hand out the tarball, with a detached signature by the same key (gpg --armor --detach-sign).
END
