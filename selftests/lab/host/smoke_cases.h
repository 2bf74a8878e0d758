// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The scenarios of the smoke run. */
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/** Phase of the reference's column. */
inline constexpr const char* reference_phase = "reference";

/** A kernel with an older policy: everything that the module is for. */
[[nodiscard]] Scenario subject_cases(const Arch& arch, const Variant& variant,
                                     const std::string& marker);

/** A kernel with the policy of Linux 6.0: the module has nothing to do, and changes nothing. */
[[nodiscard]] Scenario native_cases(const Arch& arch, const Variant& variant);

/** A kernel with a policy that no release had: the module leaves it alone. */
[[nodiscard]] Scenario strange_cases(const Arch& arch, const Variant& variant);

/** A kernel that fails, for the lab to see it. */
[[nodiscard]] Scenario faulty_cases(const Variant& variant);

/**
 * The same without lockdown, where refused images are loaded all the same, and root may disarm the
 * kprobes that tell which keyrings were consulted.
 */
[[nodiscard]] Scenario lenient_cases(const Arch& arch, const Variant& variant);

/** A distribution's kernel, with its own keys. */
[[nodiscard]] Scenario stock_cases(const std::string& kernel);

/** Holds a subject against the reference of its architecture; one case for each engine. */
struct Comparison {
    std::string name;
    std::function<Complaints(const Outcome& subject, const Outcome& reference)> judge;
};
[[nodiscard]] std::vector<Comparison> comparisons(const Arch& arch);

}  // namespace kxk::lab
