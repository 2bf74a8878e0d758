// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file From what is known of a failed insertion to its cause and remedy. */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/explanation.h"
#include "host/system.h"

namespace kxk::cmd {

/** All that was seen of a failed insertion. An empty optional: could not be seen. */
struct LoadFailure {
    host::InsertResult result;
    std::optional<std::vector<std::string>> messages;  ///< of the kernel, meanwhile
    std::string release;
    std::string engine;  ///< the one asked for
    bool by_path = false;
    bool may_load_modules = true;
    std::optional<bool> modules_disabled;
    std::optional<std::string> lockdown;
    std::optional<bool> ftrace_enabled;
    std::optional<std::vector<std::string>> live_patches;
    std::optional<bool> headers_installed;
};

/** Looks at the system for what an explanation may need. */
[[nodiscard]] LoadFailure collect_load_failure(const host::System& system,
                                               const host::InsertResult& result);

/** Why the module is not in, and what to do about it. Always has an answer. */
[[nodiscard]] Explanation explain_load_failure(const LoadFailure& failure);

}  // namespace kxk::cmd
