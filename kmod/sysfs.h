/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_SYSFS_H
#define KXK_SYSFS_H

struct kxk_state;

/**
 * kxk_sysfs_create() - publish what the module is and does
 * @state: what to show; must stay until kxk_sysfs_remove()
 *
 * Makes /sys/kernel/kexec_keyrings; see Documentation/ABI.
 *
 * Context: Process. Sleeps.
 * Return: 0; -EEXIST if another module has made it; -ENOMEM or another errno of
 *	   sysfs.
 */
int kxk_sysfs_create(const struct kxk_state *state);

/**
 * kxk_sysfs_remove() - undo kxk_sysfs_create()
 *
 * Context: Process. Sleeps: waits for readers.
 */
void kxk_sysfs_remove(void);

#endif
