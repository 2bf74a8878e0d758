// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Judgements: what `kexec-keyrings verify` tells of the image of each signer, held against what
 * the kernel did with it and against the policy. The functions are pure.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/cells.h"
#include "host/conf.h"
#include "trust/policy.h"

namespace kxk::lab {

/** Adds the steps to a plan. */
void add_judgements(Plan& plan, const std::string& phase, const ImageNames& names = signer_names());

/** The errno that the companion says the verifier returned; nothing where it says something else.
 */
[[nodiscard]] std::optional<int> verifier_in(const Outcome& outcome, const std::string& phase,
                                             std::string_view name);

/** What the companion said, such as "refused ENOKEY: builtin ENOKEY"; else why that is unclear. */
[[nodiscard]] std::string judgement_in(const StepResult& result);

/** What it must say of an image, given the keyrings that the kernel consults. */
[[nodiscard]] std::string expected_judgement(std::string_view signer, const trust::Policy& policy,
                                             Signature form);

/**
 * Holds the judgements of a phase against a column alone: an image must be accepted by both or by
 * none.
 */
[[nodiscard]] Complaints compare_with_loads(const Outcome& outcome, const std::string& phase,
                                            const Column& column, const ImageNames& names);

/**
 * Holds the judgements of a phase against the policy, and against a column: an image must be
 * accepted by both or by none. (Which errno the column has is a matter of lockdown.)
 */
[[nodiscard]] Complaints compare_judgements(const Outcome& outcome, const std::string& phase,
                                            const Column& column, const std::string& policy,
                                            Signature form);

}  // namespace kxk::lab
