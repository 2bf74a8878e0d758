#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Write the definition of a LAVA job that runs the tests on a kernel in QEMU:
#
#	job.sh ARCH KERNEL ROOTFS TESTS [ARGUMENT...]
#
# ARCH is arm64, s390x or x86_64. The others are addresses that the lab can load: a kernel, an ext4
# file system that root logs in to without a password, and what `make -C selftests gen_tar ARCH=...`
# made. ARGUMENTs are those of `kexec-keyrings test`. For a board, replace the actions deploy and
# boot by those that the lab has for it.
set -eu

[ $# -ge 4 ] || { echo 'usage: job.sh ARCH KERNEL ROOTFS TESTS [ARGUMENT...]' >&2; exit 2; }
arch=$1 kernel=$2 rootfs=$3 tests=$4
shift 4

case $arch in
arm64) console=ttyAMA0 context='{arch: arm64, memory: 2048}' ;;
s390x) console=ttysclp0 context='{arch: s390x, memory: 2048, no_kvm: true}' ;;
x86_64) console=ttyS0 context='{arch: x86_64, memory: 2048, no_kvm: true}' ;;
*) echo "job.sh: there is no architecture \"$arch\"; use one of: arm64 s390x x86_64" >&2; exit 2 ;;
esac

# quoted TEXT: a scalar of YAML
quoted() {
	printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"
}

# As one word each of the shell that will run it
command=/opt/kexec-keyrings/kexec_keyrings/lava/report.sh
for argument; do
	command="$command '$(printf '%s' "$argument" | sed "s/'/'\\\\''/g")'"
done

cat <<END
job_name: $(quoted "kexec-keyrings test on $arch")
device_type: qemu
priority: medium
visibility: public
context: $context
timeouts:
  job: {minutes: 40}
  action: {minutes: 20}
  connection: {minutes: 2}
actions:
- deploy:
    timeout: {minutes: 20}
    to: tmpfs
    images:
      kernel:
        image_arg: '-kernel {kernel} -append "console=$console root=/dev/vda rw rootwait"'
        url: $(quoted "$kernel")
      rootfs:
        image_arg: '-drive format=raw,file={rootfs},if=virtio'
        url: $(quoted "$rootfs")
        format: ext4
        overlays:
          lava: true
          kexec_keyrings:
            url: $(quoted "$tests")
            compression: gz
            format: tar
            path: /opt/kexec-keyrings
- boot:
    timeout: {minutes: 15}
    method: qemu
    media: tmpfs
    auto_login: {login_prompt: 'login:', username: root}
    prompts: ['root@.*[#:] ?']
- test:
    timeout: {minutes: 15}
    definitions:
    - from: inline
      name: kexec-keyrings
      path: inline/kexec-keyrings.yaml
      repository:
        metadata:
          format: Lava-Test Test Definition 1.0
          name: kexec-keyrings
          description: which keyrings vouch for an image given to kexec_file_load(2)
          os: [debian]
          scope: [functional]
        run:
          steps:
          - $(quoted "$command")
END
