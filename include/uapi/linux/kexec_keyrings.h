/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What kexec_keyrings.ko and user space have agreed on: the words that stand in
 * its files in sysfs (which Documentation/ABI/ lists), the codes by which the
 * module says why it refused to load, and the device that judges an image.
 */
#ifndef _UAPI_LINUX_KEXEC_KEYRINGS_H
#define _UAPI_LINUX_KEXEC_KEYRINGS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Below /sys/kernel; present exactly while the module is loaded. */
#define KEXEC_KEYRINGS_SYSFS_DIR	"kexec_keyrings"

/*
 * Keyrings, as they are named in a policy. A policy is the sequence of
 * keyrings that a verifier consults, separated by spaces, in order; each
 * further one only when the ones before had no key of the signer.
 */
#define KEXEC_KEYRINGS_BUILTIN		"builtin"
#define KEXEC_KEYRINGS_SECONDARY	"secondary"
#define KEXEC_KEYRINGS_PLATFORM		"platform"

/* The policy of a kernel that refuses every image, and looks at no keyring. */
#define KEXEC_KEYRINGS_NO_KEYRING	"none"

/* mode=, and the attribute "mode" */
#define KEXEC_KEYRINGS_MODE_BACKPORT	"backport"
#define KEXEC_KEYRINGS_MODE_OBSERVE	"observe"

/* engine=, and the attribute "engine" ("none" while nothing is redirected) */
#define KEXEC_KEYRINGS_ENGINE_AUTO	"auto"
#define KEXEC_KEYRINGS_ENGINE_FTRACE	"ftrace"
#define KEXEC_KEYRINGS_ENGINE_KPROBE	"kprobe"
#define KEXEC_KEYRINGS_ENGINE_NONE	"none"

/*
 * A module that will not load logs one line,
 *
 *	kexec_keyrings: refused [CODE]: what is the matter
 *
 * and insmod(8) gets the errno given here. The codes are stable, the words
 * after them are for people.
 */

/* ENODEV: the kernel has the policy of Linux 6.0 of its own; force=1 loads */
#define KEXEC_KEYRINGS_REFUSED_NATIVE		"native"
/* ENODEV: images are accepted unverified (s390x that was not secure-IPLed) */
#define KEXEC_KEYRINGS_REFUSED_UNVERIFIED	"unverified"
/* ENODEV: the verifier consults keyrings as no release of Linux does; observe tells how */
#define KEXEC_KEYRINGS_REFUSED_UNKNOWN_POLICY	"unknown-policy"
/* ENODEV: this kernel does not verify the images of kexec_file_load(2) */
#define KEXEC_KEYRINGS_REFUSED_NO_VERIFIER	"no-verifier"
/* ENODEV: two functions bear the name of the one to redirect, or of the verifier */
#define KEXEC_KEYRINGS_REFUSED_AMBIGUOUS	"ambiguous-symbol"
/* EOPNOTSUPP: the engine asked for, or every engine, is missing here */
#define KEXEC_KEYRINGS_REFUSED_NO_ENGINE	"no-engine"
/* EBUSY: a live patch or another module owns the function; or ours is there, by another name */
#define KEXEC_KEYRINGS_REFUSED_BUSY		"busy"
/* EIO: redirected, the policy was still not that of Linux 6.0; undone */
#define KEXEC_KEYRINGS_REFUSED_INEFFECTIVE	"ineffective"
/* EINVAL: engine= or mode= has no such value */
#define KEXEC_KEYRINGS_REFUSED_PARAMETER	"parameter"
/* any other errno: memory, sysfs, ... */
#define KEXEC_KEYRINGS_REFUSED_INTERNAL		"internal"

/*
 * Below /dev: in mode observe, and in mode backport with device=1. To open it
 * needs CAP_SYS_BOOT, as kexec_file_load(2) does.
 */
#define KEXEC_KEYRINGS_DEVICE		"kexec_keyrings"

/* Which keyring; a number that is not listed here belongs to a later version. */
#define KEXEC_KEYRINGS_ID_BUILTIN	1
#define KEXEC_KEYRINGS_ID_SECONDARY	2
#define KEXEC_KEYRINGS_ID_PLATFORM	3

#define KEXEC_KEYRINGS_CONSULTED_MAX	8

/**
 * struct kexec_keyrings_consulted - a keyring that was consulted for an image
 * @keyring: %KEXEC_KEYRINGS_ID_BUILTIN, ...
 * @error: 0 if it has a key of the image's signer and all is in order; ENOKEY if
 *	it has none; any other errno
 * @nanoseconds: how long that took
 */
struct kexec_keyrings_consulted {
	__u32 keyring;
	__s32 error;
	__u64 nanoseconds;
};

/**
 * struct kexec_keyrings_verify - an image, and what the kernel says of it
 * @size: in: of this structure, in bytes, as the caller knows it. Out: as the
 *	module knows it: what the caller has beyond that is left as it was.
 * @flags: in: 0
 * @fd: in: the image, a regular file, open for reading
 * @error: out: the verdict: 0 if the image's signature is good and trusted; else
 *	the errno for which kexec_file_load(2) would refuse it where signatures
 *	are enforced (lockdown turns that into EPERM)
 * @nanoseconds: out: how long the verification took, without reading the file
 * @known: out: 1 if it is known which keyrings were consulted, else 0
 * @count: out: how many were
 * @consulted: out: these, in order
 */
struct kexec_keyrings_verify {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__s32 error;
	__u64 nanoseconds;
	__u32 known;
	__u32 count;
	struct kexec_keyrings_consulted consulted[KEXEC_KEYRINGS_CONSULTED_MAX];
};

/* sizeof(struct kexec_keyrings_verify) in the first version: no less will do. */
#define KEXEC_KEYRINGS_VERIFY_SIZE_VER0	160

/*
 * Judge an image, and load nothing. The argument points to a struct
 * kexec_keyrings_verify with size and fd set and all else 0. 0 if there is a
 * verdict, whatever it is; else -1, and errno:
 *
 * EBADF	fd is not open for reading
 * EINVAL	the file is not regular, empty, or too short for any kernel; size is
 *		smaller than VER0; a flag is set
 * E2BIG	a part of the structure that the module does not know is not 0, or
 *		size is more than a page
 * EFBIG	the file has 2 GiB or more
 * ENOMEM	there is no memory for the file
 * ETXTBSY	the file is open for writing
 * EIO		the file changed meanwhile
 * EINTR	a signal came while another image was judged, or the task was killed
 *		while its own was read
 * EFAULT	the structure is not accessible
 * ENOTTY	the module is older than this request
 *
 * The number does not have the size in it, so that the structure can grow.
 */
#define KEXEC_KEYRINGS_VERIFY		_IO(0xE8, 0x00)

#endif /* _UAPI_LINUX_KEXEC_KEYRINGS_H */
