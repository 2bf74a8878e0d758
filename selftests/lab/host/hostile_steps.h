// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Steps and expectations that the scenarios in hostile surroundings share. */
#pragma once

#include <string>

#include "host/cells.h"
#include "host/conf.h"
#include "host/scenario.h"

namespace kxk::lab {

inline constexpr const char* tracing = "/sys/kernel/tracing";

/** The low-level verifier of an architecture, which the module listens to while it loads. */
[[nodiscard]] std::string verifier_of(const Arch& arch);

/**
 * The module's verdict differs from the kernel's own on the first; nobody vouches for the other.
 */
[[nodiscard]] const ImageNames& witnesses();

/** Has the witnesses judged. */
void add_witnesses(Scenario& scenario, const std::string& phase);

/** The witnesses of a phase fare as they did in another one. */
[[nodiscard]] Expectation same_verdicts(const std::string& phase, const std::string& expected);

/** What nobody vouches for is refused, and the other fares as in one of two phases. */
[[nodiscard]] Expectation either_verdict(const std::string& phase, const std::string& one,
                                         const std::string& other);

/** Inserts the module, not by the companion. @return the step's id */
std::string load_by(Scenario& scenario, const std::string& id, const std::string& engine);

/** Has the shell of the guest do something. @return the step's id */
std::string in_shell(Scenario& scenario, const std::string& id, const std::string& command);

}  // namespace kxk::lab
