/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How images carry their signatures, and which function of the kernel verifies
 * a signature of that form. That function is the low-level verifier: what
 * arch code decides is only which keyrings to name to it.
 */
#ifndef KXK_FORMAT_H
#define KXK_FORMAT_H

#include <linux/types.h>

#include "policy.h"

/**
 * typedef kxk_verify_sig_t - the ->verify_sig of the kernel's image loaders
 * @image: the image and its signature
 * @size: of both, in bytes
 *
 * Return: 0, or a negative errno
 */
typedef int kxk_verify_sig_t(const char *image, unsigned long size);

/**
 * struct kxk_format - one way to carry a signature
 * @verifier: name of the low-level verifier
 * @verifier_keyring: which of its arguments names the keyring, from 0
 * @set_verifier: told its address, before all else
 * @recorder: has the verifier's prototype; calls kxk_probe_note() and
 *	      answers -ENOKEY
 * @check: says what arch code refuses before it calls the verifier, as ->verify_sig
 *	   does; NULL: nothing
 * @ask: calls the verifier for one keyring
 * @sample: an image from which arch code finds its way to the verifier; what
 *	    it contains is otherwise of no importance, as nothing verifies it
 * @sample_size: in bytes
 * @shortest: arch code reads before the start of an image with fewer bytes
 */
struct kxk_format {
	const char *verifier;
	unsigned int verifier_keyring;
	void (*set_verifier)(unsigned long address);
	unsigned long recorder;
	int (*check)(const void *image, unsigned long size);
	kxk_ask_t ask;
	const void *sample;
	size_t sample_size;
	size_t shortest;
};

extern const struct kxk_format kxk_format_pe;
extern const struct kxk_format kxk_format_appended;

#endif
