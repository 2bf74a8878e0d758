// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The machine that a command is about: this one, or one that was saved. */
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cmd/explanation.h"
#include "cmd/image_file.h"
#include "host/system.h"
#include "trust/machine.h"

namespace kxk::cmd {

/**
 * What is known of a machine.
 * @param path what `status --json` printed on another one; empty: this machine
 */
[[nodiscard]] std::variant<trust::Machine, Explanation> find_machine(const host::System& system,
                                                                     const std::string& path);

/** Certificates that keys on a machine's keyrings may be from: those given and the firmware's. */
[[nodiscard]] std::vector<trust::Certificate> known_certificates(const host::System& system,
                                                                 const std::string& path,
                                                                 const Certificates& given);

/** Why a text is no policy, for CLI11; empty if it is one. */
[[nodiscard]] std::string check_policy(const std::string& text);

}  // namespace kxk::cmd
