// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux 6.0 asks about an image, on every architecture:
 *
 *	The secondary keyring, which links to the builtin one, is asked. If it has
 *	no key of a signer, and only then, the platform keyring is asked. Its
 *	answer is final.
 *
 * Any other failure ends the matter: a retry after -EKEYREJECTED could overrule
 * a revocation, a bad digest or a signing time outside the certificate's.
 *
 * arm64 asked builtin alone until 0d519cadf751, s390 platform alone until
 * 0828c4a39be5; x86 has asked this since 5.1, and c903dae8941d made its function
 * the one that all with PE images share. To compare: in 6.0, the end of
 * kexec_kernel_verify_pe_sig() in kernel/kexec_file.c, and of s390_verify_sig().
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kexec_keyrings.h>
#include <linux/string.h>

#include "compat/verification.h"
#include "policy.h"
#include "report.h"

/*
 * It is here twice: as data, and as code. At each load the probe notes what the
 * code asks, and compares that with the data, so that neither can be changed alone.
 * Without CONFIG_INTEGRITY_PLATFORM_KEYRING, 6.0 asks the secondary keyring only.
 */
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

/* Any other was made by somebody for a reason that we do not know. */
static const struct kxk_policy kxk_policies[] = {
	/* x86 up to 4.18; arm64 */
	{ .count = 1, .keyring = { KXK_BUILTIN } },
	/* x86 4.19 and 5.0 */
	{ .count = 1, .keyring = { KXK_SECONDARY } },
	/* s390 */
	{ .count = 1, .keyring = { KXK_PLATFORM } },
	/* x86 since 5.1, all since 6.0 */
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
		scnprintf(buf, size, KEXEC_KEYRINGS_NO_KEYRING);

	for (i = 0; i < policy->count; i++)
		used += scnprintf(buf + used, size - used, "%s%s", i ? " " : "",
				  kxk_keyring_name[policy->keyring[i]]);
	return buf;
}
