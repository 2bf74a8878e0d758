// SPDX-License-Identifier: GPL-2.0-only
/*
 * s390x: images, flat or ELF, have the signature of a module appended. They are
 * verified only on a machine that was secure-IPLed.
 */
#include <linux/kconfig.h>
#include <linux/ptrace.h>

#include "../arch.h"
#include "../format.h"

static const char *const kxk_s390_targets[] = {
	"s390_verify_sig",
	NULL
};

const struct kxk_arch kxk_arch = {
	.name = "s390x",
	.format = &kxk_format_appended,
	.loaders_verify = IS_ENABLED(CONFIG_KEXEC_SIG) || IS_ENABLED(CONFIG_KEXEC_VERIFY_SIG),
	.targets = kxk_s390_targets,
};

unsigned long kxk_arch_entry(unsigned long probed)
{
	return probed;
}

bool kxk_arch_callable(unsigned long entry)
{
	return true;
}

unsigned long kxk_arch_argument(const struct pt_regs *regs, unsigned int index)
{
	return regs->gprs[2 + index];
}
