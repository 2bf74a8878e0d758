// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The module's device, used in ways that the companion would not. */
#pragma once

#include <string>

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/**
 * Asks the device. Sets error to the errno of the ioctl; when that succeeds, the values "error",
 * "known", "count" and "size" to what it answered.
 */
void ask_device(const AskDevice& question, StepResult& result);

/** Tries to remove a module while its device is open. @return the errno of the removal, or 0 */
[[nodiscard]] int remove_module_while_open(const std::string& name);

}  // namespace kxk::lab
