/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_REPORT_H
#define KXK_REPORT_H

#include <linux/types.h>

#include "policy.h"

struct kobject;

/**
 * struct kxk_verdict - how one image was judged
 * @asked: the keyrings that were consulted, in order
 * @answer: what each of them answered: 0 or a negative errno
 * @nanoseconds: how long each of them took
 * @since: when the next one was asked, as ktime_get_ns() has it; to be set first
 */
struct kxk_verdict {
	struct kxk_policy asked;
	int answer[KXK_POLICY_MAX];
	u64 nanoseconds[KXK_POLICY_MAX];
	u64 since;
};

/**
 * kxk_verdict_add() - note that a keyring was consulted, and has just answered
 * @verdict: of the image
 * @keyring: which one
 * @answer: 0 or a negative errno
 */
void kxk_verdict_add(struct kxk_verdict *verdict, enum kxk_keyring keyring, int answer);

/**
 * kxk_report() - leave the traces of one verification
 * @verdict: which keyrings were consulted
 * @size: of the image with its signature, in bytes
 * @result: what kexec_file_load(2) is told: 0 or a negative errno
 *
 * Counts it, passes it to the tracepoint kexec_keyrings:verify, and writes an
 * audit record where auditing is on.
 *
 * Context: Process. May sleep.
 */
void kxk_report(const struct kxk_verdict *verdict, unsigned long size, int result);

/**
 * kxk_report_create_files() - publish the counters
 * @parent: the directory that stats/ goes into
 *
 * Context: Process. May sleep.
 * Return: stats/, to be put before @parent is, or NULL if memory ran out.
 */
struct kobject *kxk_report_create_files(struct kobject *parent);

#endif
