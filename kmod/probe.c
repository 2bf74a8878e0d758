// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ask a function that verifies images which keyrings it consults.
 *
 * Nothing in a kernel's version or configuration tells that. So we call the
 * function, with a sample image, while the low-level verifier beneath it is
 * redirected, for this task alone, to a recorder. The recorder notes which
 * keyring the verifier was told to consult, and answers that no key was found
 * there (-ENOKEY), which is what makes a function go on to its next keyring.
 * The sequence that was noted is the policy. Nothing is verified, and nobody
 * else's verification is touched.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat/verification.h"
#include "probe.h"

static struct {
	struct kxk_redirect recorder;
	const struct kxk_format *format;
	const struct task_struct *asking;
	struct kxk_policy seen;
	bool strange;
} kxk_probe;

bool kxk_probe_is_asking(void)
{
	return READ_ONCE(kxk_probe.asking) == current;
}

bool kxk_probe_keyring(const struct key *trusted_keys, enum kxk_keyring *keyring)
{
	if (!trusted_keys)
		*keyring = KXK_BUILTIN;
	else if (trusted_keys == VERIFY_USE_SECONDARY_KEYRING)
		*keyring = KXK_SECONDARY;
	else if (trusted_keys == VERIFY_USE_PLATFORM_KEYRING)
		*keyring = KXK_PLATFORM;
	else
		return false;
	return true;
}

void kxk_probe_note(const struct key *trusted_keys, bool known_use)
{
	bool entered = kxk_redirect_enter(&kxk_probe.recorder);
	struct kxk_policy *seen = &kxk_probe.seen;

	if (known_use && seen->count < KXK_POLICY_MAX &&
	    kxk_probe_keyring(trusted_keys, &seen->keyring[seen->count]))
		seen->count++;
	else
		kxk_probe.strange = true;

	kxk_redirect_leave(&kxk_probe.recorder, entered);
}

int kxk_probe_begin(const struct kxk_format *format, unsigned long verifier,
		    enum kxk_engine engine)
{
	int ret;

	memset(&kxk_probe, 0, sizeof(kxk_probe));
	kxk_probe.format = format;
	kxk_probe.recorder.function = verifier;
	kxk_probe.recorder.replacement = format->recorder;
	kxk_probe.recorder.only = current;

	ret = kxk_redirect_install(&kxk_probe.recorder, engine);
	if (!ret)
		WRITE_ONCE(kxk_probe.asking, current);
	return ret;
}

int kxk_probe_ask(kxk_verify_sig_t *verify_sig, struct kxk_policy *policy)
{
	int ret;

	memset(&kxk_probe.seen, 0, sizeof(kxk_probe.seen));
	kxk_probe.strange = false;

	ret = verify_sig(kxk_probe.format->sample, kxk_probe.format->sample_size);

	*policy = kxk_probe.seen;
	if (kxk_redirect_overridden(&kxk_probe.recorder))
		return -EBUSY;
	if (!policy->count && !kxk_probe.strange && !ret)
		return -ENODATA;
	if (!policy->count && !kxk_probe.strange && ret == -EKEYREJECTED)
		return ret;
	if (!policy->count || kxk_probe.strange || ret != -ENOKEY)
		return -EBADMSG;
	return 0;
}

void kxk_probe_end(void)
{
	WRITE_ONCE(kxk_probe.asking, NULL);
	kxk_redirect_remove(&kxk_probe.recorder);
}
