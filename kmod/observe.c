// SPDX-License-Identifier: GPL-2.0-only
/*
 * See which keyrings the kernel consults for one image, and what each answers,
 * without having a hand in it.
 *
 * 1. A kretprobe on the low-level verifier notes, for the one task that wants to
 *    know, which keyring each call is told to consult, and what it returns.
 * 2. To have noted nothing is no proof that there was nothing: a probe that is
 *    hit within another one is missed, and root can disarm them all. So the task
 *    calls the verifier itself, before and after what it wants to know of. The
 *    consultations are known if both of these calls were seen as they were made,
 *    no miss was counted, and the last answer is what the function returned.
 * 3. Where calls are redirected, the replacement knows what it consulted. It
 *    hands that over, and there is no kretprobe.
 *
 * What is seen here comes from a task that holds the module by an open file. So
 * no call that a kretprobe follows is in flight when the probe is taken away.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "arch.h"
#include "observe.h"
#include "probe.h"
#include "redirect.h"

static struct {
	const struct task_struct *task;
	struct kxk_verdict verdict;
	bool handed_over;
	bool strange;
} kxk_observed;

static bool kxk_observe_is_watching(void)
{
	return READ_ONCE(kxk_observed.task) == current;
}

static void kxk_observe_restart(void)
{
	memset(&kxk_observed.verdict, 0, sizeof(kxk_observed.verdict));
	kxk_observed.verdict.since = ktime_get_ns();
}

#ifdef CONFIG_KRETPROBES

static const struct kxk_format *kxk_observed_format;
static struct kxk_redirect kxk_observe_pin;

/* Another task's call is not followed to its return. */
static int kxk_observe_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	enum kxk_keyring *keyring = (enum kxk_keyring *)ri->data;
	unsigned long trusted_keys;

	if (!kxk_observe_is_watching())
		return 1;

	trusted_keys = kxk_arch_argument(regs, kxk_observed_format->verifier_keyring);
	if (kxk_observed.verdict.asked.count == KXK_POLICY_MAX ||
	    !kxk_probe_keyring((const struct key *)trusted_keys, keyring)) {
		kxk_observed.strange = true;
		return 1;
	}
	kxk_observed.verdict.since = ktime_get_ns();
	return 0;
}

NOKPROBE_SYMBOL(kxk_observe_entry);

static int kxk_observe_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const enum kxk_keyring *keyring = (const enum kxk_keyring *)ri->data;

	kxk_verdict_add(&kxk_observed.verdict, *keyring, (int)regs_return_value(regs));
	return 0;
}

NOKPROBE_SYMBOL(kxk_observe_return);

static struct kretprobe kxk_observe_probe = {
	.entry_handler = kxk_observe_entry,
	.handler = kxk_observe_return,
	.data_size = sizeof(enum kxk_keyring),
	.maxactive = 16,
};

int kxk_observe_begin(const struct kxk_format *format, unsigned long verifier)
{
	int ret;

	kxk_observe_pin.function = verifier;
	ret = kxk_redirect_pin(&kxk_observe_pin);
	if (ret)
		return ret;

	kxk_observe_probe.kp.symbol_name = format->verifier;
	ret = register_kretprobe(&kxk_observe_probe);
	if (ret) {
		kxk_redirect_unpin(&kxk_observe_pin);
		return ret;
	}
	kxk_observed_format = format;
	return 0;
}

void kxk_observe_end(void)
{
	if (!kxk_observed_format)
		return;
	unregister_kretprobe(&kxk_observe_probe);
	kxk_redirect_unpin(&kxk_observe_pin);
	kxk_observed_format = NULL;
}

static unsigned long kxk_observe_missed(void)
{
	return kxk_observe_probe.nmissed + kxk_observe_probe.kp.nmissed;
}

/* Is a call seen that we make ourselves? */
static bool kxk_observe_works(void)
{
	const struct kxk_format *format = kxk_observed_format;
	const struct kxk_verdict *verdict = &kxk_observed.verdict;
	int ret;

	if (!format)
		return false;
	kxk_observe_restart();
	ret = format->ask(format->sample, format->sample_size, NULL);
	return verdict->asked.count == 1 && verdict->asked.keyring[0] == KXK_BUILTIN &&
	       verdict->answer[0] == ret;
}

#else

int kxk_observe_begin(const struct kxk_format *format, unsigned long verifier)
{
	return -EOPNOTSUPP;
}

void kxk_observe_end(void)
{
}

static unsigned long kxk_observe_missed(void)
{
	return 0;
}

static bool kxk_observe_works(void)
{
	return false;
}

#endif

int kxk_observe_verify(kxk_verify_sig_t *verify_sig, const char *image, unsigned long size,
		       struct kxk_observation *seen)
{
	const struct kxk_verdict *verdict = &seen->verdict;
	unsigned long missed = kxk_observe_missed();
	bool works;
	u64 start;
	int ret;

	kxk_observed.handed_over = false;
	kxk_observed.strange = false;
	WRITE_ONCE(kxk_observed.task, current);

	works = kxk_observe_works();
	kxk_observe_restart();
	start = ktime_get_ns();
	ret = verify_sig(image, size);
	seen->nanoseconds = ktime_get_ns() - start;
	seen->verdict = kxk_observed.verdict;
	works = works && kxk_observe_works();

	WRITE_ONCE(kxk_observed.task, NULL);

	seen->known = kxk_observed.handed_over ||
		      (works && !kxk_observed.strange && missed == kxk_observe_missed() &&
		       (!verdict->asked.count ||
			verdict->answer[verdict->asked.count - 1] == ret));
	return ret;
}

bool kxk_observe_take(const struct kxk_verdict *verdict)
{
	if (!kxk_observe_is_watching())
		return false;
	kxk_observed.verdict = *verdict;
	kxk_observed.handed_over = true;
	return true;
}
