// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Records of /dev/kmsg (Documentation/ABI/testing/dev-kmsg), and what the module logs. */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kxk::host {

/** One message of the kernel log. */
struct KernelMessage {
    unsigned facility = 0;  ///< 0: from the kernel; user space cannot write those
    unsigned level = 0;
    std::uint64_t sequence = 0;
    char continuation = '-';  ///< 'c': first fragment of a line, '+': a further one
    std::string text;
};

/** Reads one record; nothing if it is malformed. Escapes are resolved, the dictionary is left out.
 */
[[nodiscard]] std::optional<KernelMessage> parse_kernel_message(std::string_view record);

/**
 * The kernel's own messages among these records: fragments are put together; what is malformed or
 * was written by user space is left out.
 */
[[nodiscard]] std::vector<std::string> kernel_messages(const std::vector<std::string>& records);

/** The module's line about why it will not load. */
struct Refusal {
    std::string code;   ///< as in linux/kexec_keyrings.h, or one that is newer than this program
    std::string words;  ///< for people
};

/** The last refusal among these messages; lines of others and truncated ones do not count. */
[[nodiscard]] std::optional<Refusal> find_refusal(const std::vector<std::string>& messages);

}  // namespace kxk::host
