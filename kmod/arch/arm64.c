// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm64: the Image is a PE file.
 */
#include <linux/kconfig.h>
#include <linux/ptrace.h>

#include "../arch.h"
#include "../format.h"

static const char *const kxk_arm64_targets[] = {
	"image_verify_sig",
	/* 0d519cadf751 ("arm64: kexec_file: use more system keyrings ...") */
	"kexec_kernel_verify_pe_sig",
	NULL
};

const struct kxk_arch kxk_arch = {
	.name = "arm64",
	.format = &kxk_format_pe,
	.loaders_verify = IS_ENABLED(CONFIG_KEXEC_IMAGE_VERIFY_SIG),
	.targets = kxk_arm64_targets,
	/* The Image has the only loader. */
	.without_loaders = "arch_kexec_kernel_verify_sig",
};

unsigned long kxk_arch_entry(unsigned long probed)
{
	return probed;
}

/* With BTI, the compiler gives every function that is not static a landing pad. */
bool kxk_arch_callable(unsigned long entry)
{
	return true;
}

unsigned long kxk_arch_argument(const struct pt_regs *regs, unsigned int index)
{
	return regs->regs[index];
}
