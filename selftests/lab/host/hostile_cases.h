// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What else may have its hands on the same functions, processors or keyrings meanwhile. */
#pragma once

#include "host/conf.h"
#include "host/scenario.h"
#include "host/smoke_cases.h"
#include "host/variants.h"

namespace kxk::lab {

/** Phases of verdicts with all keys in place: the kernel's own, and the module's. */
inline constexpr const char* native_phase = "native";
inline constexpr const char* backport_phase = "backport";

/**
 * The module is there before the keys are: gives native_phase and backport_phase. Leaves the module
 * unloaded, and all keys where they belong.
 */
void add_late_keys(Scenario& scenario, const Arch& arch);

/** The module owns the function: nobody else gets it before it goes. After add_late_keys(). */
void add_owner_after(Scenario& scenario, const Arch& arch, const std::string& engine);

/**
 * A kernel with an older policy, in hostile surroundings: keys that come late, other owners of the
 * functions, tracers, a second copy of the module, processors that come and go.
 */
[[nodiscard]] Scenario hostile_cases(const Arch& arch, const Variant& variant);

/**
 * The same on a kernel that has more of them: events by kprobes, the graph tracer, a sleep; on
 * arm64 also a processor with pointer authentication and BTI.
 */
[[nodiscard]] Scenario probed_cases(const Arch& arch, const Variant& variant);

/** Holds their verdicts, once all keys are there, against the reference's. */
[[nodiscard]] std::vector<Comparison> hostile_comparisons();

}  // namespace kxk::lab
