// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_keyrings: give kexec_file_load(2) the keyrings of Linux 6.0.
 *
 * Loading goes in this order, and every step that fails undoes the ones before:
 *
 * 1. find the function that verifies images, and the low-level verifier;
 * 2. ask the function which keyrings it consults: the native policy;
 * 3. refuse if that is the policy of Linux 6.0 already, or not understood;
 * 4. redirect the function to ours (mode=backport);
 * 5. ask again, through the redirect: only the policy of Linux 6.0 will do;
 * 6. show in sysfs what was found and done;
 * 7. offer the device (mode=observe or device=1).
 *
 * A refusal is one line in the log; its codes are in linux/kexec_keyrings.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kexec_keyrings.h>
#include <linux/module.h>
#include <linux/string.h>

#include "arch.h"
#include "chardev.h"
#include "format.h"
#include "kexec_keyrings_version.h"
#include "main.h"
#include "observe.h"
#include "policy.h"
#include "probe.h"
#include "redirect.h"
#include "refuse.h"
#include "symbol.h"
#include "sysfs.h"
#include "target.h"
#include "verify.h"

static char *engine = KEXEC_KEYRINGS_ENGINE_AUTO;
module_param(engine, charp, 0444);
MODULE_PARM_DESC(engine, "what redirects: auto (default), ftrace or kprobe");

static char *mode = KEXEC_KEYRINGS_MODE_BACKPORT;
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "backport (default), or observe: redirect nothing, only tell the policy");

static bool force;
module_param(force, bool, 0444);
MODULE_PARM_DESC(force, "redirect even where the policy is that of Linux 6.0 already; verdicts stay the same");

static bool device;
module_param(device, bool, 0444);
MODULE_PARM_DESC(device, "offer /dev/kexec_keyrings, which judges images; mode=observe always does");

static struct kxk_state kxk_state;
static struct kxk_target kxk_target;

static bool kxk_has_device(void)
{
	return kxk_state.observing || device;
}

static int __init kxk_parse_parameters(enum kxk_engine *wanted)
{
	static const char *const engines[] = {
		[KXK_ENGINE_AUTO] = KEXEC_KEYRINGS_ENGINE_AUTO,
		[KXK_ENGINE_FTRACE] = KEXEC_KEYRINGS_ENGINE_FTRACE,
		[KXK_ENGINE_KPROBE] = KEXEC_KEYRINGS_ENGINE_KPROBE,
	};
	static const char *const modes[] = {
		KEXEC_KEYRINGS_MODE_BACKPORT, KEXEC_KEYRINGS_MODE_OBSERVE,
	};
	int found;

	found = match_string(engines, ARRAY_SIZE(engines), engine);
	if (found < 0) {
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_PARAMETER,
			   "engine=%s is none of auto, ftrace, kprobe", engine);
		return -EINVAL;
	}
	*wanted = found;

	found = match_string(modes, ARRAY_SIZE(modes), mode);
	if (found < 0) {
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_PARAMETER,
			   "mode=%s is neither backport nor observe", mode);
		return -EINVAL;
	}
	kxk_state.observing = found;
	return 0;
}

static int __init kxk_find_target(void)
{
	int ret = kxk_target_find(&kxk_target);

	kxk_state.target = kxk_target.name;
	return ret ? kxk_refuse_symbol(kxk_state.target, ret) : 0;
}

/* Is there something to do, and do we understand what is there? */
static int __init kxk_judge_native(int ret)
{
	char native[KXK_POLICY_TEXT];

	if (ret == -ENODATA) {
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_UNVERIFIED,
			   "%s() accepts images unverified (was this machine not secure-IPLed?)",
			   kxk_state.target);
		return -ENODEV;
	}
	if (ret == -EBUSY)
		return kxk_refuse_overridden(kxk_arch.format->verifier);
	/* The policy that consults nothing, for a reason that is known. */
	if (ret == -EKEYREJECTED && kxk_target.refuses_all)
		return 0;
	kxk_policy_format(&kxk_state.native, native, sizeof(native));
	if (ret) {
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_UNKNOWN_POLICY,
			   "%s() has a policy that is not understood (keyrings seen: %s)",
			   kxk_state.target, native);
		return -ENODEV;
	}
	if (kxk_state.observing)
		return 0;
	if (!kxk_policy_known(&kxk_state.native)) {
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_UNKNOWN_POLICY,
			   "%s() consults \"%s\", which no release of Linux does",
			   kxk_state.target, native);
		return -ENODEV;
	}
	if (kxk_policy_equal(&kxk_state.native, &kxk_policy_6_0) && !force) {
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_NATIVE,
			   "%s() consults \"%s\" already, as Linux 6.0 does; nothing to do",
			   kxk_state.target, native);
		return -ENODEV;
	}
	return 0;
}

static int __init kxk_redirect_target(enum kxk_engine wanted)
{
	char active[KXK_POLICY_TEXT];
	int ret;

	kxk_backport.function = kxk_target.address;
	kxk_backport.replacement = kxk_target_replacement(&kxk_target, kxk_verify_sig);
	ret = kxk_redirect_install(&kxk_backport, wanted);
	if (ret)
		return kxk_refuse_redirect(kxk_state.target, engine, ret);

	ret = kxk_probe_ask(kxk_target.verify_sig, &kxk_state.active);
	if (ret || !kxk_policy_equal(&kxk_state.active, &kxk_policy_6_0)) {
		kxk_redirect_remove(&kxk_backport);
		if (kxk_redirect_overridden(&kxk_backport))
			return kxk_refuse_overridden(kxk_state.target);
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_INEFFECTIVE,
			   "%s() consults \"%s\" in spite of the redirect; undone",
			   kxk_state.target,
			   kxk_policy_format(&kxk_state.active, active, sizeof(active)));
		return -EIO;
	}
	kxk_state.engine = kxk_backport.engine;
	return 0;
}

/* The device answers without these as well, only less. */
static void __init kxk_observe(unsigned long verifier)
{
	int ret = kxk_observe_begin(kxk_arch.format, verifier);

	if (ret)
		pr_info("cannot see which keyrings are consulted for an image: no kretprobe on %s() (error %d)\n",
			kxk_arch.format->verifier, ret);
}

/* Steps 2 to 5, all while the probe listens. */
static int __init kxk_probe_and_redirect(unsigned long verifier, enum kxk_engine wanted)
{
	int ret;

	ret = kxk_probe_begin(kxk_arch.format, verifier, wanted);
	if (ret)
		return kxk_refuse_redirect(kxk_arch.format->verifier, engine, ret);

	ret = kxk_judge_native(kxk_probe_ask(kxk_target.verify_sig, &kxk_state.native));
	if (!ret && kxk_state.observing)
		kxk_state.active = kxk_state.native;
	else if (!ret)
		ret = kxk_redirect_target(wanted);

	kxk_probe_end();
	if (!ret && kxk_state.observing)
		kxk_observe(verifier);
	return ret;
}

static void __init kxk_announce(void)
{
	static const char *const by[] = {
		[KXK_ENGINE_FTRACE] = KEXEC_KEYRINGS_ENGINE_FTRACE,
		[KXK_ENGINE_KPROBE] = KEXEC_KEYRINGS_ENGINE_KPROBE,
	};
	char native[KXK_POLICY_TEXT], active[KXK_POLICY_TEXT];

	kxk_policy_format(&kxk_state.native, native, sizeof(native));
	kxk_policy_format(&kxk_state.active, active, sizeof(active));
	if (kxk_state.observing)
		pr_info("loaded: observing %s(), policy \"%s\"\n", kxk_state.target, native);
	else
		pr_info("loaded: %s() redirected by %s, policy \"%s\" -> \"%s\"\n",
			kxk_state.target, by[kxk_state.engine], native, active);
}

/* Undoes steps 2 to 5. */
static void kxk_undo(void)
{
	kxk_observe_end();
	if (!kxk_state.observing)
		kxk_redirect_remove(&kxk_backport);
}

/* Steps 6 and 7. The device comes last: see kxk_chardev_create(). */
static int __init kxk_publish(void)
{
	int ret;

	ret = kxk_sysfs_create(&kxk_state);
	if (ret == -EEXIST) {
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_BUSY,
			   "this module is loaded already, under another name");
		return -EBUSY;
	}
	if (ret) {
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_INTERNAL,
			   "creating /sys/kernel/" KEXEC_KEYRINGS_SYSFS_DIR " failed with error %d",
			   ret);
		return ret;
	}
	if (!kxk_has_device())
		return 0;

	ret = kxk_chardev_create(kxk_arch.format, kxk_target.verify_sig);
	if (ret) {
		kxk_sysfs_remove();
		kxk_refuse(KEXEC_KEYRINGS_REFUSED_INTERNAL,
			   "creating /dev/" KEXEC_KEYRINGS_DEVICE " failed with error %d", ret);
	}
	return ret;
}

static int __init kxk_init(void)
{
	unsigned long verifier;
	enum kxk_engine wanted;
	int ret;

	ret = kxk_parse_parameters(&wanted);
	if (ret)
		return ret;

	ret = kxk_find_target();
	if (ret)
		return ret;

	ret = kxk_symbol_find(kxk_arch.format->verifier, &verifier);
	if (ret)
		return kxk_refuse_symbol(kxk_arch.format->verifier, ret);
	kxk_arch.format->set_verifier(verifier);

	ret = kxk_probe_and_redirect(verifier, wanted);
	if (ret)
		return ret;

	ret = kxk_publish();
	if (ret) {
		kxk_undo();
		return ret;
	}

	kxk_announce();
	if (kxk_state.engine == KXK_ENGINE_FTRACE && !kxk_redirect_permanent())
		pr_warn("kernel.ftrace_enabled=0 would undo the redirect on this kernel\n");
	if (!kxk_state.observing && kxk_redirect_exposed(&kxk_backport))
		pr_warn("a kprobe on %s() would undo the redirect on this kernel, by this engine\n",
			kxk_state.target);
	if (!kxk_redirect_removable()) {
		pr_info("cannot be unloaded: this kernel is preemptible and has no RCU-tasks\n");
		__module_get(THIS_MODULE);
	}
	return 0;
}

static void __exit kxk_exit(void)
{
	char native[KXK_POLICY_TEXT];

	if (kxk_has_device())
		kxk_chardev_remove();
	kxk_sysfs_remove();
	kxk_undo();
	pr_info("unloaded: %s() has its native policy, \"%s\"\n", kxk_state.target,
		kxk_policy_format(&kxk_state.native, native, sizeof(native)));
}

module_init(kxk_init);
module_exit(kxk_exit);

MODULE_DESCRIPTION("The keyrings of Linux 6.0 for kexec_file_load() on older kernels");
MODULE_VERSION(KEXEC_KEYRINGS_VERSION);
MODULE_LICENSE("GPL");
