/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_VERIFY_H
#define KXK_VERIFY_H

#include "redirect.h"

/* By which calls come to kxk_verify_sig() */
extern struct kxk_redirect kxk_backport;

/**
 * kxk_verify_sig() - the verdict of Linux 6.0 on an image
 * @image: the image and its signature
 * @size: of both, in bytes
 *
 * Context: Process. Sleeps. Called in the stead of the arch's ->verify_sig.
 * Return: 0 if it is trusted, else the errno of Linux 6.0.
 */
int kxk_verify_sig(const char *image, unsigned long size);

#endif
