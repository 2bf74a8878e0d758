// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The system calls that load a kernel for kexec. Nothing that they load is left loaded. */
#pragma once

#include <string>

#include "host/system.h"

namespace kxk::host {

/** See System::try_kernel(). */
[[nodiscard]] LoadTrial try_kernel(const std::string& path);

/** See System::ask_kexec_load(). */
[[nodiscard]] int ask_kexec_load();

}  // namespace kxk::host
