// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The kernel log, read as it grows. */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/descriptor.h"

namespace kxk::lab {

/** Whether a line of the kernel log tells of a fault in the kernel. */
[[nodiscard]] bool is_trouble(std::string_view line);

/** Reader of /dev/kmsg. */
class KernelLog {
  public:
    /** From the first line that the kernel still has. Throws std::system_error. */
    KernelLog();

    /** Lines that came since the last call. */
    [[nodiscard]] std::vector<std::string> news();

  private:
    Descriptor records_;
};

}  // namespace kxk::lab
