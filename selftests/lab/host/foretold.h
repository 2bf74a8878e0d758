// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * What `kexec-keyrings explain` says of the images in a guest, held against what the guest's kernel
 * really does.
 */
#pragma once

#include <string>

#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/**
 * What nothing in the guest tells: the policy that the lab's boot parameter gave to the kernel, or
 * the one to state without it. Empty: none needs to be stated.
 */
[[nodiscard]] std::string stated_policy(const Variant& variant);

/** Lets the companion explain the image of each signer. */
void add_explanations(Scenario& scenario, const std::string& phase, const Variant& variant,
                      const ImageNames& names = signer_names());

/** For each image, the errno that was foretold is the one that kexec_file_load(2) gave. */
[[nodiscard]] Expectation foretold(const std::string& phase,
                                   const ImageNames& names = signer_names());

/** Of no image an errno was foretold: what it depends on cannot be seen. */
[[nodiscard]] Expectation not_foretold(const std::string& phase);

/** For each image, the errno that kexec_file_load(2) gave is among those called possible. */
[[nodiscard]] Expectation not_excluded(const std::string& phase, const ImageNames& names);

/** For each image, explain foretold what verify says that the verifier returned. */
[[nodiscard]] Expectation foretold_by_verify(const std::string& phase,
                                             const std::string& verify_phase,
                                             const ImageNames& names);

/**
 * The same as foretold() for what the verifier returned, which lockdown hides from the caller.
 * @param trace step that read the events of the tracepoint, one for each signer
 */
[[nodiscard]] Expectation foretold_by_trace(const std::string& phase, const std::string& trace);

}  // namespace kxk::lab
