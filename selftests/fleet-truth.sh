#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Ansible role on three guests, in TAP:  selftests/fleet-truth.sh PROGRAM
#
# Two guests have a kernel that consults builtin only, and one has the policy of Linux 6.0; all are
# locked down, so that the kernel refuses what it cannot verify, and modules without a signature.
# They have Debian 12's DKMS and compiler, build the module themselves, and have no network: ssh
# goes through a virtio port. A fourth machine of the inventory does not exist.
set -eu
program=$(realpath "${1:?usage: selftests/fleet-truth.sh PROGRAM}")
# shellcheck source=lab/lab.sh
. "$(dirname "$0")/lab/lab.sh"
# shellcheck source=lab/root.sh
. "$(dirname "$0")/lab/root.sh"
project=$(cd "$(dirname "$0")/.." && pwd)
ansible=$project/user/ansible
work=$(mktemp -d)
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
guests='canary second native'
pids=
# end: with the guests that this script has started, and the connections to them. That one of them
# has ended by itself is no failure.
end() {
	local name

	stop_group
	for name in $guests; do
		[ ! -S "$work/$name.ssh" ] || ssh -F "$work/ssh" -O exit "$name" 2>/dev/null || :
	done
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill $pids 2>/dev/null || :
	rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

[ "$(id -u)" -eq 0 ] || die 'this takes root, for chroot(8)'
kernel=$("$lab/kernel.sh" x86_64 5.10.13-policy)
keys=$("$lab/keys.sh")
release=$(cat "$kernel/release")
make_root fleet bookworm \
	'dkms gcc make python3 openssh-server kmod openssl ccache keyutils kexec-tools'

# headers DIR: what an external module needs of the kernel's build, and of its source
headers() {
	local source
	source=$(readlink -f "$kernel/build/source")

	mkdir -p "$1/arch/x86"
	(cd "$source" && cp -a Makefile Kbuild scripts include "$1/" &&
		cp -a arch/x86/include arch/x86/Makefile* "$1/arch/x86/")
	(cd "$kernel/build" && find .config Module.symvers include arch/x86/include scripts -type f |
		grep -vE '\.(o|cmd)$' | cpio -pdum --quiet "$1")
	# As what the kernel itself was built with says, which includes the source's Makefile.
	sed -n '/^export/p' "$kernel/build/Makefile" >"$work/exports"
	sed -i "1r $work/exports" "$1/Makefile"
}

# The program that is process 1 of a guest: it mounts, fills .secondary_trusted_keys, and runs
# sshd on the port, for one connection after the other.
init() {
	cat <<-'INIT'
		#!/bin/bash
		export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs devtmpfs /dev
		ln -s /proc/self/fd /dev/fd
		mkdir -p /dev/pts /dev/shm /run/sshd
		mount -t devpts devpts /dev/pts
		mount -t tmpfs tmpfs /dev/shm
		mount -t securityfs securityfs /sys/kernel/security
		exec 2>/dev/console
		for name in intermediate secondary; do
			keyctl padd asymmetric '' %:.secondary_trusted_keys </keys/$name.der >/dev/null
		done
		for name in /sys/class/virtio-ports/*/name; do
			[ "$(cat "$name")" != ssh ] || port=/dev/$(basename "$(dirname "$name")")
		done
		echo "guest is ready" >/dev/console
		while :; do
			/usr/sbin/sshd -i -o UsePAM=no -o UseDNS=no 0<>"$port" >&0 2>/dev/null
			sleep 1
		done
	INIT
}

# What the guests share. The compiler's cache is filled here, by a build like theirs: it is
# emulation that takes ten minutes for one otherwise.
make_guest() {
	local guest=$root.run home name

	rm -rf "$guest"
	need_space 2500
	cp -a "$root" "$guest"
	rm -rf "$guest"/usr/share/{doc,man,locale} "$guest"/var/{cache/apt,lib/apt/lists} "${guest:?}/boot"/*
	headers "$guest/lib/modules/$release/build"
	touch "$guest/lib/modules/$release/modules.order" "$guest/lib/modules/$release/modules.builtin"
	strip -o "$guest/usr/bin/kexec-keyrings" "$program"
	ln -s /usr/bin/ccache "$guest/usr/local/bin/gcc"
	# Ansible has commands run in the locale C.
	echo 'sloppiness = locale' >"$guest/etc/ccache.conf"
	in_root "$guest" "export PATH=/usr/local/bin:\$PATH; cd /src
		make dkms-install KVER=$release && make dkms-uninstall"
	rm -rf "$guest"/var/lib/dkms/mok.*
	home=$guest/root
	mkdir -m 700 "$home/.ssh" "$guest/keys"
	# Whatever process 1 is on a machine that loads modules at boot, it has this.
	mkdir -p "$guest/etc/modules-load.d"
	cp "$work/id.pub" "$home/.ssh/authorized_keys"
	chmod 600 "$home/.ssh/authorized_keys"
	for name in intermediate secondary; do
		cp "$keys/$name.der" "$guest/keys/"
	done
	init >"$guest/init"
	chmod +x "$guest/init"
	(cd "$guest" && find . | cpio --create --format=newc --quiet) >"$work/initrd"
	rm -rf "$guest"
}

# boot NAME COMMAND-LINE
boot() {
	qemu-system-x86_64 -M q35 -cpu max -accel tcg -smp 1 -m 3G -nodefaults -display none -no-reboot \
		-kernel "$kernel/image" -initrd "$work/initrd" \
		-append "console=ttyS0 panic=-1 rdinit=/init lockdown=integrity $2" \
		-serial "file:$work/$1.console" -device virtio-serial-pci \
		-chardev "socket,id=ssh,path=$work/$1.sock,server=on,wait=off" \
		-device virtserialport,chardev=ssh,name=ssh >"$work/$1.qemu" 2>&1 </dev/null &
	pids="$pids $!"
}

wait_for_guests() {
	local name last=$((SECONDS + 600))

	for name in $guests; do
		until grep -qs 'guest is ready' "$work/$name.console"; do
			[ "$SECONDS" -lt "$last" ] || die "guest $name did not come up: $(tail -n 1 "$work/$name.console")"
			sleep 1
		done
	done
}

# on NAME COMMANDS: in a guest
on() {
	ssh -F "$work/ssh" "$1" "$2"
}

# play STATUS PLAYBOOK ARGUMENT...: how it ends; what it said is in $work/played
play() {
	local status=0

	(cd "$work" && ANSIBLE_NOCOLOR=1 ANSIBLE_PIPELINING=1 ANSIBLE_LOCAL_TEMP="$work/ansible" \
		ansible-playbook -i "$work/inventory" -e "kexec_keyrings_local_program=$program" \
		"$ansible/$2.yml" "${@:3}") >"$work/played" 2>&1 || status=$?
	tail -n 40 "$work/played"
	echo "status $status"
	[ "$status" -eq "$1" ]
}

# recap HOST TEXT: what the last play counted for it
recap() {
	grep -E "^$1 +:" "$work/played" | tee "$work/said"
	grep -qE "$2" "$work/said"
}

said() {
	grep -F "$1" "$work/played"
}

unsaid() {
	! said "$1"
}

# policy HOST: that in force, as its module says it; "none": no module is loaded
policy() {
	on "$1" 'cat /sys/kernel/kexec_keyrings/active_policy 2>/dev/null || echo none'
}

policy_is() {
	policy "$1" | tee "$work/said"
	[ "$(cat "$work/said")" = "$2" ]
}

# clean HOST: no trace of the module
clean() {
	on "$1" '! find /lib/modules/*/updates /usr/src /var/lib/dkms /etc/modules-load.d /sys/module \
		-name "*kexec*keyrings*" 2>/dev/null | grep .'
}

not_clean() {
	! clean "$1"
}

# What was collected is what the machine says when it is asked by hand.
collected() {
	diff <(jq -S 'del(.module.stats)' "$work/machines/$1.json") \
		<(on "$1" 'kexec-keyrings status --json' | jq -S 'del(.module.stats)')
}

# What the role makes of an image for a host: yes, no or cannot tell
explained() {
	sed -n "s/^ *\"msg\": \"$1: \(loads it\|refuses it\|cannot tell\).*/\1/p" "$work/played"
}

# by_hand HOST IMAGE [OPTION...]: the same by the companion
by_hand() {
	local status=0

	"$program" explain --system "$work/machines/$1.json" "${@:3}" "$2" >/dev/null || status=$?
	case $status in
	0) echo loads it ;;
	1) echo refuses it ;;
	3) echo cannot tell ;;
	esac
}

# by_kernel HOST IMAGE: the same by the machine's kernel, which is asked to load it
by_kernel() {
	# The second of the commands unloads it.
	ssh -F "$work/ssh" "$1" "cat >/root/image && if kexec -s -l /root/image 2>/dev/null
		then kexec -s -u && echo loads it; else echo refuses it; fi" <"$2"
}

# agree WANTED HOST IMAGE [OPTION...]: the role, the companion by hand and the kernel
agree() {
	local role hand kernel

	role=$(explained "$2") hand=$(by_hand "$2" "$3" "${@:4}") kernel=$(by_kernel "$2" "$3")
	echo "role: $role; by hand: $hand; kernel: $kernel; wanted: $1"
	[ "$role" = "$1" ] && [ "$hand" = "$1" ] && [ "$kernel" = "$1" ]
}

for book in "$ansible"/*.yml; do
	check "$(basename "$book") is a playbook" ansible-playbook -i localhost, --syntax-check "$book"
done
# In a directory of its own, as it looks for what git ignores.
cp -r "$ansible" "$work/lint"
check 'ansible-lint finds nothing' sh -c "cd '$work/lint' && ansible-lint --offline --nocolor *.yml roles/*"
sed 's/gather_facts: false/gather_fact: false/' "$ansible/collect.yml" >"$work/lint/wrong.yml"
check 'ansible-lint finds what is wrong' sh -c \
	"cd '$work/lint' && ! ansible-lint --offline --nocolor wrong.yml"

ssh-keygen -q -t ed25519 -N '' -f "$work/id"
make_guest >"$work/make.log" 2>&1 || {
	tail -n 20 "$work/make.log" >&2
	die 'there is no root for guests'
}
cat >"$work/ssh" <<END
Host *
  User root
  IdentityFile $work/id
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ControlMaster auto
  ControlPath $work/%h.ssh
  ControlPersist 900
  ProxyCommand socat - UNIX-CONNECT:$work/%h.sock
END
cat >"$work/inventory" <<END
[all]
canary
second
native
[all:vars]
ansible_user=root
ansible_python_interpreter=/usr/bin/python3
ansible_ssh_args=-F $work/ssh
ansible_ssh_pipelining=true
END
boot canary kexec_lab_policy=builtin
boot second kexec_lab_policy=builtin
boot native ''
for name in builtin secondary unknown; do
	"$program" sign --key "$keys/$name.key" --cert "$keys/$name.pem" --output "$work/by-$name" \
		"$kernel/image" >/dev/null
done
wait_for_guests
echo "# the guests are up after $SECONDS s"

# Collect, with a machine that cannot be reached
{ echo '[all]' && echo gone && sed 1d "$work/inventory"; } >"$work/inventory.gone"
mv "$work/inventory" "$work/inventory.all"
mv "$work/inventory.gone" "$work/inventory"
check 'collect: a machine that cannot be reached is a failure' play 4 collect
check 'collect: which is said' recap gone 'unreachable=1'
for name in $guests; do
	check "collect: $name answers all the same, as by hand" collected "$name"
done
check 'explain: who was never asked is an error' play 2 explain -e "kexec_keyrings_image=$work/by-builtin"
check 'explain: which says what to do' said 'there is no answer of gone'
check 'explain: the others are explained all the same' said 'canary: '
mv "$work/inventory.all" "$work/inventory"
check 'explain: an image that is not there is an error' play 2 explain -e kexec_keyrings_image=/nowhere
check 'explain: what no image may do is foretold' play 0 explain -e "kexec_keyrings_image=$work/by-unknown"
for name in $guests; do
	check "explain: $name refuses who is unknown" agree 'refuses it' "$name" "$work/by-unknown"
done
check 'explain: where it must load, that is a failure' play 2 explain \
	-e "kexec_keyrings_image=$work/by-unknown" -e kexec_keyrings_must_load=true
check 'explain: which is said' said 'second does not load'
check 'explain: whom builtin vouches for' play 0 explain -e "kexec_keyrings_image=$work/by-builtin"
for name in $guests; do
	check "explain: $name loads it, as any kernel of its architecture" agree 'loads it' "$name" "$work/by-builtin"
done
check 'explain: whom secondary vouches for may be loaded, or not, by a kernel that was not asked' \
	play 0 explain -e "kexec_keyrings_image=$work/by-secondary"
check 'explain: it is a guess' said 'canary: cannot tell, as what its kernel consults is a guess'

# Sign
sign=(-e "kexec_keyrings_sign_file=$work/image" -e "kexec_keyrings_key=$keys/secondary.key"
	-e "kexec_keyrings_certificate=$keys/secondary.pem" -e kexec_keyrings_sign_destination=/root/signed)
cp "$kernel/image" "$work/image"
check 'sign: an image is signed and put on each machine' play 0 sign "${sign[@]}"
check 'sign: it is whole there' on second 'kexec-keyrings inspect /root/signed'
check 'sign: once more, nothing changes' play 0 sign "${sign[@]}"
for name in $guests; do
	check "sign: $name" recap "$name" 'changed=0 '
done
there=$(on second 'sha256sum /root/signed')
printf 'damaged' | dd of="$work/image.signed" bs=1 seek=100000 conv=notrunc status=none
check 'sign: what is damaged is refused by the machine' play 2 sign "${sign[@]}"
check 'sign: which keeps what it had' [ "$(on second 'sha256sum /root/signed')" = "$there" ]
check 'sign: the key has not left the controller' on second \
	'! grep -rlE "BEGIN (RSA |EC )?PRIVATE KEY" /root /tmp /boot /keys /etc/dkms'

# A module, which the kernel takes under lockdown if it knows who signed it
module=(-e kexec_keyrings_sign_kind=module -e "kexec_keyrings_sign_file=$work/kmod/kexec_keyrings.ko"
	-e "kexec_keyrings_key=$keys/builtin.key" -e "kexec_keyrings_certificate=$keys/builtin.pem"
	-e kexec_keyrings_sign_destination=/root/kexec_keyrings.ko)
observe='kexec-keyrings load --mode observe --module'
"$project/kmod/build.sh" "$kernel/build" "$work/kmod" >"$work/log" 2>&1
scp -q -F "$work/ssh" "$work/kmod/kexec_keyrings.ko" second:/root/unsigned.ko
check 'sign: a module is signed and put on a machine' play 0 sign "${module[@]}" --limit second
check 'sign: its kernel takes the module' on second "$observe /root/kexec_keyrings.ko && kexec-keyrings unload"
check 'sign: but not as it was' on second "! $observe /root/unsigned.ko"
on second 'rm /root/*.ko'

# Roll out: the canary's kernel does not know the key that its DKMS makes
check 'roll out: a canary that cannot load ends it' play 2 roll_out
check 'roll out: and says why' said 'Observe the kernel'
check 'roll out: the canary is as it was' clean canary
check 'roll out: its kernel, too' policy_is canary none
for name in second native; do
	check "roll out: nobody has touched $name" unsaid "[$name]"
	check "roll out: $name has nothing" clean "$name"
done
on canary "mv /lib/modules/$release/build /root/build"
check 'roll out: a canary without headers ends it' play 2 roll_out
check 'roll out: and is as it was' clean canary
check 'roll out: nobody else is touched' unsaid '[second]'
on canary "mv /root/build /lib/modules/$release/build"

# What their owner does who has a key that the kernel knows
for name in $guests; do
	ssh -F "$work/ssh" "$name" 'cat >/var/lib/dkms/mok.key' <"$keys/builtin.key"
	ssh -F "$work/ssh" "$name" 'cat >/var/lib/dkms/mok.pub' <"$keys/builtin.der"
done
check 'roll out: with a key that the kernel knows, all goes well' play 0 roll_out
for name in canary second; do
	check "roll out: $name has the policy of Linux 6.0" policy_is "$name" 'secondary platform'
	check "roll out: $name will have it after a boot" on "$name" \
		'grep -qx kexec_keyrings /etc/modules-load.d/kexec-keyrings.conf'
done
check 'roll out: the native one is reported' said 'native: native, left alone'
check 'roll out: and has nothing' clean native
check 'roll out: once more' play 0 roll_out
for name in $guests; do
	check "roll out: nothing changes on $name" recap "$name" 'changed=0 '
done
check 'collect: again' play 0 collect
check 'explain: an image that secondary vouches for' play 0 explain -e "kexec_keyrings_image=$work/by-secondary"
check 'explain: canary loads it' agree 'loads it' canary "$work/by-secondary"
check 'explain: second loads it' agree 'loads it' second "$work/by-secondary"
check 'explain: native loads it' agree 'loads it' native "$work/by-secondary" --native 'secondary platform'

# Roll back
check 'roll back: canary has something to take away' not_clean canary
check 'roll back' play 0 roll_back
for name in $guests; do
	check "roll back: nothing is left on $name" clean "$name"
done
check 'roll back: once more' play 0 roll_back
for name in $guests; do
	check "roll back: nothing changes on $name" recap "$name" 'changed=0 '
done
check 'collect: after that' play 0 collect
check 'explain: as before the roll-out' play 0 explain -e "kexec_keyrings_image=$work/by-secondary"
check 'explain: canary refuses it' agree 'refuses it' canary "$work/by-secondary" --native builtin
check 'explain: native loads it, as ever' agree 'loads it' native "$work/by-secondary" --native 'secondary platform'
check 'explain: an image that builtin vouches for' play 0 explain -e "kexec_keyrings_image=$work/by-builtin"
check 'explain: canary loads that' agree 'loads it' canary "$work/by-builtin" --native builtin

echo "# after $SECONDS s in all"
end_tap
