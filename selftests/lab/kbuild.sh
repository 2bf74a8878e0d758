# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What is common to building the lab's kernels and those of a person's tree: sourced after
# lab.sh, not run. The caller has called arch_facts and defines
#
#   tree     the source
#   objects  the directory that it is built in (O=)
#   keys     directory of the lab's keys
#   title    what is built, for people
#   log      the file for what make says

# existing FILE...: those that there are
existing() {
	local file

	for file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

# kernel_make WHAT STEPS TARGET...: make in $objects
kernel_make() {
	local what=$1 steps=$2
	shift 2
	# $make_options is a list of words.
	# shellcheck disable=SC2086,SC2154
	run "$what $title" "$steps" "$log" \
		make -C "$tree" O="$objects" ARCH="$karch" CROSS_COMPILE="$cross" \
		-j"$(nproc)" KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=kexec-keyrings $make_options "$@"
}

# configure FRAGMENT...: everything off but what the fragments ask for, and all of that on;
# a later fragment wins, and has off (=n) what an earlier one has on. Defines missing: the
# options that this kernel cannot have so.
configure() {
	local wanted=$objects.wanted

	mkdir -p "$objects/certs"
	# shellcheck disable=SC2154
	cmp -s "$keys/builtin.pem" "$objects/certs/builtin.pem" || cp "$keys/builtin.pem" "$objects/certs/"
	grep -h ^CONFIG_ "$@" | tac | awk -F = '!seen[$1]++' | tac >"$wanted"
	kernel_make configuring 0 KCONFIG_ALLCONFIG="$wanted" allnoconfig || return
	# Of what is off, the .config has nothing but a comment.
	# shellcheck disable=SC2034
	missing=$(sed '/=n$/d' "$wanted" | grep -vxFf "$objects/.config" || :
		sed -n 's/=n$/=/p' "$wanted" | grep -Ff - "$objects/.config" || :)
	rm "$wanted"
}
