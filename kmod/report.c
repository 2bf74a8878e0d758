// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a verification leaves behind: counters in sysfs, a trace event and an
 * audit record.
 */
#include <linux/atomic.h>
#include <linux/audit.h>
#include <linux/errno.h>
#include <linux/kexec_keyrings.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/sysfs.h>

#include "report.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

void kxk_verdict_add(struct kxk_verdict *verdict, enum kxk_keyring keyring, int answer)
{
	struct kxk_policy *asked = &verdict->asked;
	u64 now = ktime_get_ns();

	if (asked->count == KXK_POLICY_MAX)
		return;
	asked->keyring[asked->count] = keyring;
	verdict->answer[asked->count] = answer;
	verdict->nanoseconds[asked->count++] = now - verdict->since;
	verdict->since = now;
}

/**
 * struct kxk_counter - one file in stats/
 * @attr: the file
 * @value: what it shows
 */
struct kxk_counter {
	struct kobj_attribute attr;
	atomic64_t value;
};

static ssize_t kxk_counter_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct kxk_counter *counter = container_of(attr, struct kxk_counter, attr);

	return scnprintf(buf, PAGE_SIZE, "%lld\n", (long long)atomic64_read(&counter->value));
}

#define KXK_COUNTER(_name)							\
	static struct kxk_counter kxk_##_name = {				\
		.attr = __ATTR(_name, 0444, kxk_counter_show, NULL),		\
	}

KXK_COUNTER(verifications);
KXK_COUNTER(accepted);
KXK_COUNTER(secondary_accepted);
KXK_COUNTER(platform_accepted);
KXK_COUNTER(enokey);
KXK_COUNTER(ekeyrejected);
KXK_COUNTER(enodata);
KXK_COUNTER(enopkg);
KXK_COUNTER(other);

static struct attribute *kxk_counter_attrs[] = {
	&kxk_verifications.attr.attr,
	&kxk_accepted.attr.attr,
	&kxk_secondary_accepted.attr.attr,
	&kxk_platform_accepted.attr.attr,
	&kxk_enokey.attr.attr,
	&kxk_ekeyrejected.attr.attr,
	&kxk_enodata.attr.attr,
	&kxk_enopkg.attr.attr,
	&kxk_other.attr.attr,
	NULL
};

static const struct attribute_group kxk_counter_group = {
	.attrs = kxk_counter_attrs,
};

static struct kxk_counter *kxk_counter_of(int result)
{
	switch (result) {
	case 0:
		return &kxk_accepted;
	case -ENOKEY:
		return &kxk_enokey;
	case -EKEYREJECTED:
		return &kxk_ekeyrejected;
	case -ENODATA:
		return &kxk_enodata;
	case -ENOPKG:
		return &kxk_enopkg;
	default:
		return &kxk_other;
	}
}

static void kxk_count(const struct kxk_verdict *verdict, int result)
{
	unsigned int i;

	atomic64_inc(&kxk_verifications.value);
	atomic64_inc(&kxk_counter_of(result)->value);
	for (i = 0; i < verdict->asked.count; i++) {
		if (verdict->answer[i])
			continue;
		if (verdict->asked.keyring[i] == KXK_SECONDARY)
			atomic64_inc(&kxk_secondary_accepted.value);
		else if (verdict->asked.keyring[i] == KXK_PLATFORM)
			atomic64_inc(&kxk_platform_accepted.value);
	}
}

void kxk_report(const struct kxk_verdict *verdict, unsigned long size, int result)
{
	char asked[KXK_POLICY_TEXT];

	kxk_count(verdict, result);
	trace_verify(verdict, size, result);
	audit_log(audit_context(), GFP_KERNEL, AUDIT_KERNEL_OTHER,
		  "module=kexec_keyrings op=verify keyrings=\"%s\" size=%lu errno=%d res=%d",
		  kxk_policy_format(&verdict->asked, asked, sizeof(asked)), size, -result,
		  !result);
}

struct kobject *kxk_report_create_files(struct kobject *parent)
{
	struct kobject *stats = kobject_create_and_add("stats", parent);

	if (stats && sysfs_create_group(stats, &kxk_counter_group)) {
		kobject_put(stats);
		stats = NULL;
	}
	return stats;
}
