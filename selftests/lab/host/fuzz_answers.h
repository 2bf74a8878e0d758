// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The answers of guests about mutants, held against each other. Pure functions. */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/mutator.h"
#include "host/cells.h"

namespace kxk::lab {

/** A line for each image, see guest/fuzz.h. */
using FuzzAnswers = std::vector<std::string>;

/** How often there was each answer. */
[[nodiscard]] std::map<std::string, std::size_t> distribution_of(const FuzzAnswers& answers);

/** "accepted by secondary", "ENOKEY of secondary and platform": a line for people. */
[[nodiscard]] std::string words_of_answer(const std::string& answer);

/** An image that is not as it should be. */
struct FuzzFinding {
    std::uint64_t number = 0;
    std::string text;
};

/** Numbers of the images that two guests do not judge in the same way, or not at all. */
[[nodiscard]] std::vector<std::uint64_t> differing(const FuzzAnswers& a, const FuzzAnswers& b,
                                                   std::uint64_t count);

/** Where the newer kernel judges otherwise, and why. */
struct FuzzExplanations {
    std::map<std::string, std::size_t> explained;  ///< by cause
    std::vector<std::uint64_t> unexplained;        ///< numbers of images
};

/** Explains all that differs between 5.10.13 and 6.1. */
[[nodiscard]] FuzzExplanations explain_differences(const Mutator& mutator, const FuzzAnswers& older,
                                                   const FuzzAnswers& newer, std::uint64_t count);

/** Accepted images with a content that no base has: nobody has signed that. */
[[nodiscard]] std::vector<FuzzFinding> accepted_strangers(const Mutator& mutator,
                                                          const FuzzAnswers& answers);

/**
 * The images are no test where most end at the first header, or none is accepted: of all, there
 * must be enough of each kind of answer.
 */
[[nodiscard]] Complaints reach_signatures(const FuzzAnswers& answers);

}  // namespace kxk::lab
