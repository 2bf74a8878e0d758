/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures that grow from one version of an interface to the next.
 */
#ifndef KXK_COMPAT_UACCESS_H
#define KXK_COMPAT_UACCESS_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/*
 * f5a1a536fa14 ("lib: introduce copy_struct_from_user() helper"), 5.4: what the
 * caller has beyond our structure must be zero, what it lacks is zero.
 */
#ifndef KXK_HAVE_COPY_STRUCT_FROM_USER
static inline int copy_struct_from_user(void *to, size_t ksize, const void __user *from,
					size_t usize)
{
	const u8 __user *beyond;
	u8 byte;

	for (beyond = (const u8 __user *)from + ksize;
	     beyond < (const u8 __user *)from + usize; beyond++) {
		if (get_user(byte, beyond))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	memset(to, 0, ksize);
	return copy_from_user(to, from, min(ksize, usize)) ? -EFAULT : 0;
}
#endif

#endif
