/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_POLICY_H
#define KXK_POLICY_H

#include <linux/kexec_keyrings.h>
#include <linux/types.h>

struct key;
struct kxk_verdict;

/**
 * enum kxk_keyring - the keyrings that a verifier can be told to consult
 * @KXK_BUILTIN: .builtin_trusted_keys alone
 * @KXK_SECONDARY: .secondary_trusted_keys, and what it links to
 * @KXK_PLATFORM: .platform
 * @KXK_NR_KEYRINGS: how many there are
 */
enum kxk_keyring {
	KXK_BUILTIN,
	KXK_SECONDARY,
	KXK_PLATFORM,
	KXK_NR_KEYRINGS
};

/* Twice what any release asks, so that a longer sequence is seen to be strange. */
#define KXK_POLICY_MAX 4

/* A policy in words, at its longest: that often "secondary", blanks between, and the end. */
#define KXK_POLICY_TEXT (KXK_POLICY_MAX * sizeof(KEXEC_KEYRINGS_SECONDARY))

/**
 * struct kxk_policy - the keyrings that are consulted, in order
 * @count: how many; 0 if none is
 * @keyring: which
 */
struct kxk_policy {
	unsigned int count;
	enum kxk_keyring keyring[KXK_POLICY_MAX];
};

extern const struct kxk_policy kxk_policy_6_0;

/**
 * typedef kxk_ask_t - verifies an image against one keyring
 * @image: the image and its signature
 * @size: of both, in bytes
 * @trusted_keys: the keyring, by its name in linux/verification.h
 *
 * Return: 0, -ENOKEY if the keyring has no key of a signer, another errno.
 */
typedef int (*kxk_ask_t)(const void *image, unsigned long size, struct key *trusted_keys);

/**
 * kxk_policy_verify() - is this image trusted, as Linux 6.0 would have it?
 * @ask: the kernel's verifier for this format
 * @image: the image and its signature
 * @size: of both, in bytes
 * @verdict: what was asked and answered; filled in
 *
 * Context: Process. Sleeps.
 * Return: 0 if it is, else the errno of the keyring that was asked last.
 */
int kxk_policy_verify(kxk_ask_t ask, const void *image, unsigned long size,
		      struct kxk_verdict *verdict);

/**
 * kxk_policy_equal() - do two policies consult the same keyrings in one order?
 * @a: one
 * @b: the other
 *
 * Return: true if they do.
 */
bool kxk_policy_equal(const struct kxk_policy *a, const struct kxk_policy *b);

/**
 * kxk_policy_known() - is it a policy that some release of Linux had?
 * @policy: what a function was found to consult
 *
 * Return: true if it is.
 */
bool kxk_policy_known(const struct kxk_policy *policy);

/**
 * kxk_policy_format() - write a policy as user space reads it
 * @policy: what to write
 * @buf: where to
 * @size: of @buf, in bytes; KXK_POLICY_TEXT suffices for every policy
 *
 * Return: @buf, "none" in it for a policy that consults no keyring.
 */
const char *kxk_policy_format(const struct kxk_policy *policy, char *buf, size_t size);

#endif
