// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Files that no directory has: what is in them is seen by nobody else, and never left over.
 */
#pragma once

#include <memory>
#include <string_view>

#include "host/system.h"

namespace kxk::host {

/** See System::make_nameless_file(). In memory; ENOSYS where the kernel has no tmpfs. */
[[nodiscard]] Result<std::unique_ptr<NamelessFile>> make_nameless_file(std::string_view content);

}  // namespace kxk::host
