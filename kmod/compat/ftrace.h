/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ftrace callbacks whose program counter can be changed, under the names of
 * current kernels.
 */
#ifndef KXK_COMPAT_FTRACE_H
#define KXK_COMPAT_FTRACE_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>

/*
 * d19ad0775dcd ("ftrace: Have the callbacks receive a struct ftrace_regs
 * instead of pt_regs"), 5.11
 */
#ifndef KXK_HAVE_FTRACE_REGS
#define ftrace_regs pt_regs
#define ftrace_get_regs(fregs) (fregs)
#endif

/*
 * 94d095ffa0e1 ("ftrace: abstract DYNAMIC_FTRACE_WITH_ARGS accesses"), 6.2.
 * Before it, only the full registers have a portable accessor, and a callback
 * gets them where FTRACE_OPS_FL_SAVE_REGS asks for them.
 */
#ifndef KXK_HAVE_FTRACE_REGS_SET_IP
#define ftrace_regs_set_instruction_pointer(fregs, ip) \
	instruction_pointer_set(ftrace_get_regs(fregs), ip)
#endif

#if defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)
#define KXK_FTRACE_CAN_REDIRECT 1
#define KXK_FTRACE_OPS_FL_REGS FTRACE_OPS_FL_SAVE_REGS
#elif defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) && defined(KXK_HAVE_FTRACE_REGS_SET_IP)
#define KXK_FTRACE_CAN_REDIRECT 1
#define KXK_FTRACE_OPS_FL_REGS 0
#else
#define KXK_FTRACE_CAN_REDIRECT 0
#endif

/*
 * 7162431dcf72 ("ftrace: Introduce PERMANENT ftrace_ops flag"), 5.5: without
 * it, kernel.ftrace_enabled=0 takes every callback away and tells nobody.
 */
#ifdef KXK_HAVE_FTRACE_PERMANENT
#define KXK_FTRACE_OPS_FL_PERMANENT FTRACE_OPS_FL_PERMANENT
#else
#define KXK_FTRACE_OPS_FL_PERMANENT 0
#endif

#endif
