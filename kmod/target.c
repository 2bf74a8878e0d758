// SPDX-License-Identifier: GPL-2.0-only
/*
 * The function that decides about an image, and how it is called.
 *
 * It is the ->verify_sig of the architecture's loaders. Where the configuration leaves
 * them without one, arch_kexec_kernel_verify_sig(), which would call it, refuses every
 * image (-EKEYREJECTED) and does not look at it. The architecture may have this function
 * in the other's stead, if its images have one form only: the function is told of the
 * loader, but its replacement could not ask that one. Linux 6.0 with that configuration
 * refuses every image, too: there, the module gives the verdict of a Linux 6.0 whose
 * loaders verify, to whoever chooses to load it.
 *
 * That the loaders verify is what the configuration says, and not that no function of a
 * known name is there: a loader of somebody else's may have one that we do not know, and
 * was perhaps made to be stricter.
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

static int kxk_target_of_loaders(struct kxk_target *target)
{
	const char *const *name;
	int ret = -ENOENT;

	for (name = kxk_arch.targets; *name && ret == -ENOENT; name++) {
		ret = kxk_symbol_find(*name, &target->address);
		target->name = *name;
	}
	/* If none is there, name the one that this kernel is the likeliest to have had. */
	if (ret == -ENOENT)
		target->name = kxk_arch.targets[0];
	target->verify_sig = (kxk_verify_sig_t *)target->address;
	return ret;
}

static int kxk_target_without_loaders(struct kxk_target *target)
{
	int ret;

	target->name = kxk_arch.without_loaders;
	ret = kxk_symbol_find(target->name, &target->address);
	if (ret)
		return ret;
	kxk_loader_target = (kxk_loader_verify_sig_t *)target->address;
	target->verify_sig = kxk_loader_ask;
	target->refuses_all = true;
	return 0;
}

int kxk_target_find(struct kxk_target *target)
{
	if (kxk_arch.loaders_verify)
		return kxk_target_of_loaders(target);
	if (kxk_arch.without_loaders)
		return kxk_target_without_loaders(target);
	target->name = kxk_arch.targets[0];
	return -ENOENT;
}

unsigned long kxk_target_replacement(const struct kxk_target *target,
				     kxk_verify_sig_t *verify_sig)
{
	if (!target->refuses_all)
		return (unsigned long)verify_sig;
	kxk_loader_replacement = verify_sig;
	return (unsigned long)kxk_loader_replace;
}
