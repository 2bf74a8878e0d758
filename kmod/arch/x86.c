// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86_64: the bzImage is a PE file.
 */
#include <linux/kconfig.h>
#include <linux/ptrace.h>

#include <asm/cpufeature.h>

#include "../arch.h"
#include "../format.h"

static const char *const kxk_x86_targets[] = {
	"bzImage64_verify_sig",
	/* c903dae8941d ("kexec, KEYS: make the code in bzImage64_verify_sig generic") */
	"kexec_kernel_verify_pe_sig",
	NULL
};

const struct kxk_arch kxk_arch = {
	.name = "x86_64",
	.format = &kxk_format_pe,
	.loaders_verify = IS_ENABLED(CONFIG_KEXEC_BZIMAGE_VERIFY_SIG),
	.targets = kxk_x86_targets,
};

#ifdef CONFIG_X86_KERNEL_IBT

/* f3 0f 1e fa; spelled in two halves, as the whole would be a landing pad itself */
static bool kxk_x86_is_endbr(unsigned long address)
{
	const u16 *code = (const u16 *)address;

	return code[0] == 0x0ff3 && code[1] == 0xfa1e;
}

/* A kprobe goes behind the landing pad. */
unsigned long kxk_arch_entry(unsigned long probed)
{
	return kxk_x86_is_endbr(probed - 4) ? probed - 4 : probed;
}

bool kxk_arch_callable(unsigned long entry)
{
	return !boot_cpu_has(X86_FEATURE_IBT) || kxk_x86_is_endbr(entry);
}

#else

unsigned long kxk_arch_entry(unsigned long probed)
{
	return probed;
}

bool kxk_arch_callable(unsigned long entry)
{
	return true;
}

#endif

unsigned long kxk_arch_argument(const struct pt_regs *regs, unsigned int index)
{
	const unsigned long arguments[] = {
		regs->di, regs->si, regs->dx, regs->cx, regs->r8, regs->r9,
	};

	return arguments[index];
}
