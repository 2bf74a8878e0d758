// SPDX-License-Identifier: GPL-2.0-only
/*
 * Send the calls of one kernel function to another function, and undo it.
 *
 * 1. An engine stops every call at the function's entry, before it has touched
 *    registers or stack, and sets the program counter to the replacement, which
 *    then returns to the caller in the function's stead.
 * 2. The replacement begins with kxk_redirect_enter(): the call is counted, and
 *    takes a reference to the module, so that rmmod is refused (EWOULDBLOCK)
 *    until kxk_redirect_leave(). Not earlier: a kprobe of somebody else's at the
 *    same place may set the program counter back (s390 does where kprobes are
 *    built on ftrace), and a call that never arrives would be waited for
 *    without end.
 * 3. To undo: take the engine away, so that no call is stopped any more; wait for
 *    RCU-tasks, after which every call that was stopped has been counted, for
 *    nothing sleeps in between; wait until the count is zero; and for RCU-tasks
 *    once more, as a task may have been preempted between kxk_redirect_leave()
 *    and its last instruction in here. The count matters beside the reference
 *    because a failing module_init frees the module whatever its references.
 *
 * Where there is ftrace, both engines are exclusive by FTRACE_OPS_FL_IPMODIFY: a
 * live patch of the function is not overridden, and cannot override us. A kprobe
 * has a callback beside it for that, which does nothing.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/wait_bit.h>

#include "compat/rcu.h"
#include "redirect.h"

/* Is the call that was stopped to be redirected? */
static bool kxk_redirect_applies(struct kxk_redirect *r)
{
	if (r->only && r->only != current)
		return false;
	WRITE_ONCE(r->stopped, true);
	return true;
}

bool kxk_redirect_overridden(const struct kxk_redirect *r)
{
	return READ_ONCE(r->stopped) && !READ_ONCE(r->arrived);
}

bool kxk_redirect_enter(struct kxk_redirect *r)
{
	atomic_inc(&r->in_flight);
	WRITE_ONCE(r->arrived, true);
	return try_module_get(THIS_MODULE);
}

void kxk_redirect_leave(struct kxk_redirect *r, bool entered)
{
	if (atomic_dec_and_test(&r->in_flight))
		wake_up_var(&r->in_flight);
	if (entered)
		module_put(THIS_MODULE);
}

bool kxk_redirect_removable(void)
{
	return KXK_CAN_WAIT_FOR_TASKS;
}

bool kxk_redirect_exposed(const struct kxk_redirect *r)
{
	return r->engine == KXK_ENGINE_FTRACE && KXK_KPROBE_OVERRIDES_FTRACE;
}

bool kxk_redirect_permanent(void)
{
	return KXK_FTRACE_OPS_FL_PERMANENT;
}

/*
 * How far behind a function's entry its ftrace location may be: arm64 has up to
 * two instructions before it (the landing pad of BTI; saving the link
 * register), x86_64 the landing pad of IBT.
 */
#define KXK_FTRACE_MAX_OFFSET 8

#if KXK_FTRACE_CAN_REDIRECT

static void notrace kxk_ftrace_redirect(unsigned long ip, unsigned long parent_ip,
					struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct kxk_redirect *r = container_of(ops, struct kxk_redirect, ops);

	if (kxk_redirect_applies(r))
		ftrace_regs_set_instruction_pointer(fregs, r->replacement);
}

/* An empty filter is not allocated. */
static void kxk_ftrace_forget(struct kxk_redirect *r)
{
	ftrace_set_filter_ip(&r->ops, r->location, 1, 0);
}

static int kxk_ftrace_install(struct kxk_redirect *r, ftrace_func_t func, unsigned long flags)
{
	unsigned long offset;
	int ret = -EINVAL;

	r->ops.func = func;
	r->ops.flags = flags | KXK_FTRACE_OPS_FL_PERMANENT;

	/* -EINVAL: not here. Anything else is not a matter of where. */
	for (offset = 0; offset <= KXK_FTRACE_MAX_OFFSET && ret == -EINVAL; offset += 4) {
		r->location = r->function + offset;
		ret = ftrace_set_filter_ip(&r->ops, r->location, 0, 0);
	}
	if (ret)
		return ret;

	ret = register_ftrace_function(&r->ops);
	if (ret)
		kxk_ftrace_forget(r);
	return ret;
}

static int kxk_ftrace_redirect_install(struct kxk_redirect *r)
{
	return kxk_ftrace_install(r, kxk_ftrace_redirect,
				  KXK_FTRACE_OPS_FL_REGS | FTRACE_OPS_FL_IPMODIFY);
}

static void kxk_ftrace_remove(struct kxk_redirect *r)
{
	int ret = unregister_ftrace_function(&r->ops);

	/*
	 * Fails where ftrace has found the kernel's text not to be what it left
	 * there, and does nothing any more (ftrace_disabled). What becomes of the
	 * function's entry is then out of anybody's hands.
	 */
	if (!WARN_ON(ret))
		kxk_ftrace_forget(r);
}

#else

static int kxk_ftrace_redirect_install(struct kxk_redirect *r)
{
	return -EOPNOTSUPP;
}

static void kxk_ftrace_remove(struct kxk_redirect *r)
{
}

#endif

#if KXK_FTRACE_CAN_REDIRECT

static void notrace __maybe_unused kxk_ftrace_nothing(unsigned long ip, unsigned long parent_ip,
						      struct ftrace_ops *ops,
						      struct ftrace_regs *fregs)
{
}

#endif

/*
 * Where kprobes are built on ftrace, kernel.ftrace_enabled=0 would take ours
 * away, and then it could not be unregistered. A permanent callback that does
 * nothing, beside it, forbids that; without one the engine is not to be had.
 */
#if !defined(CONFIG_KPROBES_ON_FTRACE)

int kxk_redirect_pin(struct kxk_redirect *r)
{
	return 0;
}

void kxk_redirect_unpin(struct kxk_redirect *r)
{
}

#elif KXK_FTRACE_CAN_REDIRECT && defined(KXK_HAVE_FTRACE_PERMANENT)

int kxk_redirect_pin(struct kxk_redirect *r)
{
	return kxk_ftrace_install(r, kxk_ftrace_nothing, 0);
}

void kxk_redirect_unpin(struct kxk_redirect *r)
{
	kxk_ftrace_remove(r);
}

#else

int kxk_redirect_pin(struct kxk_redirect *r)
{
	return -EOPNOTSUPP;
}

void kxk_redirect_unpin(struct kxk_redirect *r)
{
}

#endif

/*
 * A kprobe does not own its function: a live patch comes in beside it, and one
 * that is not built on ftrace overrides a live patch. So the callback that does
 * nothing owns it. (A post-handler would make one that is built on ftrace exclusive,
 * too. But if another kprobe without one is there before it, as those of tracers
 * are, 5.10 arms the two as that one, and disarms them as ours: it fails to, and
 * goes on to use what was freed.)
 */
#if KXK_FTRACE_CAN_REDIRECT && \
	(defined(KXK_HAVE_FTRACE_PERMANENT) || !defined(CONFIG_KPROBES_ON_FTRACE))

static int kxk_kprobe_own(struct kxk_redirect *r)
{
	return kxk_ftrace_install(r, kxk_ftrace_nothing,
				  KXK_FTRACE_OPS_FL_REGS | FTRACE_OPS_FL_IPMODIFY);
}

static void kxk_kprobe_disown(struct kxk_redirect *r)
{
	kxk_ftrace_remove(r);
}

#else

/* There is no ftrace, or none that could not be switched off. */
static int kxk_kprobe_own(struct kxk_redirect *r)
{
	return kxk_redirect_pin(r);
}

static void kxk_kprobe_disown(struct kxk_redirect *r)
{
	kxk_redirect_unpin(r);
}

#endif

/* Returning 1 says that the program counter was changed: no single-step. */
static int kxk_kprobe_redirect(struct kprobe *kp, struct pt_regs *regs)
{
	struct kxk_redirect *r = container_of(kp, struct kxk_redirect, kp);

	if (!kxk_redirect_applies(r))
		return 0;
	instruction_pointer_set(regs, r->replacement);
	return 1;
}

NOKPROBE_SYMBOL(kxk_kprobe_redirect);

/*
 * Keeps the kprobe from being optimised to a jump, which ignores what the
 * pre-handler did to the program counter (0bc11ed5ab60). One that is built on
 * ftrace never is.
 */
static void __maybe_unused kxk_kprobe_not_optimised(struct kprobe *kp, struct pt_regs *regs,
						    unsigned long flags)
{
}

NOKPROBE_SYMBOL(kxk_kprobe_not_optimised);

static int kxk_kprobe_register(struct kprobe *kp)
{
	int ret;

	if (!IS_ENABLED(CONFIG_KPROBES_ON_FTRACE))
		kp->post_handler = kxk_kprobe_not_optimised;

	ret = register_kprobe(kp);
	if (ret || !IS_ENABLED(CONFIG_KPROBES_ON_FTRACE) || kprobe_ftrace(kp))
		return ret;
	unregister_kprobe(kp);
	return -EOPNOTSUPP;
}

static int kxk_kprobe_redirect_install(struct kxk_redirect *r)
{
	int ret;

	if (!KXK_KPROBE_CAN_REDIRECT)
		return -EOPNOTSUPP;

	ret = kxk_kprobe_own(r);
	if (ret)
		return ret;

	r->kp.addr = (kprobe_opcode_t *)r->function;
	r->kp.pre_handler = kxk_kprobe_redirect;
	ret = kxk_kprobe_register(&r->kp);
	if (ret)
		kxk_kprobe_disown(r);
	return ret;
}

static void kxk_kprobe_remove(struct kxk_redirect *r)
{
	unregister_kprobe(&r->kp);
	kxk_kprobe_disown(r);
}

/* What KXK_ENGINE_AUTO tries */
static const enum kxk_engine kxk_redirect_order[] = {
	KXK_KPROBE_OVERRIDES_FTRACE ? KXK_ENGINE_KPROBE : KXK_ENGINE_FTRACE,
	KXK_KPROBE_OVERRIDES_FTRACE ? KXK_ENGINE_FTRACE : KXK_ENGINE_KPROBE,
};

static int kxk_redirect_install_by(struct kxk_redirect *r, enum kxk_engine engine)
{
	r->engine = engine;
	return engine == KXK_ENGINE_FTRACE ? kxk_ftrace_redirect_install(r) :
					     kxk_kprobe_redirect_install(r);
}

int kxk_redirect_install(struct kxk_redirect *r, enum kxk_engine engine)
{
	int ret;

	atomic_set(&r->in_flight, 0);
	r->stopped = false;
	r->arrived = false;

	if (engine != KXK_ENGINE_AUTO)
		return kxk_redirect_install_by(r, engine);

	/* Never the second when the first is there, but owned by another. */
	ret = kxk_redirect_install_by(r, kxk_redirect_order[0]);
	if (ret == -EOPNOTSUPP)
		ret = kxk_redirect_install_by(r, kxk_redirect_order[1]);
	return ret;
}

void kxk_redirect_remove(struct kxk_redirect *r)
{
	if (r->engine == KXK_ENGINE_FTRACE)
		kxk_ftrace_remove(r);
	else
		kxk_kprobe_remove(r);

	synchronize_rcu_tasks();
	wait_var_event(&r->in_flight, !atomic_read(&r->in_flight));
	synchronize_rcu_tasks();
}
