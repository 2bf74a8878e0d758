/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_SYMBOL_H
#define KXK_SYMBOL_H

#include <linux/types.h>

/**
 * kxk_symbol_find() - address of a function of the kernel proper
 * @name: its name, exported or not
 * @address: where the address goes; untouched on failure
 *
 * Context: Process. May sleep.
 * Return: 0; -ENOENT if there is no such function, -ENOTUNIQ if there are two,
 *	   -EACCES if calling it through a pointer would be fatal, -EOPNOTSUPP if
 *	   this kernel has no kprobes, or the errno of register_kprobe().
 */
int kxk_symbol_find(const char *name, unsigned long *address);

#endif
