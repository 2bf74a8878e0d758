// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the arch's ->verify_sig is replaced by.
 *
 * An image whose form the arch would have refused is refused as there. Any other is
 * judged by the policy of Linux 6.0, and that is told: unless the module itself asked,
 * to find out what is in force.
 */
#include <linux/ktime.h>

#include "arch.h"
#include "format.h"
#include "observe.h"
#include "policy.h"
#include "probe.h"
#include "report.h"
#include "verify.h"

struct kxk_redirect kxk_backport;

int kxk_verify_sig(const char *image, unsigned long size)
{
	bool entered = kxk_redirect_enter(&kxk_backport);
	struct kxk_verdict verdict = { .since = ktime_get_ns() };
	const struct kxk_format *format = kxk_arch.format;
	int ret;

	ret = format->check ? format->check(image, size) : 0;
	if (!ret)
		ret = kxk_policy_verify(format->ask, image, size, &verdict);
	if (!kxk_probe_is_asking() && !kxk_observe_take(&verdict))
		kxk_report(&verdict, size, ret);
	kxk_redirect_leave(&kxk_backport, entered);
	return ret;
}
