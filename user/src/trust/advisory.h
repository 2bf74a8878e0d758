// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Defects of kernels that change what a verification is worth. */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trust/assess.h"
#include "trust/machine.h"

namespace kxk::trust {

/** One defect, and whether this machine has it. */
struct Advisory {
    std::string id;      ///< the CVE or, where there is none, the commit
    std::string commit;  ///< of the correction, upstream
    std::string title;   ///< what goes wrong, in a few words
    Answer affected = Answer::cannot_tell;
    std::string how;        ///< from what that was determined
    std::string next_step;  ///< what to do; empty where nothing needs doing
};

/**
 * Whether the sources of a release had af16df54b89d from the start, by which IMA switches on that
 * kexec images must be signed; an earlier one may have got it since.
 */
[[nodiscard]] bool has_signatures_by_ima(std::string_view release);

/**
 * All that are known of. "No" and "yes" are said on evidence: an option or a function of the
 * running kernel, its lockdown, or a release whose sources had the correction from the start.
 */
[[nodiscard]] std::vector<Advisory> advisories(const Machine& machine);

}  // namespace kxk::trust
