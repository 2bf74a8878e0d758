// SPDX-License-Identifier: GPL-2.0-only
/*
 * PE images with Authenticode signatures: x86_64, arm64.
 */
#include <linux/errno.h>

#include "compat/verification.h"
#include "format.h"
#include "probe.h"

/* verify_pefile_signature() of linux/verification.h; it is not exported */
typedef int kxk_verify_pe_t(const void *pebuf, unsigned int pelen, struct key *trusted_keys,
			    enum key_being_used_for usage);

static kxk_verify_pe_t *kxk_verify_pe;

static void kxk_pe_set_verifier(unsigned long address)
{
	kxk_verify_pe = (kxk_verify_pe_t *)address;
}

static int kxk_pe_record(const void *pebuf, unsigned int pelen, struct key *trusted_keys,
			 enum key_being_used_for usage)
{
	kxk_probe_note(trusted_keys, usage == VERIFYING_KEXEC_PE_SIGNATURE);
	return -ENOKEY;
}

static int kxk_pe_ask(const void *image, unsigned long size, struct key *trusted_keys)
{
	return kxk_verify_pe(image, size, trusted_keys, VERIFYING_KEXEC_PE_SIGNATURE);
}

/* Arch code hands PE images on without a look. */
static const char kxk_pe_sample[] = "MZ";

const struct kxk_format kxk_format_pe = {
	.verifier = "verify_pefile_signature",
	.verifier_keyring = 2,
	.set_verifier = kxk_pe_set_verifier,
	.recorder = (unsigned long)kxk_pe_record,
	.ask = kxk_pe_ask,
	.sample = kxk_pe_sample,
	.sample_size = sizeof(kxk_pe_sample),
};
