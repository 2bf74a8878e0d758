/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting until no task is left in text that is about to go away.
 */
#ifndef KXK_COMPAT_RCU_H
#define KXK_COMPAT_RCU_H

#include <linux/kconfig.h>
#include <linux/rcupdate.h>

/*
 * A task that was preempted inside our text is waited for by RCU-tasks alone.
 * Without preemption an ordinary grace period is enough, and then the kernel
 * defines synchronize_rcu_tasks() to be one.
 *
 * a50a3f4b6a31 ("sched/rt, Kconfig: Introduce CONFIG_PREEMPT_RT"), 5.3:
 * PREEMPTION comes beside PREEMPT.
 */
#define KXK_CAN_WAIT_FOR_TASKS							\
	(IS_ENABLED(CONFIG_TASKS_RCU) ||					\
	 !(IS_ENABLED(CONFIG_PREEMPTION) || IS_ENABLED(CONFIG_PREEMPT)))

#endif
