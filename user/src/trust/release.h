// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * The kernel's release, and what it suggests. Distributions carry patches both ways, so that a
 * release is never taken for an answer: nothing that is decided, and no exit status, depends on it.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "trust/policy.h"

namespace kxk::trust {

/** Such as 5.15.0-85-generic: version 5, patchlevel 15, sublevel 0, suffix "-85-generic". */
struct Release {
    unsigned version = 0;
    unsigned patchlevel = 0;
    unsigned sublevel = 0;
    std::string suffix;

    [[nodiscard]] bool is_at_least(unsigned other_version, unsigned other_patchlevel) const {
        return version != other_version ? version > other_version : patchlevel >= other_patchlevel;
    }
};

/** Reads what uname(2) says; nothing where it does not begin with two numbers. */
[[nodiscard]] std::optional<Release> parse_release(std::string_view text);

/** A policy that a kernel may have. */
struct PolicyGuess {
    std::optional<Policy> policy;  ///< nothing: it verifies no kexec images
    std::string because;           ///< half a sentence
};

/**
 * What the kernels of an architecture and release mostly consult (ea93102f3224, 278311e417be,
 * 0d519cadf751, 0828c4a39be5 and where stable trees took them); nothing where that is too unsure
 * even for a guess.
 * @param arch in the words of trust/machine.h
 */
[[nodiscard]] std::optional<PolicyGuess> guess_policy(std::string_view arch,
                                                      std::string_view release);

}  // namespace kxk::trust
