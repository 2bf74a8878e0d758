// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The guest itself: what the first process of a system has to set up and to end. */
#pragma once

#include <string>
#include <vector>

#include "common/descriptor.h"
#include "common/plan.h"

namespace kxk::lab {

/** Mounts what programs expect. Throws std::system_error. */
void mount_file_systems();

/** The verdict port, once its drivers are loaded. Throws std::system_error. */
[[nodiscard]] Descriptor open_port(const std::vector<std::string>& drivers);

/** Makes a file from its base. Throws std::system_error. */
void derive_file(const DerivedFile& file);

/** "Linux (none) 5.10.13 ...", as uname -a has it. */
[[nodiscard]] std::string uname_line();

/** The running kernel's release. */
[[nodiscard]] std::string kernel_release();

[[noreturn]] void power_off();

}  // namespace kxk::lab
