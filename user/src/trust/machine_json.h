// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A machine as JSON. The keys are an interface, documented with `status`: only add. */
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "trust/machine.h"

namespace kxk::trust {

using Json = nlohmann::ordered_json;

/** The module's attributes; null where one is not known. */
[[nodiscard]] Json to_json(const ModuleAttributes& module);

/** Everything that `status --json` prints. */
[[nodiscard]] Json to_json(const Machine& machine);

/** A machine that was read from JSON, or why not. */
struct MachineReading {
    std::optional<Machine> machine;
    std::string problem;  ///< a sentence without its full stop, when there is no machine
};

/**
 * Reads what `status --json` printed, on this machine or another. What is null or missing cannot be
 * told; keys that this version does not know are passed over.
 */
[[nodiscard]] MachineReading machine_from_json(std::string_view text);

/** Two-space indented text with a newline at its end. Bytes that are not UTF-8 are replaced. */
[[nodiscard]] std::string to_text(const Json& json);

/** The same on one line, for JSON Lines. */
[[nodiscard]] std::string to_line(const Json& json);

}  // namespace kxk::trust
