/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What kexec_keyrings.ko and user space have agreed on: the names that appear
 * in sysfs, and the codes by which the module says why it refused to load.
 */
#ifndef _UAPI_LINUX_KEXEC_KEYRINGS_H
#define _UAPI_LINUX_KEXEC_KEYRINGS_H

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
/* ENODEV: two functions bear the name of the one to redirect */
#define KEXEC_KEYRINGS_REFUSED_AMBIGUOUS	"ambiguous-symbol"
/* EOPNOTSUPP: the engine asked for, or every engine, is missing here */
#define KEXEC_KEYRINGS_REFUSED_NO_ENGINE	"no-engine"
/* EBUSY: a live patch or another module owns the function */
#define KEXEC_KEYRINGS_REFUSED_BUSY		"busy"
/* EIO: redirected, the policy was still not that of Linux 6.0; undone */
#define KEXEC_KEYRINGS_REFUSED_INEFFECTIVE	"ineffective"
/* EINVAL: engine= or mode= has no such value */
#define KEXEC_KEYRINGS_REFUSED_PARAMETER	"parameter"
/* any other errno: memory, sysfs, ... */
#define KEXEC_KEYRINGS_REFUSED_INTERNAL		"internal"

#endif /* _UAPI_LINUX_KEXEC_KEYRINGS_H */
