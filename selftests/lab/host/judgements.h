// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Judgements: what `kexec-keyrings verify` tells of the image of each signer, held against what
 * the kernel did with it and against the policy. The functions are pure.
 */
#pragma once

#include <string>
#include <string_view>

#include "host/cells.h"
#include "host/conf.h"
#include "trust/policy.h"

namespace kxk::lab {

/** How the module knows which keyrings were consulted. */
enum class Witness {
    kretprobe,    ///< it looked on (mode=observe)
    replacement,  ///< it did that itself (mode=backport)
};

/** Adds the steps for the images of all signers to a plan. */
void add_judgements(Plan& plan, const std::string& phase);

/** What the companion said, such as "refused ENOKEY: builtin ENOKEY"; else why that is unclear. */
[[nodiscard]] std::string judgement_in(const StepResult& result);

/** What it must say of an image, given the keyrings that the kernel consults. */
[[nodiscard]] std::string expected_judgement(std::string_view signer, const trust::Policy& policy,
                                             Signature form, Witness witness);

/**
 * Holds the judgements of a phase against the policy, and against a column: an image must be
 * accepted by both or by none. (Which errno the column has is a matter of lockdown.)
 */
[[nodiscard]] Complaints compare_judgements(const Outcome& outcome, const std::string& phase,
                                            const Column& column, const std::string& policy,
                                            Signature form, Witness witness);

}  // namespace kxk::lab
