// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * What a guest answers: lines of JSON on the verdict port, one message each.
 */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kxk::lab {

/** What came of a step. */
struct StepResult {
    std::string id;
    int error = 0;       ///< errno of the step's system call; 0 when it succeeded
    int status = 0;      ///< of a program that was run: exit status, 128 + signal if killed
    std::string output;  ///< of a program: standard output; of a file: its text
    std::string errors;  ///< of a program: standard error
    std::map<std::string, std::string> values;  ///< of anything that answers more than one question
    /** Lines in the kernel log meanwhile: of the module, or all where an image was loaded. */
    std::vector<std::string> log;
    std::int64_t nanoseconds = 0;  ///< what it took
};

/** The kernel is up and the plan was read. */
struct Hello {
    std::string release;
};

/** A line of the kernel log that no healthy kernel writes. */
struct Trouble {
    std::string line;
};

/** A kernel that was booted by kexec is up. */
struct SecondKernel {
    std::string uname;
    std::string command_line;
    std::uint64_t dump_size = 0;  ///< of /proc/vmcore, in bytes; 0 unless the first one crashed
};

/** All is said; `complete` is false when the guest had to give up before the end of the plan. */
struct Done {
    bool complete = false;
    std::string reason;
};

using Message = std::variant<Hello, StepResult, Trouble, SecondKernel, Done>;

/** One line, with its newline. Bytes that are not UTF-8 are replaced. */
[[nodiscard]] std::string format_message(const Message& message);

/** Throws std::invalid_argument for a line that format_message() does not write. */
[[nodiscard]] Message parse_message(std::string_view line);

}  // namespace kxk::lab
