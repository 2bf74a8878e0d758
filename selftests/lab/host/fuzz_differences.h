// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Why Linux 6.1 may judge a mutant otherwise than 5.10.13 with the policy of 6.0. */
#pragma once

#include <string>
#include <vector>

#include "common/signed_parts.h"

namespace kxk::lab {

/** The errno of the verdict in a guest's line, see guest/fuzz.h; -1 if there is none. */
[[nodiscard]] int error_in(const std::string& answer);

/** An image that the two judge differently. */
struct FuzzDispute {
    ImageForm form;
    std::string image;
    int older = 0;  ///< errno of 5.10.13's verdict
    int newer = 0;  ///< of 6.1's
};

/** A change of Linux that is not of the series. */
struct FuzzDifference {
    std::string cause;  ///< upstream's commit, or the file that has changed
    std::string text;   ///< what it changed
    bool (*explains)(const FuzzDispute& dispute);
};

/** All that are known. */
[[nodiscard]] const std::vector<FuzzDifference>& fuzz_differences();

/** The first one that explains it; nullptr if there is none. */
[[nodiscard]] const FuzzDifference* explain(const FuzzDispute& dispute);

}  // namespace kxk::lab
