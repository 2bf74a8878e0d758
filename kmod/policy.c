// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy of Linux 6.0, on every architecture (c903dae8941d, 0d519cadf751,
 * 0828c4a39be5):
 *
 *	The secondary keyring, which links to the builtin one, is asked. If it has
 *	no key of a signer, and only then, the platform keyring is asked. Its
 *	answer is final.
 *
 * Any other failure ends the matter: a retry after -EKEYREJECTED could overrule
 * a revocation, a bad digest or a signing time outside the certificate's.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kexec_keyrings.h>
#include <linux/string.h>

#include "compat/verification.h"
#include "policy.h"
#include "report.h"

const struct kxk_policy kxk_policy_6_0 = {
	.count = KXK_HAVE_PLATFORM_KEYRING ? 2 : 1,
	.keyring = { KXK_SECONDARY, KXK_PLATFORM },
};

int kxk_policy_verify(kxk_ask_t ask, const void *image, unsigned long size,
		      struct kxk_verdict *verdict)
{
	int ret;

	ret = ask(image, size, VERIFY_USE_SECONDARY_KEYRING);
	kxk_verdict_add(verdict, KXK_SECONDARY, ret);

	if (ret == -ENOKEY && KXK_HAVE_PLATFORM_KEYRING) {
		ret = ask(image, size, VERIFY_USE_PLATFORM_KEYRING);
		kxk_verdict_add(verdict, KXK_PLATFORM, ret);
	}

	return ret;
}

/* What x86 up to 4.18 and arm64 had, x86 4.19 and 5.0, s390, and all since 6.0. */
static const struct kxk_policy kxk_policies[] = {
	{ .count = 1, .keyring = { KXK_BUILTIN } },
	{ .count = 1, .keyring = { KXK_SECONDARY } },
	{ .count = 1, .keyring = { KXK_PLATFORM } },
	{ .count = 2, .keyring = { KXK_SECONDARY, KXK_PLATFORM } },
};

bool kxk_policy_known(const struct kxk_policy *policy)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kxk_policies); i++)
		if (kxk_policy_equal(policy, &kxk_policies[i]))
			return true;
	return false;
}

bool kxk_policy_equal(const struct kxk_policy *a, const struct kxk_policy *b)
{
	return a->count == b->count &&
	       !memcmp(a->keyring, b->keyring, a->count * sizeof(a->keyring[0]));
}

static const char *const kxk_keyring_name[KXK_NR_KEYRINGS] = {
	[KXK_BUILTIN] = KEXEC_KEYRINGS_BUILTIN,
	[KXK_SECONDARY] = KEXEC_KEYRINGS_SECONDARY,
	[KXK_PLATFORM] = KEXEC_KEYRINGS_PLATFORM,
};

const char *kxk_policy_format(const struct kxk_policy *policy, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	if (!policy->count)
		scnprintf(buf, size, "none");

	for (i = 0; i < policy->count; i++)
		used += scnprintf(buf + used, size - used, "%s%s", i ? " " : "",
				  kxk_keyring_name[policy->keyring[i]]);
	return buf;
}
