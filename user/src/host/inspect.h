// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Asks the running system for what trust/machine.h describes. */
#pragma once

#include "host/system.h"
#include "trust/machine.h"

namespace kxk::host {

/** A file that contains one number, 0 or 1 (or N or Y); nothing if it cannot be read or differs. */
[[nodiscard]] std::optional<bool> read_switch(const System& system, const std::string& path);

/** The lockdown mode: "none", "integrity", "confidentiality". */
[[nodiscard]] std::optional<std::string> read_lockdown(const System& system);

/** The options of the running kernel that matter, from wherever its configuration is kept. */
[[nodiscard]] trust::KernelOptions read_kernel_options(const System& system);

/** The architecture as the module names it: "x86_64", "arm64", "s390x"; else uname's word. */
[[nodiscard]] std::string architecture(const System& system);

/** Whether the module is loaded. */
[[nodiscard]] std::optional<bool> is_module_loaded(const System& system);

/** What the loaded module shows of itself. */
[[nodiscard]] trust::ModuleAttributes read_module(const System& system);

/** Everything. Never fails: what cannot be told is left empty. */
[[nodiscard]] trust::Machine inspect_machine(const System& system);

}  // namespace kxk::host
