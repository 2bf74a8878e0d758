// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Which keyrings a kernel has to consult, for `test` to hold its answers against. */
#pragma once

#include <optional>
#include <string>

#include "trust/machine.h"
#include "trust/policy.h"

namespace kxk::cmd {

/** A policy that somebody may state: "6.0", or keyrings as in "secondary platform". */
[[nodiscard]] std::optional<trust::Policy> parse_expected_policy(const std::string& text,
                                                                 const trust::Machine& machine);

/** What a kernel must do. */
struct ExpectedPolicy {
    std::optional<trust::Policy> policy;  ///< nothing: it cannot even be guessed
    bool certain = false;                 ///< whether another policy is a failure
    std::string because;                  ///< half a sentence
};

/**
 * The policy that counts on a machine: the one that was stated; Linux 6.0's where the module
 * redirects, and on every kernel since 6.0; what the module has learnt from an older kernel; or
 * else a guess from the release.
 * @param stated as for parse_expected_policy(); empty: nobody has
 */
[[nodiscard]] ExpectedPolicy expected_policy(const trust::Machine& machine,
                                             const std::string& stated);

}  // namespace kxk::cmd
