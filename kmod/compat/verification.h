/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names by which a verifier is told which keyring to consult.
 */
#ifndef KXK_COMPAT_VERIFICATION_H
#define KXK_COMPAT_VERIFICATION_H

#include <linux/kconfig.h>
#include <linux/types.h>
/* Takes it for granted that linux/types.h was there before it. */
#include <linux/verification.h>

struct key;

/*
 * 817aef260037 ("Replace magic for trusting the secondary keyring with
 * #define"), 4.19
 */
#ifndef VERIFY_USE_SECONDARY_KEYRING
#define VERIFY_USE_SECONDARY_KEYRING ((struct key *)1UL)
#endif

/*
 * 278311e417be ("kexec, KEYS: Make use of platform keyring for signature
 * verify"), 5.1. A verifier that does not know the name would take it for a
 * pointer: 5.0 has the keyring, and CONFIG_INTEGRITY_PLATFORM_KEYRING, but not
 * the name.
 */
#if defined(VERIFY_USE_PLATFORM_KEYRING) && IS_ENABLED(CONFIG_INTEGRITY_PLATFORM_KEYRING)
#define KXK_HAVE_PLATFORM_KEYRING 1
#else
#define KXK_HAVE_PLATFORM_KEYRING 0
#endif

#ifndef VERIFY_USE_PLATFORM_KEYRING
#define VERIFY_USE_PLATFORM_KEYRING ((struct key *)2UL)
#endif

#endif
