// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What the rules of IMA do to kexec images. */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trust/machine.h"

namespace kxk::trust {

/** Which kexec images are meant. */
enum class Extent { none, some, all };

/** A rule that speaks of kexec images. */
struct KexecRule {
    std::string text;    ///< as the kernel writes it
    std::string origin;  ///< "architecture", "command line", "build", "custom"; empty: cannot tell
};

/** All that IMA does to kexec images. An empty optional: cannot tell. */
struct ImaOnKexec {
    std::optional<Extent> measured;
    std::optional<Extent> appraised;
    /// Whether what is appraised is a signature, as far as IMA vouches to a kernel in lockdown.
    std::optional<bool> appraises_signature;
    /// Whether whatever has no attribute security.ima is refused, if the mode is "enforce".
    std::optional<bool> demands_label;
    std::string mode;  ///< of appraisal: "enforce", "log", "fix", "off"; empty: cannot tell
    std::vector<KexecRule> rules;
};

/**
 * Judges the rules in force. A rule without func= speaks of every file, one with conditions (owner,
 * file system, label) of some files. The first rule that fits decides. Source:
 * Documentation/ABI/testing/ima_policy, ima_match_rules() and ima_appraise_signature() in
 * security/integrity/ima/ima_policy.c.
 */
[[nodiscard]] ImaOnKexec judge_ima(const Machine& machine);

/** Whether IMA alone decides about kexec images: on POWER no verifier consults a keyring. */
[[nodiscard]] bool ima_alone_decides(const Machine& machine);

/** "none", "some", "all". */
[[nodiscard]] const char* word_of(Extent extent);

}  // namespace kxk::trust
