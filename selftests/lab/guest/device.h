// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The module's device, used in ways that the companion would not. */
#pragma once

#include <linux/kexec_keyrings.h>

#include <optional>
#include <string>

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/** Where the device is. */
inline constexpr const char* device_path = "/dev/" KEXEC_KEYRINGS_DEVICE;

/**
 * Asks the device. Sets error to the errno of the ioctl; when that succeeds, the values "error",
 * "known", "count" and "size" to what it answered.
 */
void ask_device(const AskDevice& question, StepResult& result);

/**
 * Asks the device about a file, as a well-behaved program does.
 * @return the errno of the verdict, 0 when accepted; nothing when there is no device; and where the
 *         device has no answer, its errno as a negative number
 */
[[nodiscard]] std::optional<int> ask_device_about(const std::string& file);

/** The same by descriptors that are open already. */
[[nodiscard]] int ask_device_by(int device, int file);

/** Tries to remove a module while its device is open. @return the errno of the removal, or 0 */
[[nodiscard]] int remove_module_while_open(const std::string& name);

}  // namespace kxk::lab
