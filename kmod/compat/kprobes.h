/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kprobes whose pre-handler changes the program counter.
 */
#ifndef KXK_COMPAT_KPROBES_H
#define KXK_COMPAT_KPROBES_H

#include <linux/kprobes.h>

/*
 * cce188bd58cf ("bpf/error-inject/kprobes: Clear current_kprobe and enable
 * preempt in kprobe"), 4.19: before it, a pre-handler that returned 1 had to
 * clear the current kprobe and enable preemption itself, in ways that differed
 * between architectures. The break handler of jprobes went away in the same
 * series, so headers that have it are those of a kernel from before.
 */
#ifdef KXK_HAVE_KPROBE_BREAK_HANDLER
#define KXK_KPROBE_CAN_REDIRECT 0
#else
#define KXK_KPROBE_CAN_REDIRECT 1
#endif

/*
 * On s390, a kprobe that is built on ftrace sets the program counter back to its
 * function, whatever another callback there has done to it: anybody's kprobe
 * would undo a redirect by ftrace, unseen. Two kprobes of one function respect
 * each other. (x86 leaves the program counter alone; arm64 has no such kprobes.)
 */
#if defined(CONFIG_S390) && defined(CONFIG_KPROBES_ON_FTRACE)
#define KXK_KPROBE_OVERRIDES_FTRACE 1
#else
#define KXK_KPROBE_OVERRIDES_FTRACE 0
#endif

#endif
