// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The names of sub-commands that others have to know. */
#pragma once

namespace kxk::cmd {

/** Its wrong usage must not be a verdict to git, see Exit::broken. */
inline constexpr const char* bisect_command = "bisect";

/** It tells of all the others. */
inline constexpr const char* completion_command = "completion";

}  // namespace kxk::cmd
