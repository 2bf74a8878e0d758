// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Errnos by their names. */
#pragma once

#include <string>

namespace kxk::trust {

/**
 * The name of an errno.
 * @param error positive
 * @return such as "ENODEV"; "errno 123" of one that neither the module nor kexec_file_load(2) gives
 */
[[nodiscard]] std::string errno_name(int error);

}  // namespace kxk::trust
