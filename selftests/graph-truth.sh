#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Have Graphviz read what `kexec-keyrings graph` draws, in TAP:  selftests/graph-truth.sh PROGRAM
#
# The machine is made up, with names that mean something to DOT, to HTML and to a terminal: each
# must come out of dot as it went in, in one node, and nothing else may.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${1:?usage: selftests/graph-truth.sh PROGRAM}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tap.sh
. "$here/tap.sh"
cd "$work"

names='["plain: 00", "quote\"]; evil [label=\"x: 01", "back\\slash\\N\\: 02", "a&lt;b>&amp;: 03",
	"<b>html</b>: 04", "K\u00f6ln \u2014 \u9375: 05", "bell\u0007 escape\u001b[1m: 06", "}: 07",
	"a very long name of somebody who likes to be known by more than forty columns of text: 08"]'
"$program" status --json | jq --argjson names "$names" '
	.keyrings[".builtin_trusted_keys"] = {present: true, entries: 9, keys: 9, links: [],
		contents: [$names[] | {type: "asymmetric", description: .}]}' >machine.json

# The labels of the keys, as dot has understood them; \n is a break of lines.
labels() {
	"$program" graph --system machine.json --native builtin | dot -Tdot_json |
		jq -r '.objects[] | select(.name | startswith("key_builtin_")) | .label'
}

nine_keys() {
	[ "$(labels | wc -l)" -eq 9 ]
}

no_other() {
	! "$program" graph --system machine.json --native builtin | dot -Tdot_json |
		jq -r '.objects[].name' | grep -vE '^(root_)?(keyring|key)_[a-z]+(_[0-9a-z]+)?$'
}

valid_svg() {
	"$program" graph --system machine.json --native builtin -o trust.svg || [ $? -eq 3 ]
	python3 -c 'import sys, xml.etree.ElementTree as tree; tree.parse(sys.argv[1])' trust.svg
}

# TEXT is one of the texts of the SVG, once entities are resolved.
drawn() {
	python3 -c '
import sys, xml.etree.ElementTree as tree
texts = [text.text for text in tree.parse("trust.svg").iter("{http://www.w3.org/2000/svg}text")]
sys.exit(0 if sys.argv[1] in texts else "not among " + repr(texts))' "$1"
}

no_dot() {
	local status=0

	PATH=/nowhere "$program" graph --system machine.json -o never.svg || status=$?
	[ "$status" -eq 1 ] && [ ! -e never.svg ]
}

check 'dot reads each key as one node' nine_keys
check 'dot sees no node that a name has made' no_other
check 'the SVG is well-formed' valid_svg
check 'a quote is drawn' drawn 'quote"]; evil [label="x'
check 'a backslash is drawn' drawn "back\\slash\\N\\"
check 'an entity is drawn as it is written' drawn 'a&lt;b>&amp;'
check 'HTML is drawn as it is written' drawn '<b>html</b>'
check 'what is no ASCII is drawn' drawn 'Köln — 鍵'
check 'control characters are not' drawn 'bell? escape?[1m'
check 'a name that nobody has is not drawn' eval '! drawn "somebody else"'
check 'without dot there is an error and no file' no_dot
end_tap
