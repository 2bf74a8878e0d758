#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The module at boot, beside those who load kernels then, in TAP:  selftests/boot-truth.sh PROGRAM
#
# The guest is Debian 12, as it comes: systemd is process 1, and kdump-tools and kexec-tools are
# Debian's. Its kernel is locked down and consults builtin only; the one to be loaded is signed by
# a key on secondary. Later it has the policy of Linux 6.0, and at last it is booted by UEFI with
# Secure Boot, with a key that is on platform only. The guest keeps one disk through all of
# that, and its reboots, crashes and kexecs are real. There is no network: ssh goes through a
# virtio port.
#
# Dollars in quotes are for the guest's shell, or for eval:
# shellcheck disable=SC2016
set -eu
program=$(realpath "${1:?usage: selftests/boot-truth.sh PROGRAM}")
# shellcheck source=lab/lab.sh
. "$(dirname "$0")/lab/lab.sh"
# shellcheck source=lab/root.sh
. "$(dirname "$0")/lab/root.sh"
project=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
qemu='' making='' boots=0
# end: with the guest that this script has started, and the connection to it. That it has ended by
# itself is no failure.
end() {
	stop_group
	[ -z "$making" ] || tail -n 20 "$work/make.log" >&2
	hang_up
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || :
	rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

[ "$(id -u)" -eq 0 ] || die 'this takes root, for chroot(8)'
kernel=$("$lab/kernel.sh" x86_64 5.10.13-boot)
keys=$("$lab/keys.sh")
release=$(cat "$kernel/release")
firmware=/usr/share/OVMF
make_root boot bookworm 'systemd-sysv udev dbus systemd-container kdump-tools makedumpfile initramfs-tools
	kexec-tools openssh-server keyutils kmod'

###### The guest

# unit NAME: a unit of the lab's own in the guest, from standard input
unit() {
	cat >"$guest/etc/systemd/system/$1"
}

# What fills .secondary_trusted_keys; elsewhere that is done by the kernel's vendor or by root.
keys_unit() {
	unit lab-keys.service <<-'UNIT'
		[Unit]
		Description=Keys on .secondary_trusted_keys
		DefaultDependencies=no
		Before=sysinit.target kdump-tools.service
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/bin/sh -c 'for who in intermediate secondary; do \
			keyctl padd asymmetric "" %%:.secondary_trusted_keys </lab/$$who.der; done'
		[Install]
		WantedBy=sysinit.target
	UNIT
}

# ssh, for one connection after the other. It ends with the very last of the services, so that it can be
# asked while these are stopped.
ssh_unit() {
	cat >"$guest/lab/ssh" <<-'SSH'
		#!/bin/bash
		for name in /sys/class/virtio-ports/*/name; do
			[ "$(cat "$name")" != ssh ] || port=/dev/$(basename "$(dirname "$name")")
		done
		echo "guest is ready" >/dev/console
		while :; do
			/usr/sbin/sshd -i -o UsePAM=no -o UseDNS=no 0<>"$port" >&0 2>/dev/null
			sleep 1
		done
	SSH
	chmod +x "$guest/lab/ssh"
	unit lab-ssh.service <<-'UNIT'
		[Unit]
		Description=ssh through the port
		After=kdump-tools.service
		[Service]
		RuntimeDirectory=sshd
		ExecStart=/lab/ssh
		[Install]
		WantedBy=multi-user.target
	UNIT
}

# What a container says of the unit, left where its host finds it
container_unit() {
	unit lab-container.service <<-'UNIT'
		[Unit]
		Description=What became of kexec-keyrings.service in this container
		DefaultDependencies=no
		Wants=sysinit.target
		After=sysinit.target
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -c 'systemctl status kexec-keyrings >/run/lab/said; systemctl --force poweroff'
	UNIT
}

# Debian, with the kernel to be loaded where Debian has it. What of ours is to be installed, is at hand.
make_guest() {
	guest=$root.run
	local name

	rm -rf "$guest"
	need_space 3000
	cp -a "$root" "$guest"
	rm -rf "$guest"/usr/share/{doc,man,locale} "$guest"/var/{cache/apt,lib/apt/lists} \
		"$guest/packages" "$guest/out"
	mkdir -p "$guest/lab" "$guest/lib/modules/$release" "$guest/var/log/journal"
	touch "$guest/lib/modules/$release/modules.order" "$guest/lib/modules/$release/modules.builtin"
	cp "$keys/intermediate.der" "$keys/secondary.der" "$guest/lab/"
	cp "$work/by-secondary" "$guest/boot/vmlinuz-$release"
	cp "$kernel/config" "$guest/boot/config-$release"
	cp "$work"/by-* "$work/stage.tar" "$work/signed.ko" "$guest/lab/"

	echo guest >"$guest/etc/hostname"
	home=$guest/root
	install -d -m 700 "$home/.ssh"
	cp "$work/id.pub" "$home/.ssh/authorized_keys"
	chmod 600 "$home/.ssh/authorized_keys"
	keys_unit
	ssh_unit
	container_unit
	# The drivers that the crash kernel needs are built in. What is not ours to test, and takes long
	# in an emulated machine, is left out.
	echo MODULES=list >"$guest/etc/initramfs-tools/conf.d/lab"
	# A kernel without CONFIG_BASE_FULL has no such many.
	ln -s /dev/null "$guest/etc/sysctl.d/50-pid-max.conf"
	in_root "$guest" "rm -f /etc/machine-id && systemd-machine-id-setup
		depmod $release
		/etc/kernel/postinst.d/kdump-tools $release
		cp /etc/kdump/sysctl.conf /var/lib/kdump/latest_sysctls-$release
		systemctl enable lab-keys lab-ssh
		systemctl set-default multi-user.target
		systemctl mask ssh.service getty@.service serial-getty@.service e2scrub_reap.service
		systemctl disable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer"
	rmdir "$guest/src"
	truncate -s 2G "$work/disk"
	mke2fs -q -t ext4 -E lazy_itable_init=1,nodiscard -d "$guest" "$work/disk"
	rm -rf "$guest"
}

# qemu_start COMMAND-LINE [IMAGE]: boot the disk. At a reset, QEMU ends, and up() starts it again: after a
# reset within one QEMU, its translator takes minutes for what the firmware and the kernel unpack.
qemu_start() {
	local machine=(-M q35)

	started=("$@")
	if [ -n "${secure_boot:-}" ]; then
		# shellcheck disable=SC2054
		machine=(-M q35,smm=on -global driver=cfi.pflash01,property=secure,value=on
			-drive "if=pflash,unit=0,format=raw,readonly=on,file=$firmware/OVMF_CODE_4M.secboot.fd"
			-drive "if=pflash,unit=1,format=raw,file=$work/variables")
	fi
	qemu-system-x86_64 "${machine[@]}" -cpu max -accel tcg,thread=multi -smp 2 -m 1G -nodefaults \
		-display none -no-reboot -kernel "${2:-$kernel/image}" \
		-append "console=ttyS0 root=/dev/vda rw panic=-1 lockdown=integrity crashkernel=256M $1" \
		-drive "file=$work/disk,format=raw,if=virtio,cache=unsafe" \
		-chardev "file,id=console,path=$work/console,append=on" -serial chardev:console -device virtio-serial-pci \
		-chardev "socket,id=ssh,path=$work/sock,server=on,wait=off" \
		-device virtserialport,chardev=ssh,name=ssh >"$work/qemu.log" 2>&1 </dev/null &
	qemu=$!
}

# hang_up: the guest at the other end is another one from now on
hang_up() {
	[ ! -S "$work/ssh.sock" ] || ssh -F "$work/ssh" -O exit guest 2>/dev/null || :
}

# up: wait until the guest has come up once more
up() {
	local last=$((SECONDS + 600)) resets=0

	hang_up
	boots=$((boots + 1))
	until [ "$(grep -c 'guest is ready' "$work/console")" -ge "$boots" ]; do
		if ! kill -0 "$qemu" 2>/dev/null; then
			resets=$((resets + 1))
			if [ "$resets" -gt 1 ] || [ -s "$work/qemu.log" ]; then
				die "the guest is gone: $(cat "$work/qemu.log")"
			fi
			hang_up
			qemu_start "${started[@]}"
		fi
		[ "$SECONDS" -lt "$last" ] || die "the guest did not come up: $(tail -n 1 "$work/console")"
		sleep 0.5
	done
	on 'systemctl is-system-running --wait' >/dev/null || :
	echo "# the guest is up after $SECONDS s"
}

# on COMMANDS: in the guest, if it does not take too long
on() {
	timeout 300 ssh -F "$work/ssh" guest "$1" </dev/null
}

# leave COMMANDS: what the guest goes down by. The connection would otherwise be gone before it is told.
leave() {
	on "setsid sh -c 'sleep 1; $1' >/dev/null 2>&1 </dev/null &"
}

# off: the end of the guest
off() {
	local last=$((SECONDS + 120))

	leave 'systemctl poweroff'
	hang_up
	while kill -0 "$qemu" 2>/dev/null; do
		[ "$SECONDS" -lt "$last" ] || die "the guest does not end: $(tail -n 1 "$work/console")"
		sleep 0.5
	done
	qemu=
}

###### What is asked of it

# says PATTERN COMMANDS: they print that, whatever their status
says() {
	on "$2" >"$work/said" 2>&1 || :
	tail -n 20 "$work/said"
	grep -qE -e "$1" "$work/said"
}

unsaid() {
	! says "$@"
}

# refused COMMANDS: they fail, since the kernel does not permit it
refused() {
	says 'Operation not permitted' "$1; echo status \$?" &&
		! grep -qx 'status 0' "$work/said"
}

# crash_kernel 0|1: is one loaded?
crash_kernel() {
	says "^$1\$" 'cat /sys/kernel/kexec_crash_loaded'
}

# policy POLICY: that in force, as the module says it; "none": the module is not loaded
policy() {
	says "^$1\$" 'cat /sys/kernel/kexec_keyrings/active_policy 2>/dev/null || echo none'
}

# unit_is STATE [UNIT]
unit_is() {
	says "^$1\$" "systemctl show -P ActiveState ${2:-kexec-keyrings}"
}

# failed [UNIT]: the units that have failed are this one, and no other
failed() {
	says "^failed: ${1:-}\$" 'echo "failed: $(systemctl list-units --state=failed --plain --no-legend | cut -d " " -f 1 | xargs)"'
}

# load IMAGE [APPEND]: by kexec_file_load(2), for the next boot
load_command() {
	echo "kexec -s -l $1 --append=\"\$(cat /proc/cmdline) ${2:-}\""
}

# before UNIT: kexec-keyrings.service was up before UNIT began, by the clock; and not by chance
before() {
	says "^$1: later, as it must be\$" "
		ours=\$(systemctl show -P ActiveEnterTimestampMonotonic kexec-keyrings)
		theirs=\$(systemctl show -P ExecMainStartTimestampMonotonic $1)
		echo \"kexec-keyrings was active at \$ours us, $1 began at \$theirs us\"
		must=no
		for unit in \$(systemctl show -P After $1); do [ \$unit != kexec-keyrings.service ] || must=yes; done
		[ \$ours -gt 0 ] && [ \$ours -le \$theirs ] && [ \$must = yes ] && echo $1: later, as it must be"
}

# our_lines: what the module and the command have said since the boot; systemd names the unit besides,
# and the kernel says itself that the module is not of its tree
our_lines() {
	on 'journalctl -b -o short-monotonic --no-pager' |
		grep -E ' (kernel: kexec_keyrings:|kexec-keyrings\[)' | grep -v 'out-of-tree module taints'
}

one_line() {
	our_lines | tee "$work/said"
	[ "$(wc -l <"$work/said")" -eq 1 ] && grep -qF "$1" "$work/said"
}

# unloaded: how often the kernels have said so on the console
unloaded() {
	grep -c 'kexec_keyrings: unloaded' "$work/console" || :
}

# marked MARK: the kernel that runs was given this on its command line
marked() {
	says "lab.mark=$1" 'cat /proc/cmdline'
}

unmarked() {
	unsaid 'lab.mark' 'cat /proc/cmdline'
}

###### What is put into it

# What an administrator installs: the command with all that comes with it, and the module
stage=$work/stage
make_stage() {
	make -C "$project" install DESTDIR="$stage" PREFIX=/usr
	strip -o "$stage/usr/sbin/kexec-keyrings" "$program"
	make -C "$project" kmod-install KDIR="$kernel/build" OUT="$work/kmod" DESTDIR="$stage"
	module=lib/modules/$release/updates/kexec_keyrings.ko
	cp "$stage/$module" "$work/signed.ko"
	"$program" sign-module --key "$keys/builtin.key" --cert "$keys/builtin.pem" "$work/signed.ko"
	tar -C "$stage" -cf "$work/stage.tar" .
}

: >"$work/console"
cat >"$work/ssh" <<END
Host guest
  User root
  IdentityFile $work/id
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ControlMaster auto
  ControlPath $work/ssh.sock
  ControlPersist 900
  ServerAliveInterval 5
  ProxyCommand socat - UNIX-CONNECT:$work/sock
END
ssh-keygen -q -t ed25519 -N '' -f "$work/id"
for name in builtin secondary unknown; do
	"$program" sign --key "$keys/$name.key" --cert "$keys/$name.pem" --output "$work/by-$name" \
		"$kernel/image" >/dev/null
done
openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil -out "$work/db.key" 2>/dev/null
"$program" sign --key "$work/db.key" --cert /usr/share/ovmf/PkKek-1-snakeoil.pem --output "$work/by-db" \
	"$kernel/image" >/dev/null
making=yes
{
	make_stage
	make_guest
} >"$work/make.log" 2>&1
making=
echo "# the guest's disk is made after $SECONDS s"

###### Without the module

qemu_start kexec_lab_policy=builtin
up
check 'without: no unit has failed' failed
check 'without: kdump-tools has tried' unit_is active kdump-tools
check 'without: it asks for kexec_load(2), as it sees no Secure Boot' says '^ */sbin/kexec -p --command-line' \
	'kdump-config test'
check 'without: lockdown refuses that, whoever has signed the kernel' says \
	'kexec_load failed: Operation not permitted' 'journalctl -b -u kdump-tools -o cat --no-pager'
check 'without: the crash kernel is not loaded' crash_kernel 0
# What its owner has to set where there is lockdown without Secure Boot
on "echo 'KDUMP_KEXEC_ARGS=-s' >>/etc/default/kdump-tools"
check 'without: told to ask for kexec_file_load(2), kdump-tools is refused' refused 'kdump-config load'
check 'without: the kernel says why' says 'kexec of unsigned images is restricted' 'dmesg'
check 'without: the crash kernel is not loaded by that' crash_kernel 0
check 'without: kexec -s -l is refused' refused "$(load_command /boot/vmlinuz-"$release")"
check 'without: but not if builtin has signed' on "$(load_command /lab/by-builtin) && kexec -s -u"

###### A module that is not signed

on "tar -C / -xf /lab/stage.tar --keep-directory-symlink --no-overwrite-dir && depmod $release &&
	systemctl daemon-reload"
check 'unsigned: the command is installed' on 'kexec-keyrings --version'
check 'unsigned: systemd-analyze verify has nothing to say of the unit' says '^quiet$' \
	'systemd-analyze verify --man=no kexec-keyrings.service && echo quiet'
check 'unsigned: the unit is enabled' on 'systemctl enable kexec-keyrings'
leave 'systemctl reboot'
up
check 'unsigned: the unit has failed, and no other' failed kexec-keyrings.service
check 'unsigned: its status names the cause' says 'not signed|is unsigned|no signature' \
	'systemctl status kexec-keyrings'
check 'unsigned: and a remedy' says 'remedy: ' 'systemctl status kexec-keyrings'
check 'unsigned: kdump-tools is where it was' refused 'kdump-config load'
check 'unsigned: kexec, too' refused "$(load_command /boot/vmlinuz-"$release")"

###### By hand

on "cp /lab/signed.ko /$module && depmod $release"
check 'by hand: signed, it is started' on 'systemctl start kexec-keyrings'
check 'by hand: the policy is that of Linux 6.0' policy 'secondary platform'
check 'by hand: now the kernel is loaded' on "$(load_command /boot/vmlinuz-"$release") && kexec -s -u"
check 'by hand: stop' on 'systemctl stop kexec-keyrings'
check 'by hand: the kernel has its own policy' policy none
check 'by hand: and refuses what it refused' refused "$(load_command /boot/vmlinuz-"$release")"
check 'by hand: start' on 'systemctl start kexec-keyrings'
check 'by hand: it is loaded again' policy 'secondary platform'
check 'by hand: the module is unloaded behind the back of the unit' on 'kexec-keyrings unload'
check 'by hand: to stop it is no failure then' on 'systemctl stop kexec-keyrings'
check 'by hand: nor is to start it when the module is there' on \
	'kexec-keyrings load && systemctl start kexec-keyrings && systemctl stop kexec-keyrings'
check 'by hand: disabled at once' on 'systemctl start kexec-keyrings && systemctl disable --now kexec-keyrings'
check 'by hand: it is unloaded' policy none
check 'by hand: and enabled again' on 'systemctl enable kexec-keyrings'

###### The device

check 'device: in mode observe there is one' on 'kexec-keyrings load --mode observe && udevadm settle'
check 'device: for root alone' says '^600 root root$' 'stat -c "%a %U %G" /dev/kexec_keyrings'
check 'device: systemd knows it' unit_is active dev-kexec_keyrings.device
check 'device: udev has applied the rule without a complaint' says '^quiet$' \
	'udevadm test --action=add /sys/class/misc/kexec_keyrings 2>&1 | tee /run/udev.test >/dev/null
	grep -q "60-kexec-keyrings.rules.*MODE 0600" /run/udev.test &&
		! grep -iE "60-kexec-keyrings.*(invalid|unknown|ignoring|failed)" /run/udev.test && echo quiet'
check 'device: it goes with the module' says '^inactive$' \
	'kexec-keyrings unload && udevadm settle && systemctl show -P ActiveState dev-kexec_keyrings.device'

###### In a container

# With a root like that of its host, and with the right to load modules
check 'container: one is booted' on 'mkdir -p /run/lab/out /run/lab/upper /run/lab/work /run/lab/root
	mount -t overlay overlay /run/lab/root -o lowerdir=/,upperdir=/run/lab/upper,workdir=/run/lab/work
	systemd-run --quiet --wait -p Delegate=yes systemd-nspawn --quiet --keep-unit --register=no \
		--directory=/run/lab/root --bind=/run/lab/out:/run/lab --capability=CAP_SYS_MODULE \
		--console=pipe --boot systemd.unit=lab-container.service'
check 'container: the unit is not started there' says 'ConditionVirtualization=!container was not met' \
	'cat /run/lab/out/said'
on 'umount /run/lab/root'
check 'container: nothing was loaded by it' policy none

###### With the module

by_hand=$(unloaded)
# However long it takes, kdump-tools has to wait for it.
on 'mkdir -p /etc/systemd/system/kexec-keyrings.service.d
	printf "[Service]\nExecStartPre=/bin/sleep 4\n" >/etc/systemd/system/kexec-keyrings.service.d/slow.conf'
leave 'systemctl reboot'
up
check 'with: no unit has failed' failed
check 'with: the unit has loaded the module' policy 'secondary platform'
check 'with: kdump-tools came after it' before kdump-tools
check 'with: and has loaded the crash kernel' crash_kernel 1
# It asks for kexec_load(2) there, too, and does not mind that this is refused.
check 'with: kdump-tools is stopped, and the crash kernel stays' on \
	'systemctl stop kdump-tools && grep -q 1 /sys/kernel/kexec_crash_loaded'
check 'with: kexec -s -p -u takes it away' on 'kexec -s -p -u && grep -q 0 /sys/kernel/kexec_crash_loaded'
check 'with: kdump-tools loads it again' on 'systemctl start kdump-tools && grep -q 1 /sys/kernel/kexec_crash_loaded'
check 'with: signed by a stranger, another is refused all the same' refused \
	'kexec -s -p --command-line=x /lab/by-unknown'
# There is one place for it: the kernel makes room before it looks at what comes.
check 'with: which has taken away the one that was there' crash_kernel 0
on 'sed -i "s|^KDUMP_KERNEL=.*|KDUMP_KERNEL=/lab/by-unknown|" /etc/default/kdump-tools'
check 'with: signed by a stranger, it is refused to kdump-tools, too' refused 'kdump-config load'
check 'with: and nothing is loaded' crash_kernel 0
on 'sed -i "s|^KDUMP_KERNEL=.*|KDUMP_KERNEL=/var/lib/kdump/vmlinuz|" /etc/default/kdump-tools'
check 'with: kdump-tools loads what it has loaded before' on \
	'systemctl restart kdump-tools && grep -q 1 /sys/kernel/kexec_crash_loaded'
on 'rm -r /etc/systemd/system/kexec-keyrings.service.d; sync'

# The machine crashes
dumps=$(on 'ls -d /var/crash/2* 2>/dev/null | wc -l')
check 'crash: there is no dump yet' [ "$dumps" -eq 0 ]
leave 'echo c >/proc/sysrq-trigger'
up
check 'crash: the kernel went down' grep -q 'sysrq: Trigger a crash' "$work/console"
check 'crash: the crash kernel has saved its memory' grep -q 'saved vmcore in /var/crash' "$work/console"
check 'crash: there is a dump' says '^/var/crash/[0-9]*/dump\.[0-9]*$' 'ls /var/crash/*/dump.*'
check 'crash: of that kernel' says "^OSRELEASE=$release\$" \
	'for dump in /var/crash/*/dump.*; do makedumpfile -R /var/crash/core <$dump && grep -a -m 1 -o "OSRELEASE=.*" /var/crash/core; done'
check 'crash: with the log to its end' on 'grep -h "Trigger a crash" /var/crash/*/dmesg.*'
check 'crash: the unit left the crash kernel alone' eval '! sed -n "/Trigger a crash/,/saved vmcore/p" "$work/console" |
	grep "kexec_keyrings: "'
check 'crash: afterwards, all is as before it' crash_kernel 1

###### systemctl kexec

check 'kexec: signed by a stranger, it is refused' refused "$(load_command /lab/by-unknown lab.mark=stranger)"
check 'kexec: the other one is loaded' on "$(load_command "/boot/vmlinuz-$release" lab.mark=one)"
leave 'systemctl kexec'
up
check 'kexec: systemctl kexec has booted it' marked one
check 'kexec: with the module' policy 'secondary platform'
check 'kexec: no unit has failed' failed

###### kexec-load.service, which loads at a shutdown

# As it is, it asks for kexec_load(2), whatever is set; Debian's systemd then reboots by the firmware anyway.
on "printf 'LOAD_KEXEC=true\nKERNEL_IMAGE=/boot/vmlinuz-$release\n' >/etc/default/kexec"
leave 'systemctl reboot'
up
check 'kexec-load: by itself it asks for kexec_load(2), and is refused' says \
	'kexec_load failed: Operation not permitted' 'journalctl -b -1 -u kexec-load -o cat --no-pager'
check 'kexec-load: the firmware has booted' unmarked
# What its owner can do: have it ask for the other one
drop_in="[Service]
ExecStop=
ExecStop=/sbin/kexec -s -l /boot/vmlinuz-$release --reuse-cmdline --append=lab.mark=two"
on "mkdir -p /etc/systemd/system/kexec-load.service.d
	echo '$drop_in' >/etc/systemd/system/kexec-load.service.d/file.conf && systemctl daemon-reload"
# As systemctl kexec would, which looks for a loaded kernel before anything is stopped
leave 'systemctl start --no-block --job-mode=replace-irreversibly kexec.target'
up
check 'kexec-load: what it has loaded while everything was stopped is booted' marked two
check 'kexec-load: the module was not unloaded for that, nor at any other shutdown' [ "$(unloaded)" -eq "$by_hand" ]
check 'kexec-load: and is there again' policy 'secondary platform'
on 'rm -r /etc/systemd/system/kexec-load.service.d; echo LOAD_KEXEC=false >/etc/default/kexec'
off

###### A kernel with the policy of Linux 6.0

qemu_start kexec_lab_policy=secondary-platform
up
check 'native: the unit is no failure' unit_is active
check 'native: nor has any other failed' failed
check 'native: the module is not loaded' policy none
check 'native: it takes one line to say so' one_line 'refused [native]'
check 'native: kdump-tools has loaded the crash kernel' crash_kernel 1

###### Secure Boot, and a key of the firmware's

on "cp /lab/by-db /boot/vmlinuz-$release && sed -i /^KDUMP_KEXEC_ARGS/d /etc/default/kdump-tools"
off
cp "$firmware/OVMF_VARS_4M.snakeoil.fd" "$work/variables"
secure_boot=yes
qemu_start kexec_lab_policy=builtin "$work/by-db"
up
check 'Secure Boot: it is on' says '^Secure Boot +yes' 'kexec-keyrings status'
check 'Secure Boot: the key is on platform only' says 'SnakeOil' 'kexec-keyrings keys platform'
check 'Secure Boot: kdump-tools asks for kexec_file_load(2) by itself' says '^ */sbin/kexec -p -s' 'kdump-config test'
check 'Secure Boot: and has loaded the crash kernel' crash_kernel 1
check 'Secure Boot: after the unit' before kdump-tools
check 'Secure Boot: no unit has failed' failed
check 'Secure Boot: kdump-tools stops' on 'systemctl stop kdump-tools'
on 'systemctl stop kexec-keyrings; systemctl start kdump-tools' || :
check 'Secure Boot: without the module, it is refused' crash_kernel 0
check 'Secure Boot: with it, it is not' on \
	'systemctl start kexec-keyrings && systemctl restart kdump-tools && grep -q 1 /sys/kernel/kexec_crash_loaded'
off

make -C "$project" uninstall DESTDIR="$stage" >"$work/make.log" 2>&1 || :
check 'make uninstall takes away what make install had installed' eval '[ -z "$(find "$stage/usr" -type f)" ]'

echo "# after $SECONDS s in all"
end_tap
