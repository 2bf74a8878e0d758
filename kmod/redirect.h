/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KXK_REDIRECT_H
#define KXK_REDIRECT_H

#include <linux/atomic.h>
#include "compat/ftrace.h"
#include "compat/kprobes.h"

struct task_struct;

/**
 * enum kxk_engine - what changes the program counter at a function's entry
 * @KXK_ENGINE_AUTO: one of the others that this kernel has; the safer one
 * @KXK_ENGINE_FTRACE: an ftrace callback
 * @KXK_ENGINE_KPROBE: the pre-handler of a kprobe
 */
enum kxk_engine {
	KXK_ENGINE_AUTO,
	KXK_ENGINE_FTRACE,
	KXK_ENGINE_KPROBE,
};

/**
 * struct kxk_redirect - calls of one function, sent to another
 * @function: the entry of the function
 * @replacement: where its calls go instead; has the same prototype, begins with
 *		 kxk_redirect_enter(), and ends with kxk_redirect_leave()
 * @only: the task whose calls are redirected, or NULL for every task's
 * @engine: what redirects, once kxk_redirect_install() has succeeded
 */
struct kxk_redirect {
	unsigned long function;
	unsigned long replacement;
	const struct task_struct *only;

	enum kxk_engine engine;

	/* private: of redirect.c */
	atomic_t in_flight;
	bool stopped;
	bool arrived;
	unsigned long location;
	struct ftrace_ops ops;
	struct kprobe kp;
};

/**
 * kxk_redirect_install() - start to redirect
 * @r: what, and whereto; zeroed otherwise
 * @engine: by what
 *
 * Context: Process. Sleeps.
 * Return: 0; -EOPNOTSUPP if this kernel cannot redirect with that engine, -EBUSY
 *	   if another user changes the program counter of the function or
 *	   kernel.ftrace_enabled is 0, -EINVAL if the function cannot be
 *	   instrumented, -ENOMEM.
 */
int kxk_redirect_install(struct kxk_redirect *r, enum kxk_engine engine);

/**
 * kxk_redirect_remove() - stop to redirect, and wait until nobody is left
 * @r: what kxk_redirect_install() was successful with
 *
 * When this returns, no task executes the replacement, nor ever will, and none
 * will return into it.
 *
 * Context: Process. Sleeps, as long as a call in flight takes.
 */
void kxk_redirect_remove(struct kxk_redirect *r);

/**
 * kxk_redirect_enter() - a call of the replacement begins
 * @r: which redirect it came by
 *
 * The first thing that a replacement does. From here on the call is waited for.
 *
 * Context: Process.
 * Return: for kxk_redirect_leave(): false if the module is on its way out.
 */
bool kxk_redirect_enter(struct kxk_redirect *r);

/**
 * kxk_redirect_leave() - a call of the replacement ends
 * @r: which redirect it came by
 * @entered: what kxk_redirect_enter() returned
 *
 * The last thing that a replacement does.
 *
 * Context: Process.
 */
void kxk_redirect_leave(struct kxk_redirect *r, bool entered);

/**
 * kxk_redirect_pin() - keep kernel.ftrace_enabled from taking kprobes away
 * @r: with the function at whose entry they are; zeroed otherwise, and nothing
 *     is redirected by it
 *
 * Context: Process. Sleeps.
 * Return: 0; -EOPNOTSUPP if this kernel's kprobes need that and it cannot be
 *	   had, or an errno of kxk_redirect_install().
 */
int kxk_redirect_pin(struct kxk_redirect *r);

/**
 * kxk_redirect_unpin() - undo kxk_redirect_pin()
 * @r: what it was successful with
 *
 * Context: Process. Sleeps.
 */
void kxk_redirect_unpin(struct kxk_redirect *r);

/**
 * kxk_redirect_removable() - can kxk_redirect_remove() keep its promise here?
 *
 * Return: false on a kernel where a task that was preempted in the replacement
 *	   cannot be waited for; the module must then stay.
 */
bool kxk_redirect_removable(void);

/**
 * kxk_redirect_overridden() - does somebody send the calls back?
 * @r: by which a call was redirected
 *
 * Return: true if calls were stopped, and none has come to the replacement.
 */
bool kxk_redirect_overridden(const struct kxk_redirect *r);

/**
 * kxk_redirect_exposed() - could somebody send them back later?
 * @r: what is installed
 *
 * Return: true on a kernel where a kprobe on the function does that, to this
 *	   engine.
 */
bool kxk_redirect_exposed(const struct kxk_redirect *r);

/**
 * kxk_redirect_permanent() - is a redirect by ftrace safe from ftrace_enabled?
 *
 * Return: false on a kernel where kernel.ftrace_enabled=0 undoes it unasked.
 */
bool kxk_redirect_permanent(void);

#endif
