// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Another program, as a function from text to text. */
#pragma once

#include <string>
#include <vector>

#include "host/result.h"

namespace kxk::host {

/**
 * Runs a program that PATH finds, without a shell, and waits for its end. Its stderr is ours.
 * @param command its name and arguments: at least one
 * @param input what it reads from stdin
 * @return what it wrote to stdout; ENOENT: there is no such program; EIO: it ended with another
 *         status than 0; else an errno of the system calls
 */
[[nodiscard]] Result<std::string> filter(const std::vector<std::string>& command,
                                         const std::string& input);

}  // namespace kxk::host
