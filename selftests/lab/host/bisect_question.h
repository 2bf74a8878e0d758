// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What a bisection asks of each commit, and what the guest's verdicts answer. Pure. */
#pragma once

#include <string>

#include "host/cells.h"

namespace kxk::lab {

/** Of what kind. */
enum class BisectAsk {
    verdict,       ///< is an image accepted?
    policy,        ///< which keyrings does the kernel consult?
    module_builds  ///< does the module compile against it?
};

/** One question. */
struct BisectQuestion {
    BisectAsk ask = BisectAsk::verdict;
    std::string image = "secondary";     ///< whose signature it has; see signers
    std::string lockdown = "integrity";  ///< or none, confidentiality
    bool with_module = false;
    /** "loads" or "refused"; for a policy, its keyrings, separated by blanks. */
    std::string expected = "loads";
};

inline constexpr const char* bisect_loads = "loads";
inline constexpr const char* bisect_refused = "refused";

/** What a commit has answered, as `git bisect run` is told. */
enum class BisectState {
    as_expected,  ///< "good", or "old"
    otherwise,    ///< "bad", or "new"
    cannot_tell   ///< git skips the commit
};

/** With a line for people. */
struct BisectAnswer {
    BisectState state = BisectState::cannot_tell;
    std::string text;
};

/** In a few words, the same for the same question. */
[[nodiscard]] std::string words_of(const BisectQuestion& question);

/** Exit status of a step (git-bisect(1)): 0, 1, 125. */
[[nodiscard]] int bisect_status(BisectState state);

/** "as expected", "otherwise", "cannot tell". */
[[nodiscard]] std::string bisect_word(BisectState state);

/**
 * From the verdicts on images of all signers. A kernel that takes what nobody vouches for verifies
 * nothing: that it loads the image says nothing about keyrings.
 */
[[nodiscard]] BisectAnswer answer_of_column(const BisectQuestion& question, const Column& column);

/** From what the module found the kernel to consult; empty if it found nothing. */
[[nodiscard]] BisectAnswer answer_of_policy(const BisectQuestion& question,
                                            const std::string& policy);

}  // namespace kxk::lab
