// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A machine as JSON. The keys are an interface, documented with `status`: only add. */
#pragma once

#include <nlohmann/json.hpp>

#include "trust/machine.h"

namespace kxk::trust {

using Json = nlohmann::ordered_json;

/** The module's attributes; null where one is not known. */
[[nodiscard]] Json to_json(const ModuleAttributes& module);

/** Everything that `status --json` prints. */
[[nodiscard]] Json to_json(const Machine& machine);

/** Two-space indented text with a newline at its end. Bytes that are not UTF-8 are replaced. */
[[nodiscard]] std::string to_text(const Json& json);

}  // namespace kxk::trust
