/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enumerating the kernel's symbols. None of these functions is exported, so
 * only their types are needed here; symbol.c finds them in the running kernel.
 */
#ifndef KXK_COMPAT_KALLSYMS_H
#define KXK_COMPAT_KALLSYMS_H

#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

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

/*
 * 013c1667cf78 ("kallsyms: refactor {,module_}kallsyms_on_each_symbol"), 5.12:
 * since then the walker leaves modules out, and may give way to others. Before
 * it, who walks keeps the list of modules in place, by module_mutex, or where
 * that is not exported (as in later 5.10.y) by RCU, which frees them, too.
 */
#if defined(KXK_HAVE_MODULE_MUTEX) && defined(KXK_EXPORTS_MODULE_MUTEX)
static inline void kxk_modules_lock(void)
{
	mutex_lock(&module_mutex);
}

static inline void kxk_modules_unlock(void)
{
	mutex_unlock(&module_mutex);
}
#elif defined(KXK_HAVE_MODULE_MUTEX)
static inline void kxk_modules_lock(void)
{
	rcu_read_lock();
}

static inline void kxk_modules_unlock(void)
{
	rcu_read_unlock();
}
#else
static inline void kxk_modules_lock(void)
{
}

static inline void kxk_modules_unlock(void)
{
}
#endif

#endif
