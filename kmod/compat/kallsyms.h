/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enumerating the kernel's symbols. None of these functions is exported, so
 * only their types are needed here; symbol.c finds them in the running kernel.
 */
#ifndef KXK_COMPAT_KALLSYMS_H
#define KXK_COMPAT_KALLSYMS_H

#include <linux/kallsyms.h>
#include <linux/module.h>

/*
 * 4dc533e0f2c0 ("kallsyms: Add helper kallsyms_on_each_match_symbol()"), 6.2:
 * visits the symbols of one name, of the kernel proper only. Before it, the
 * only walker visits every symbol, those of modules last.
 */
#ifdef KXK_HAVE_KALLSYMS_MATCH
#define KXK_KALLSYMS_WALKER "kallsyms_on_each_match_symbol"
#else
#define KXK_KALLSYMS_WALKER "kallsyms_on_each_symbol"
#endif

#endif
