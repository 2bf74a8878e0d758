// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why the module does not load, in one line of the log: a code for programs, and words.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>

#include "refuse.h"

int __init kxk_refuse_symbol(const char *name, int ret)
{
	switch (ret) {
	case -ENOENT:
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_NO_VERIFIER,
			   "this kernel has no %s(): it does not verify images for kexec_file_load",
			   name);
		return -ENODEV;
	case -ENOTUNIQ:
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_AMBIGUOUS,
			   "this kernel has more than one %s()", name);
		return -ENODEV;
	case -EACCES:
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_NO_ENGINE,
			   "%s() is sealed against calls by address", name);
		return -EOPNOTSUPP;
	case -EOPNOTSUPP:
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_NO_ENGINE,
			   "this kernel has no kprobes, by which %s() would be found", name);
		return -EOPNOTSUPP;
	default:
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_INTERNAL,
			   "looking up %s() failed with error %d", name, ret);
		return ret;
	}
}

int __init kxk_refuse_redirect(const char *name, const char *engine, int ret)
{
	switch (ret) {
	case -EBUSY:
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_BUSY,
			   "%s() has another owner (a live patch? a kprobe?), or kernel.ftrace_enabled is 0",
			   name);
		return ret;
	case -EOPNOTSUPP:
	case -EINVAL:
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_NO_ENGINE,
			   "engine=%s cannot redirect %s() on this kernel", engine, name);
		return -EOPNOTSUPP;
	default:
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_INTERNAL,
			   "redirecting %s() failed with error %d", name, ret);
		return ret;
	}
}

int __init kxk_refuse_overridden(const char *name)
{
	kxk_refuse(KEXEC_KEYRINGS_REFUSED_BUSY,
		   "a kprobe on %s() undoes what engine=ftrace does there", name);
	return -EBUSY;
}
