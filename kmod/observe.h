/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_OBSERVE_H
#define KXK_OBSERVE_H

#include "format.h"
#include "report.h"

/**
 * struct kxk_observation - what was seen of one verification
 * @verdict: the keyrings that were consulted, and their answers
 * @known: that is all of them; otherwise @verdict means nothing
 * @nanoseconds: how long the verification took
 */
struct kxk_observation {
	struct kxk_verdict verdict;
	bool known;
	u64 nanoseconds;
};

/**
 * kxk_observe_begin() - make ready to see what the low-level verifier is asked
 * @format: whose low-level verifier
 * @verifier: its address
 *
 * Not needed where verifications are redirected.
 *
 * Context: Process. Sleeps.
 * Return: 0; -EOPNOTSUPP if this kernel has no kretprobes, or none that
 *	   kernel.ftrace_enabled=0 leaves alone; an errno of register_kretprobe().
 */
int kxk_observe_begin(const struct kxk_format *format, unsigned long verifier);

/**
 * kxk_observe_end() - undo kxk_observe_begin(), if it was called with success
 *
 * Context: Process. Sleeps.
 */
void kxk_observe_end(void);

/**
 * kxk_observe_verify() - have an image verified, and see how
 * @verify_sig: the function that verifies it
 * @image: the image and its signature
 * @size: of both, in bytes
 * @seen: filled in
 *
 * Context: Process. Sleeps. One task at a time.
 * Return: what @verify_sig returned.
 */
int kxk_observe_verify(kxk_verify_sig_t *verify_sig, const char *image, unsigned long size,
		       struct kxk_observation *seen);

/**
 * kxk_observe_take() - for our replacement: here is the verdict of this task
 * @verdict: which keyrings were consulted
 *
 * Context: Process.
 * Return: true if the task is in kxk_observe_verify(), which has it now.
 */
bool kxk_observe_take(const struct kxk_verdict *verdict);

#endif
