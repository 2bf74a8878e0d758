// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/kernel_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/text_file.h"

namespace kxk::lab {

namespace {

/** What faults begin with, or have in them. Whole phrases: drivers like to say "warning". */
constexpr std::array<std::string_view, 17> signs{
    "BUG: ",
    "kernel BUG at",
    "Oops",
    "WARNING: CPU:",
    "WARNING: possible",
    "WARNING: suspicious",
    "Call Trace:",
    "Call trace:",
    "Unable to handle kernel",
    "general protection fault",
    "Internal error:",
    "detected stall",
    "self-detected stall",
    "soft lockup",
    "blocked for more than",
    "Kernel panic",
    "invalid opcode:",
};

}  // namespace

bool is_trouble(std::string_view line) {
    return std::any_of(signs.begin(), signs.end(), [line](std::string_view sign) {
        return line.find(sign) != std::string_view::npos;
    });
}

KernelLog::KernelLog() : records_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    if (!records_) {
        throw_errno("/dev/kmsg");
    }
}

std::vector<std::string> KernelLog::news() {
    std::array<char, 8192> record{};
    std::vector<std::string> lines;

    for (;;) {
        const ssize_t count = ::read(records_.get(), record.data(), record.size());

        if (count < 0 && (errno == EPIPE || errno == EINTR)) {
            continue;  // EPIPE: records were overwritten before we came
        }
        if (count <= 0) {
            return lines;
        }
        // "priority,sequence,time,flags;text", newline, and lines of properties
        std::string_view text(record.data(), static_cast<std::size_t>(count));
        text.remove_prefix(std::min(text.find(';') + 1, text.size()));
        lines.emplace_back(text.substr(0, text.find('\n')));
    }
}

}  // namespace kxk::lab
