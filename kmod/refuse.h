/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_REFUSE_H
#define KXK_REFUSE_H

#include <linux/kexec_keyrings.h>
#include <linux/module.h>
#include <linux/printk.h>

/**
 * kxk_refuse() - say why the module does not load
 * @code: one of those in linux/kexec_keyrings.h, which the companion knows
 * @fmt: the matter, for people
 *
 * Whoever uses it has pr_fmt() name the module.
 */
#define kxk_refuse(code, fmt, ...) \
	pr_err("refused [%s]: " fmt "\n", code, ##__VA_ARGS__)

/**
 * kxk_refuse_symbol() - a function of the kernel was not found
 * @name: the function
 * @ret: what kxk_symbol_find() said
 *
 * Context: Process, while the module loads.
 * Return: what loading is to fail with.
 */
int kxk_refuse_symbol(const char *name, int ret);

/**
 * kxk_refuse_redirect() - a function of the kernel was not redirected
 * @name: the function
 * @engine: what was to do it, as it was asked for
 * @ret: what kxk_redirect_install() said
 *
 * Context: Process, while the module loads.
 * Return: what loading is to fail with.
 */
int kxk_refuse_redirect(const char *name, const char *engine, int ret);

/**
 * kxk_refuse_overridden() - a redirect is there, and somebody's kprobe undoes it
 * @name: the function
 *
 * Context: Process, while the module loads.
 * Return: -EBUSY, for loading to fail with.
 */
int kxk_refuse_overridden(const char *name);

#endif
