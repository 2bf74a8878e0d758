// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/kernel_log.h"

#include <gtest/gtest.h>

namespace kxk::lab {
namespace {

TEST(KernelLog, KnowsTrouble) {
    for (const char* line : {"BUG: kernel NULL pointer dereference, address: 0000000000000008",
                             "Unable to handle kernel paging request at virtual address ffff",
                             "WARNING: CPU: 0 PID: 77 at kernel/kexec_file.c:20 foo+0x1/0x2",
                             "Call Trace:", "rcu: INFO: rcu_preempt self-detected stall on CPU",
                             "watchdog: BUG: soft lockup - CPU#0 stuck for 22s!",
                             "Internal error: Oops: 96000004 [#1] PREEMPT SMP",
                             "INFO: task init:1 blocked for more than 120 seconds."}) {
        EXPECT_TRUE(is_trouble(line)) << line;
    }
}

TEST(KernelLog, KnowsWhatIsHarmless) {
    for (const char* line :
         {"kxk_fixture: loading out-of-tree module taints kernel.",
          "Spectre V2 : WARNING: Unprivileged eBPF is enabled",
          "Lockdown: /init: kexec of unsigned images is restricted; see man kernel_lockdown.7",
          "kexec_keyrings: refused [native]: nothing to do"}) {
        EXPECT_FALSE(is_trouble(line)) << line;
    }
}

}  // namespace
}  // namespace kxk::lab
