// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kexec_keyrings: what would kexec_file_load(2) say of this image?
 *
 * The image is read to memory as kexec_file_load() does it, and shown to the
 * function that decides there, called as it is called there: where calls are
 * redirected, so is this one. What the caller gets is that function's verdict. No
 * kernel is loaded, nothing is measured by IMA, nothing counted in stats/.
 *
 * One image at a time, whoever asks: that bounds the memory that the device
 * takes. The others wait, and can be interrupted.
 */
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kexec_keyrings.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "chardev.h"
#include "compat/uaccess.h"
#include "observe.h"

static const struct kxk_format *kxk_chardev_format;
static kxk_verify_sig_t *kxk_chardev_verify_sig;
static DEFINE_MUTEX(kxk_chardev_busy);

/* What kexec_file_load() of every kernel takes, and PE verifiers can; some take more. */
#define KXK_IMAGE_SIZE_MAX INT_MAX

/* How much is read between two looks for a signal */
#define KXK_READ_SIZE SZ_1M

static int kxk_read_content(struct file *file, char *image, size_t size)
{
	size_t have = 0;
	loff_t pos = 0;
	ssize_t got;

	while (have < size) {
		if (fatal_signal_pending(current))
			return -EINTR;
		got = kernel_read(file, image + have, min_t(size_t, size - have, KXK_READ_SIZE),
				  &pos);
		if (got < 0)
			return got;
		if (!got)
			return -EIO;
		have += got;
		cond_resched();
	}
	/* Those who write on another machine are not kept from it. */
	return i_size_read(file_inode(file)) == size ? 0 : -EIO;
}

/* A file that nobody may write to meanwhile. */
static int kxk_read_image(struct file *file, char **image, size_t *size)
{
	loff_t file_size = i_size_read(file_inode(file));
	int ret;

	if (file_size < (loff_t)max_t(size_t, kxk_chardev_format->shortest, 1))
		return -EINVAL;
	if (file_size > KXK_IMAGE_SIZE_MAX)
		return -EFBIG;
	/* Allocating more than there is would cost others their lives first. */
	if (PFN_UP(file_size) >= si_mem_available())
		return -ENOMEM;

	*size = file_size;
	*image = vmalloc(*size);
	if (!*image)
		return -ENOMEM;
	ret = kxk_read_content(file, *image, *size);
	if (ret)
		vfree(*image);
	return ret;
}

static int kxk_read_denying_writes(struct file *file, char **image, size_t *size)
{
	int ret;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (!S_ISREG(file_inode(file)->i_mode))
		return -EINVAL;
	ret = deny_write_access(file);
	if (ret)
		return ret;
	ret = kxk_read_image(file, image, size);
	allow_write_access(file);
	return ret;
}

static int kxk_read_fd(int fd, char **image, size_t *size)
{
	struct file *file = fget(fd);
	int ret;

	if (!file)
		return -EBADF;
	ret = kxk_read_denying_writes(file, image, size);
	fput(file);
	return ret;
}

static const __u32 kxk_keyring_id[KXK_NR_KEYRINGS] = {
	[KXK_BUILTIN] = KEXEC_KEYRINGS_ID_BUILTIN,
	[KXK_SECONDARY] = KEXEC_KEYRINGS_ID_SECONDARY,
	[KXK_PLATFORM] = KEXEC_KEYRINGS_ID_PLATFORM,
};

static void kxk_answer(struct kexec_keyrings_verify *answer, int ret,
		       const struct kxk_observation *seen)
{
	const struct kxk_verdict *verdict = &seen->verdict;
	unsigned int i;

	BUILD_BUG_ON(KXK_POLICY_MAX > KEXEC_KEYRINGS_CONSULTED_MAX);

	answer->error = -ret;
	answer->nanoseconds = seen->nanoseconds;
	answer->known = seen->known;
	for (i = 0; seen->known && i < verdict->asked.count; i++) {
		answer->consulted[i].keyring = kxk_keyring_id[verdict->asked.keyring[i]];
		answer->consulted[i].error = -verdict->answer[i];
		answer->consulted[i].nanoseconds = verdict->nanoseconds[i];
		answer->count++;
	}
}

static int kxk_verify_fd(int fd, struct kexec_keyrings_verify *answer)
{
	struct kxk_observation seen;
	char *image;
	size_t size;
	int ret;

	ret = kxk_read_fd(fd, &image, &size);
	if (ret)
		return ret;
	ret = kxk_observe_verify(kxk_chardev_verify_sig, image, size, &seen);
	vfree(image);
	kxk_answer(answer, ret, &seen);
	return 0;
}

static long kxk_ioctl_verify(void __user *user)
{
	struct kexec_keyrings_verify question, answer = { .size = sizeof(answer) };
	u32 size;
	int ret;

	BUILD_BUG_ON(sizeof(answer) != KEXEC_KEYRINGS_VERIFY_SIZE_VER0);
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < KEXEC_KEYRINGS_VERIFY_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&question, sizeof(question), user, size);
	if (ret)
		return ret;
	if (question.flags)
		return -EINVAL;

	if (mutex_lock_interruptible(&kxk_chardev_busy))
		return -ERESTARTSYS;
	ret = kxk_verify_fd(question.fd, &answer);
	mutex_unlock(&kxk_chardev_busy);
	if (ret)
		return ret;

	answer.fd = question.fd;
	return copy_to_user(user, &answer, min_t(size_t, size, sizeof(answer))) ? -EFAULT : 0;
}

static long kxk_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	if (command != KEXEC_KEYRINGS_VERIFY)
		return -ENOTTY;
	return kxk_ioctl_verify((void __user *)argument);
}

#ifdef CONFIG_COMPAT

static long kxk_compat_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	return kxk_ioctl(file, command, (unsigned long)compat_ptr(argument));
}

#define KXK_COMPAT_IOCTL kxk_compat_ioctl

#else

#define KXK_COMPAT_IOCTL NULL

#endif

/* The right that kexec_file_load() asks for. */
static int kxk_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_BOOT) ? nonseekable_open(inode, file) : -EPERM;
}

static const struct file_operations kxk_chardev_fops = {
	.owner = THIS_MODULE,
	.open = kxk_open,
	.unlocked_ioctl = kxk_ioctl,
	.compat_ioctl = KXK_COMPAT_IOCTL,
};

static struct miscdevice kxk_chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KEXEC_KEYRINGS_DEVICE,
	.mode = 0600,
	.fops = &kxk_chardev_fops,
};

int kxk_chardev_create(const struct kxk_format *format, kxk_verify_sig_t *verify_sig)
{
	kxk_chardev_format = format;
	kxk_chardev_verify_sig = verify_sig;
	return misc_register(&kxk_chardev);
}

void kxk_chardev_remove(void)
{
	misc_deregister(&kxk_chardev);
}
