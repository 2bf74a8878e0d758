// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file From an image and a machine to the reason of the verdict, and what can be done about it.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/explanation.h"
#include "trust/verdict.h"

namespace kxk::cmd {

/** How it is known which keyrings a kernel consults. */
enum class PolicySource {
    probe,      ///< the module asked the kernel
    stated,     ///< on the command line
    config,     ///< the kernel's configuration: its loader cannot verify
    release,    ///< no more than a guess, from the kernel's release
    linux_6_0,  ///< that is what the module is for
    unknown,
};

/** One kernel's word on the image: the kernel as it is by itself, or with the module. */
struct Side {
    std::optional<trust::Policy> policy;
    PolicySource source = PolicySource::unknown;
    std::string because;                  ///< of a guess
    std::optional<bool> loader_verifies;  ///< false: it refuses every image, whoever signed it
    trust::Prediction prediction;

    /** Whether the image is loaded. A guess counts only where every other policy agrees. */
    trust::Answer loads = trust::Answer::cannot_tell;
};

/** Everything that `explain` tells. */
struct Report {
    trust::ImageFacts image;
    trust::Machine machine;
    std::vector<trust::Voucher> vouchers;
    trust::Enforcement enforcement;
    Side native;
    Side with_module;
    bool module_in_force = false;

    /** The side that counts at this moment. */
    [[nodiscard]] const Side& now() const { return module_in_force ? with_module : native; }
};

/**
 * Reasons about an image.
 * @param known certificates that may be those of keys on the keyrings
 * @param stated of the kernel by itself, if somebody knows it who has no module to tell
 */
[[nodiscard]] Report make_report(trust::ImageFacts image, trust::Machine machine,
                                 const std::vector<trust::Certificate>& known,
                                 const trust::Verifier& stated);

/** Why the image is accepted or refused at this moment, and the remedy. Always has an answer. */
[[nodiscard]] Explanation explain_verdict(const Report& report);

/** The word for a source, such as "probe". */
[[nodiscard]] std::string_view word_of(PolicySource source);

}  // namespace kxk::cmd
