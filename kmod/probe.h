/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_PROBE_H
#define KXK_PROBE_H

#include "format.h"
#include "policy.h"
#include "redirect.h"

/**
 * kxk_probe_begin() - make ready to ask, as this task
 * @format: whose low-level verifier to listen at
 * @verifier: its address
 * @engine: what to redirect it with
 *
 * Context: Process. Sleeps. One task at a time.
 * Return: 0 or the errno of kxk_redirect_install().
 */
int kxk_probe_begin(const struct kxk_format *format, unsigned long verifier,
		    enum kxk_engine engine);

/**
 * kxk_probe_ask() - which keyrings does this function consult?
 * @verify_sig: the function
 * @policy: the answer
 *
 * Between kxk_probe_begin() and kxk_probe_end(), by the same task.
 *
 * Context: Process. Sleeps.
 * Return: 0; -EBUSY if somebody sets the program counter back at the low-level
 *	   verifier; -ENODATA if it accepted an image without consulting a keyring,
 *	   -EKEYREJECTED if it refused one so, with this errno,
 *	   -EBADMSG if it consulted what we do not know or did not take our answer.
 */
int kxk_probe_ask(kxk_verify_sig_t *verify_sig, struct kxk_policy *policy);

/**
 * kxk_probe_end() - undo kxk_probe_begin()
 *
 * Context: Process. Sleeps.
 */
void kxk_probe_end(void);

/**
 * kxk_probe_is_asking() - is it this task's probe that a function was called by?
 *
 * Return: true if so: nothing is verified, and nothing is to be counted.
 */
bool kxk_probe_is_asking(void);

/**
 * kxk_probe_keyring() - which keyring is a verifier told to consult?
 * @trusted_keys: its argument, a name of linux/verification.h
 * @keyring: the answer; untouched on failure
 *
 * Context: Any.
 * Return: false if it is none that we know.
 */
bool kxk_probe_keyring(const struct key *trusted_keys, enum kxk_keyring *keyring);

/**
 * kxk_probe_note() - for recorders: the verifier was called
 * @trusted_keys: the keyring that it was told to consult
 * @known_use: whether the use it was told of is the one for kexec
 */
void kxk_probe_note(const struct key *trusted_keys, bool known_use);

#endif
