// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The guests that judge mutants: one that the module redirects, and both references. */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/mutator.h"
#include "host/catalogue.h"
#include "host/fuzz_bases.h"
#include "host/scenario.h"

namespace kxk::lab {

/** What is to be judged. */
struct FuzzWork {
    std::vector<FuzzBase> bases;
    std::uint64_t seed = 0;
    std::uint64_t count = 0;  ///< of images, the first one is number 0
};

/** The guests, in this order. */
enum class FuzzGuest {
    subject,    ///< the module redirects, half of the images by each of its engines
    same_code,  ///< reference A: the same code with the policy of 6.0 in its source
    native      ///< reference B: 6.1
};

/** Every one of them. */
inline constexpr FuzzGuest fuzz_guests[] = {FuzzGuest::subject, FuzzGuest::same_code,
                                            FuzzGuest::native};

/** What a guest does; its keyrings have what the catalogue says. */
[[nodiscard]] Scenario fuzz_scenario(FuzzGuest guest, const Arch& arch, const Catalogue& catalogue,
                                     const FuzzWork& work);

/** The answers of a guest, a line for each image; fewer where it did not come that far. */
[[nodiscard]] std::vector<std::string> fuzz_answers(const Outcome& outcome);

/** The fingerprints of the images that a guest has judged, see guest/fuzz.h. */
[[nodiscard]] std::vector<std::string> fuzz_fingerprints(const Outcome& outcome);

/** What these are for images that this machine makes. */
[[nodiscard]] std::vector<std::string> own_fingerprints(const Mutator& mutator,
                                                        const Scenario& scenario);

/** The guest came to its end and judged all images, and its kernel had no fault. */
[[nodiscard]] Complaints fuzz_ended_well(const Outcome& outcome, const FuzzWork& work);

}  // namespace kxk::lab
