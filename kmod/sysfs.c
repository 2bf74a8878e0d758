// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/kexec_keyrings
 */
#include <linux/errno.h>
#include <linux/kernfs.h>
#include <linux/kexec_keyrings.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "arch.h"
#include "kexec_keyrings_version.h"
#include "main.h"
#include "report.h"
#include "sysfs.h"

static const struct kxk_state *kxk_shown;
static struct kobject *kxk_dir;
static struct kobject *kxk_stats_dir;

static const char *const kxk_engine_name[] = {
	[KXK_ENGINE_AUTO] = KEXEC_KEYRINGS_ENGINE_NONE,
	[KXK_ENGINE_FTRACE] = KEXEC_KEYRINGS_ENGINE_FTRACE,
	[KXK_ENGINE_KPROBE] = KEXEC_KEYRINGS_ENGINE_KPROBE,
};

static ssize_t kxk_show_line(char *buf, const char *text)
{
	return scnprintf(buf, PAGE_SIZE, "%s\n", text);
}

static ssize_t kxk_show_policy(char *buf, const struct kxk_policy *policy)
{
	char text[KXK_POLICY_TEXT];

	return kxk_show_line(buf, kxk_policy_format(policy, text, sizeof(text)));
}

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kxk_show_line(buf, KEXEC_KEYRINGS_VERSION);
}

static ssize_t mode_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kxk_show_line(buf, kxk_shown->observing ? KEXEC_KEYRINGS_MODE_OBSERVE :
							 KEXEC_KEYRINGS_MODE_BACKPORT);
}

static ssize_t arch_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kxk_show_line(buf, kxk_arch.name);
}

static ssize_t engine_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kxk_show_line(buf, kxk_engine_name[kxk_shown->engine]);
}

static ssize_t target_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kxk_show_line(buf, kxk_shown->target);
}

static ssize_t native_policy_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kxk_show_policy(buf, &kxk_shown->native);
}

static ssize_t active_policy_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kxk_show_policy(buf, &kxk_shown->active);
}

static struct kobj_attribute kxk_version_attr = __ATTR_RO(version);
static struct kobj_attribute kxk_mode_attr = __ATTR_RO(mode);
static struct kobj_attribute kxk_arch_attr = __ATTR_RO(arch);
static struct kobj_attribute kxk_engine_attr = __ATTR_RO(engine);
static struct kobj_attribute kxk_target_attr = __ATTR_RO(target);
static struct kobj_attribute kxk_native_policy_attr = __ATTR_RO(native_policy);
static struct kobj_attribute kxk_active_policy_attr = __ATTR_RO(active_policy);

static struct attribute *kxk_attrs[] = {
	&kxk_version_attr.attr,
	&kxk_mode_attr.attr,
	&kxk_arch_attr.attr,
	&kxk_engine_attr.attr,
	&kxk_target_attr.attr,
	&kxk_native_policy_attr.attr,
	&kxk_active_policy_attr.attr,
	NULL
};

static const struct attribute_group kxk_group = {
	.attrs = kxk_attrs,
};

/* Two of a name, and sysfs warns with a stack trace. */
static bool kxk_sysfs_exists(void)
{
	struct kernfs_node *node = kernfs_find_and_get(kernel_kobj->sd, KEXEC_KEYRINGS_SYSFS_DIR);

	kernfs_put(node);
	return node;
}

int kxk_sysfs_create(const struct kxk_state *state)
{
	int ret;

	if (kxk_sysfs_exists())
		return -EEXIST;

	kxk_shown = state;
	kxk_dir = kobject_create_and_add(KEXEC_KEYRINGS_SYSFS_DIR, kernel_kobj);
	if (!kxk_dir)
		return -ENOMEM;

	ret = sysfs_create_group(kxk_dir, &kxk_group);
	if (ret)
		goto remove;

	/* Verifications that do not come by us cannot be counted. */
	if (!state->observing) {
		kxk_stats_dir = kxk_report_create_files(kxk_dir);
		if (!kxk_stats_dir) {
			ret = -ENOMEM;
			goto remove;
		}
	}
	return 0;

remove:
	kobject_put(kxk_dir);
	return ret;
}

void kxk_sysfs_remove(void)
{
	kobject_put(kxk_stats_dir);
	kobject_put(kxk_dir);
}
