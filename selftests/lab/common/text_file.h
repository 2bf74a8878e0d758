// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Whole files, and the error that goes with a failed system call. */
#pragma once

#include <string>
#include <string_view>

namespace kxk::lab {

/** Contents of a file, also of one in /proc or /sys. Throws std::system_error. */
[[nodiscard]] std::string read_file(const std::string& path);

/** Replaces a file's contents; makes it where it is missing. Throws std::system_error. */
void write_file(const std::string& path, std::string_view contents);

/** Throws the std::system_error of the present errno; `what` names the operation and its object. */
[[noreturn]] void throw_errno(const std::string& what);

}  // namespace kxk::lab
