/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The facts that differ between architectures. Each file in arch/ defines the
 * one for the kernel that the module is built for.
 */
#ifndef KXK_ARCH_H
#define KXK_ARCH_H

#include <linux/types.h>

struct kxk_format;
struct pt_regs;

/**
 * struct kxk_arch - how an architecture verifies the images of kexec_file_load
 * @name: the architecture, as user space calls it
 * @format: how its images carry signatures
 * @loaders_verify: whether its image loaders were built with a ->verify_sig
 * @targets: functions with the prototype of &kxk_verify_sig_t, one of which that
 *	     is; NULL-terminated
 * @without_loaders: what refuses all images if they were not; see target.c. NULL
 *		     where such a kernel is left alone.
 */
struct kxk_arch {
	const char *name;
	const struct kxk_format *format;
	bool loaders_verify;
	const char *const *targets;
	const char *without_loaders;
};

extern const struct kxk_arch kxk_arch;

/**
 * kxk_arch_entry() - the entry of a function, given where kprobes would stop it
 * @probed: address that register_kprobe() made of a function's name
 *
 * Context: Any.
 * Return: the address to call, and to compare with the symbol table.
 */
unsigned long kxk_arch_entry(unsigned long probed);

/**
 * kxk_arch_callable() - may a function be called through a pointer?
 * @entry: its address
 *
 * A kernel with indirect branch tracking may have sealed a function that it
 * only calls directly itself; calling that through a pointer is fatal.
 *
 * Context: Any.
 * Return: true if it may.
 */
bool kxk_arch_callable(unsigned long entry);

/**
 * kxk_arch_argument() - an argument of a function, at its entry
 * @regs: the registers there
 * @index: which one, from 0; one that is passed in a register, as the first five are
 *
 * Context: Any.
 * Return: its value.
 */
unsigned long kxk_arch_argument(const struct pt_regs *regs, unsigned int index);

#endif
