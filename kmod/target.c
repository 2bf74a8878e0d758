// SPDX-License-Identifier: GPL-2.0-only
/*
 * The function that decides about an image, and how it is called.
 *
 * It is the ->verify_sig of the architecture's loaders. Where the configuration leaves
 * them without one, arch_kexec_kernel_verify_sig(), which would call it, refuses every
 * image (-EKEYREJECTED) and does not look at it. The architecture may have this function
 * in the other's stead, if its images have one form only: the function is told of the
 * loader, but its replacement could not ask that one.
 */
#include <linux/errno.h>
#include <linux/kexec.h>

#include "arch.h"
#include "symbol.h"
#include "target.h"

struct kimage;

typedef int kxk_loader_verify_sig_t(struct kimage *kimage, void *image, unsigned long size);

static kxk_loader_verify_sig_t *kxk_loader_target;
static kxk_verify_sig_t *kxk_loader_replacement;

#ifdef CONFIG_KEXEC_FILE
/* Of no loader, which is not asked either. */
static struct kimage kxk_nothing;
#define KXK_NOTHING (&kxk_nothing)
#else
#define KXK_NOTHING NULL
#endif

static int kxk_loader_ask(const char *image, unsigned long size)
{
	return kxk_loader_target(KXK_NOTHING, (void *)image, size);
}

static int kxk_loader_replace(struct kimage *kimage, void *image, unsigned long size)
{
	return kxk_loader_replacement(image, size);
}

int kxk_target_find(struct kxk_target *target)
{
	const char *const *name;
	int ret = -ENOENT;

	for (name = kxk_arch.targets; *name && ret == -ENOENT; name++) {
		ret = kxk_symbol_find(*name, &target->address);
		target->name = *name;
	}
	target->verify_sig = (kxk_verify_sig_t *)target->address;
	if (ret != -ENOENT || !kxk_arch.without_loaders)
		return ret;

	if (kxk_symbol_find(kxk_arch.without_loaders, &target->address))
		return ret;
	kxk_loader_target = (kxk_loader_verify_sig_t *)target->address;
	target->name = kxk_arch.without_loaders;
	target->verify_sig = kxk_loader_ask;
	target->refuses_all = true;
	return 0;
}

unsigned long kxk_target_replacement(const struct kxk_target *target,
				     kxk_verify_sig_t *verify_sig)
{
	if (!target->refuses_all)
		return (unsigned long)verify_sig;
	kxk_loader_replacement = verify_sig;
	return (unsigned long)kxk_loader_replace;
}
