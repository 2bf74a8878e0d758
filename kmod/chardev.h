/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_CHARDEV_H
#define KXK_CHARDEV_H

#include "format.h"

/**
 * kxk_chardev_create() - publish /dev/kexec_keyrings
 * @format: how this kernel's images carry signatures
 * @verify_sig: the function of the kernel that decides about them
 *
 * Not to be followed by anything that can fail: the device may be open when
 * this returns, and a module whose init fails is freed whatever holds it.
 *
 * Context: Process. Sleeps.
 * Return: 0 or a negative errno.
 */
int kxk_chardev_create(const struct kxk_format *format, kxk_verify_sig_t *verify_sig);

/**
 * kxk_chardev_remove() - undo kxk_chardev_create()
 *
 * Context: Process. Sleeps. The device is not open, as that holds the module.
 */
void kxk_chardev_remove(void);

#endif
