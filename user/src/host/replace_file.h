// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Writing a file so that nothing is lost. */
#pragma once

#include <string>
#include <string_view>

namespace kxk::host {

/**
 * Puts content in the place of a file, or makes the file: all of it, or nothing. It is written
 * to a temporary file in the same directory, which is then renamed. A file that was there before
 * keeps its mode and owner; a symbolic link stays, and what it points to is replaced; other hard
 * links keep the old content.
 *
 * Meanwhile SIGINT, SIGTERM and SIGHUP wait: one of them before the renaming undoes everything.
 * @return 0 or an errno: EINTR for such a signal, EISDIR for a directory, EINVAL for anything
 *         else that is not a regular file, EPERM when the owner cannot be kept
 */
[[nodiscard]] int replace_file(const std::string& path, std::string_view content);

}  // namespace kxk::host
