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
#include "trust/verdict.h"

namespace kxk::cmd {

/** What commands are told that reason about a machine and an image. */
struct MachineOptions {
    std::string system;                     ///< what `status --json` printed elsewhere, or empty
    std::string native;                     ///< the native policy, if somebody states it
    std::vector<std::string> certificates;  ///< files with certificates that the signer's may be in
};

/** Adds --system, --cert and --native. */
void add_machine_options(CLI::App& command, MachineOptions& options);

/** What was stated of the kernel by itself: a policy, or nothing. */
[[nodiscard]] trust::Verifier stated_verifier(const MachineOptions& options);

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

}  // namespace kxk::cmd
