// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What follows from what is known of a machine. Pure functions: they run on saved ones too.
 */
#pragma once

#include <string>
#include <string_view>

#include "trust/machine.h"

namespace kxk::trust {

/** The three answers that every question has. */
enum class Answer { yes, no, cannot_tell };

/** Whether there is a module for this architecture, in the words of trust/machine.h. */
[[nodiscard]] bool is_served(std::string_view arch);

/** The policy in force, if the module is there to tell it and the words are known. */
[[nodiscard]] std::optional<Policy> active_policy(const Machine& machine);

/** Whether the module is there and redirects. */
[[nodiscard]] bool is_module_in_force(const Machine& machine);

/**
 * Whether the loader of the kernel can verify images, as it is without the module. One that cannot
 * refuses every image, whoever signed it.
 */
[[nodiscard]] std::optional<bool> loader_verifies(const Machine& machine);

/** The same with the module, which verifies in the loader's stead on arm64. */
[[nodiscard]] std::optional<bool> loader_verifies_with_module(const Machine& machine);

/** Whether kexec images get the verdict of Linux 6.0 on this machine. */
[[nodiscard]] Answer has_policy_of_linux_6_0(const Machine& machine);

/** Whether keys on this keyring can vouch for a kexec image; nothing when that cannot be told. */
[[nodiscard]] std::optional<bool> vouches(const Machine& machine, const KeyringState& keyring);

/** The same under a policy that need not be the one in force. */
[[nodiscard]] std::optional<bool> vouches(const Machine& machine, Keyring keyring,
                                          const std::optional<Policy>& policy);

/** What somebody who wants the verdict of Linux 6.0 should do next: one sentence. */
[[nodiscard]] std::string next_step(const Machine& machine);

}  // namespace kxk::trust
