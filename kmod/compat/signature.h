/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is behind an appended signature.
 *
 * c8424e776b09 ("MODSIGN: Export module signature definitions"), 5.4: it has a header.
 * s390x verified such images before (e23a8020ce4e, 5.2), by definitions of its own of the
 * same form, which is that of the files, and cannot change.
 */
#ifndef KXK_COMPAT_SIGNATURE_H
#define KXK_COMPAT_SIGNATURE_H

#ifdef KXK_HAVE_MODULE_SIGNATURE

#include <linux/module_signature.h>

#else

#include <linux/module.h>
#include <linux/types.h>

#define PKEY_ID_PKCS7 2

struct module_signature {
	u8 algo;
	u8 hash;
	u8 id_type;
	u8 signer_len;
	u8 key_id_len;
	u8 padding[3];
	__be32 sig_len;
};

/* linux/module.h had it, where modules can be signed. */
#ifndef MODULE_SIG_STRING
#define MODULE_SIG_STRING "~Module signature appended~\n"
#endif

#endif

#endif
