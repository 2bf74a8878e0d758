/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kexec_keyrings

#if !defined(KXK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KXK_TRACE_H

#include <linux/tracepoint.h>

#include "report.h"

/*
 * One image, judged. "keyrings" is the set that was consulted; the one that
 * accepted, if any did, is the last of them, as the order is always builtin or
 * secondary before platform.
 */
TRACE_EVENT(verify,
	TP_PROTO(const struct kxk_verdict *verdict, unsigned long size, int result),
	TP_ARGS(verdict, size, result),

	TP_STRUCT__entry(
		__field(unsigned long, size)
		__field(unsigned long, keyrings)
		__field(int, result)
	),

	TP_fast_assign(
		unsigned int i;

		__entry->size = size;
		__entry->keyrings = 0;
		for (i = 0; i < verdict->asked.count; i++)
			__entry->keyrings |= 1UL << verdict->asked.keyring[i];
		__entry->result = result;
	),

	TP_printk("size=%lu keyrings=%s result=%d", __entry->size,
		  __print_flags(__entry->keyrings, ",",
				{ 1UL << KXK_BUILTIN, KEXEC_KEYRINGS_BUILTIN },
				{ 1UL << KXK_SECONDARY, KEXEC_KEYRINGS_SECONDARY },
				{ 1UL << KXK_PLATFORM, KEXEC_KEYRINGS_PLATFORM }),
		  __entry->result)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
