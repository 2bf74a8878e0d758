// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The name of a sub-command that others have to know. */
#pragma once

namespace kxk::cmd {

/** Its wrong usage must not be a verdict to git, see Exit::broken. */
inline constexpr const char* bisect_command = "bisect";

}  // namespace kxk::cmd
