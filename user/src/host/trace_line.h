// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Lines of trace_pipe (Documentation/trace/ftrace.rst), as far as kmod/trace.h makes them.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "host/system.h"

namespace kxk::host {

/** An image that was judged for a kexec_file_load(2). */
struct TracedVerification {
    std::uint64_t microseconds = 0;  ///< since boot, by the clock of dmesg
    std::string task;  ///< as it calls itself: any bytes; the kernel pads it with blanks in front
    int pid = 0;
    std::uint64_t size = 0;  ///< of the image with its signature, in bytes
    ImageVerdict verdict;    ///< how long it took is not in the trace
};

/** Events that the kernel had no room for. */
struct LostEvents {
    std::optional<std::uint64_t> count;  ///< nothing: it cannot tell how many
};

/** A line that is none of these. */
struct UnreadableLine {
    std::string text;
};

using TraceLine = std::variant<TracedVerification, LostEvents, UnreadableLine>;

/**
 * Reads a line of trace_pipe, without its newline. All that a task can choose is its name, which
 * stands first: a line is read from its end.
 *
 * Which keyring answered what follows from the module's order: a further one is asked only when
 * those before had no key of the signer, so the verdict is the answer of the last one.
 */
[[nodiscard]] TraceLine parse_trace_line(std::string_view line);

}  // namespace kxk::host
