// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address of an unexported function.
 *
 * kallsyms_lookup_name() has not been exported since 0bd476e6c671 (5.7), and it
 * answers with the first of several functions of one name. Therefore:
 *
 * 1. A kprobe registered by name yields an address; without one, the function
 *    is absent. It is registered disabled, so that no text is patched: beside
 *    being slow, that fails under kernel.ftrace_enabled=0, half-way. A kprobe
 *    finds the functions of modules as well; these do not count.
 * 2. The kernel's symbol table is searched for a second function of that name.
 *    What walks the table is itself found by step 1. Some kernels have no such
 *    walker (3e3552056ab4, 5.13: only with LIVEPATCH); there the first must do,
 *    and that it is the right one shows in the second probe: see main.c.
 */
#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/string.h>

#include "arch.h"
#include "compat/kallsyms.h"
#include "symbol.h"

/* The name of a module's symbol has the module's behind it: "name+0x0/0x40 [module]". */
static bool kxk_symbol_is_of_module(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, address);
	return strchr(name, '[');
}

static int kxk_symbol_probe(const char *name, unsigned long *address)
{
	struct kprobe kp = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	int ret;

	ret = register_kprobe(&kp);
	if (ret)
		return ret;
	*address = kxk_arch_entry((unsigned long)kp.addr);
	unregister_kprobe(&kp);
	if (kxk_symbol_is_of_module(*address))
		return -ENOENT;
	return kxk_arch_callable(*address) ? 0 : -EACCES;
}

/**
 * struct kxk_symbol_count - one name while the symbol table is walked
 * @name: what to look for
 * @found: how many symbols bear that name; 2 stands for more as well
 */
struct kxk_symbol_count {
	const char *name;
	unsigned int found;
};

#ifdef KXK_HAVE_KALLSYMS_MATCH

typedef int (*kxk_symbol_walk_t)(int (*fn)(void *data, unsigned long address),
				 const char *name, void *data);

static int kxk_symbol_seen(void *data, unsigned long address)
{
	struct kxk_symbol_count *count = data;

	return ++count->found > 1;
}

static void kxk_symbol_walk(unsigned long walker, struct kxk_symbol_count *count)
{
	((kxk_symbol_walk_t)walker)(kxk_symbol_seen, count->name, count);
}

#else

typedef int (*kxk_symbol_walk_t)(int (*fn)(void *data, const char *name,
					   struct module *module, unsigned long address),
				 void *data);

/* The modules come last, and the first of them ends the walk. */
static int kxk_symbol_seen(void *data, const char *name, struct module *module,
			   unsigned long address)
{
	struct kxk_symbol_count *count = data;

	if (module)
		return 1;
	if (strcmp(name, count->name))
		return 0;
	return ++count->found > 1;
}

static void kxk_symbol_walk(unsigned long walker, struct kxk_symbol_count *count)
{
	kxk_modules_lock();
	((kxk_symbol_walk_t)walker)(kxk_symbol_seen, count);
	kxk_modules_unlock();
}

#endif

int kxk_symbol_find(const char *name, unsigned long *address)
{
	struct kxk_symbol_count count = { .name = name };
	unsigned long found, walker;
	int ret;

	if (!IS_ENABLED(CONFIG_KPROBES))
		return -EOPNOTSUPP;

	ret = kxk_symbol_probe(name, &found);
	if (ret)
		return ret;

	ret = kxk_symbol_probe(KXK_KALLSYMS_WALKER, &walker);
	if (!ret)
		kxk_symbol_walk(walker, &count);
	else if (ret != -ENOENT && ret != -EACCES)
		return ret;
	if (count.found > 1)
		return -ENOTUNIQ;

	*address = found;
	return 0;
}
