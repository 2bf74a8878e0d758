/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_TARGET_H
#define KXK_TARGET_H

#include "format.h"

/**
 * struct kxk_target - the function that decides about an image
 * @name: of the function
 * @address: its entry
 * @verify_sig: calls it
 * @refuses_all: it consults no keyring, as no loader that it could ask can verify
 */
struct kxk_target {
	const char *name;
	unsigned long address;
	kxk_verify_sig_t *verify_sig;
	bool refuses_all;
};

/**
 * kxk_target_find() - which function is it on this kernel?
 * @target: filled in; the name also on failure
 *
 * Context: Process. Sleeps.
 * Return: 0 or an errno of kxk_symbol_find().
 */
int kxk_target_find(struct kxk_target *target);

/**
 * kxk_target_replacement() - what the function is to be replaced by
 * @target: the function
 * @verify_sig: what decides from then on
 *
 * Context: Any. Of one target at a time.
 * Return: the address of @verify_sig, or of what calls it, with the prototype of the function.
 */
unsigned long kxk_target_replacement(const struct kxk_target *target,
				     kxk_verify_sig_t *verify_sig);

#endif
