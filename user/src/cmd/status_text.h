// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A machine's status for people. */
#pragma once

#include <string>

#include "trust/machine.h"

namespace kxk::cmd {

/** One screen of aligned lines. */
[[nodiscard]] std::string status_text(const trust::Machine& machine, bool colour);

}  // namespace kxk::cmd
