// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images with a PKCS#7 signature appended, as modules have it: s390x.
 *
 *	image | PKCS#7 message | struct module_signature | MODULE_SIG_STRING
 *
 * The refusals below are those of s390_verify_sig() (e23a8020ce4e). It reads a
 * struct module_signature before the start of an image that is too short to
 * have one; we do not, and answer as for a signature longer than the image.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "compat/signature.h"
#include "compat/verification.h"
#include "format.h"
#include "probe.h"

/* verify_pkcs7_signature() of linux/verification.h */
typedef int kxk_view_content_t(void *ctx, const void *data, size_t len, size_t asn1hdrlen);
typedef int kxk_verify_pkcs7_t(const void *data, size_t len, const void *raw_pkcs7,
			       size_t pkcs7_len, struct key *trusted_keys,
			       enum key_being_used_for usage, kxk_view_content_t *view_content,
			       void *ctx);

static kxk_verify_pkcs7_t *kxk_verify_pkcs7;

static void kxk_appended_set_verifier(unsigned long address)
{
	kxk_verify_pkcs7 = (kxk_verify_pkcs7_t *)address;
}

static int kxk_appended_record(const void *data, size_t len, const void *raw_pkcs7,
			       size_t pkcs7_len, struct key *trusted_keys,
			       enum key_being_used_for usage, kxk_view_content_t *view_content,
			       void *ctx)
{
	kxk_probe_note(trusted_keys, usage == VERIFYING_MODULE_SIGNATURE);
	return -ENOKEY;
}

/* The size of the message, or a negative errno. */
static long kxk_appended_message(const void *image, unsigned long size)
{
	static const struct module_signature unused;
	const size_t marker_size = sizeof(MODULE_SIG_STRING) - 1;
	struct module_signature trailer;
	const char *end = (const char *)image + size;
	size_t signature_size;

	if (size < marker_size || memcmp(end - marker_size, MODULE_SIG_STRING, marker_size))
		return -EKEYREJECTED;
	end -= marker_size;
	size -= marker_size;

	if (size < sizeof(trailer))
		return -EKEYREJECTED;
	memcpy(&trailer, end - sizeof(trailer), sizeof(trailer));
	size -= sizeof(trailer);

	signature_size = be32_to_cpu(trailer.sig_len);
	if (signature_size >= size || trailer.id_type != PKEY_ID_PKCS7)
		return -EKEYREJECTED;

	/* Only the two fields that were just read may be set. */
	trailer.id_type = unused.id_type;
	trailer.sig_len = unused.sig_len;
	if (memcmp(&trailer, &unused, sizeof(trailer)))
		return -EBADMSG;
	return signature_size;
}

static int kxk_appended_check(const void *image, unsigned long size)
{
	long message_size = kxk_appended_message(image, size);

	return message_size < 0 ? message_size : 0;
}

static int kxk_appended_ask(const void *image, unsigned long size, struct key *trusted_keys)
{
	long message_size = kxk_appended_message(image, size);
	const char *message;

	if (message_size < 0)
		return message_size;
	size -= message_size + sizeof(struct module_signature) + sizeof(MODULE_SIG_STRING) - 1;
	message = (const char *)image + size;
	return kxk_verify_pkcs7(image, size, message, message_size, trusted_keys,
				VERIFYING_MODULE_SIGNATURE, NULL, NULL);
}

/* Two bytes, signed by one: enough for arch code to go and ask. */
static const struct {
	char image[2];
	char signature[1];
	struct module_signature trailer;
	char marker[sizeof(MODULE_SIG_STRING) - 1];
} __packed kxk_appended_sample = {
	.trailer = {
		.id_type = PKEY_ID_PKCS7,
		.sig_len = cpu_to_be32(sizeof(kxk_appended_sample.signature)),
	},
	.marker = MODULE_SIG_STRING,
};

const struct kxk_format kxk_format_appended = {
	.verifier = "verify_pkcs7_signature",
	.verifier_keyring = 4,
	.set_verifier = kxk_appended_set_verifier,
	.recorder = (unsigned long)kxk_appended_record,
	.check = kxk_appended_check,
	.ask = kxk_appended_ask,
	.sample = &kxk_appended_sample,
	.sample_size = sizeof(kxk_appended_sample),
	.shortest = sizeof(struct module_signature) + sizeof(MODULE_SIG_STRING) - 1,
};
