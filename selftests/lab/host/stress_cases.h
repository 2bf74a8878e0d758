// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The module under fire: loads and unloads without pause, and faults at every point. */
#pragma once

#include "host/scenario.h"
#include "host/smoke_cases.h"
#include "host/variants.h"

namespace kxk::lab {

/** How hard, and on what kind of kernel. */
struct Hardship {
    int cycles = 10;         ///< of load and unload, for each engine
    int seconds = 0;         ///< not 0: as many cycles as there are in that time, for each engine
    int stride = 1;          ///< from one fault to the next
    bool pages = true;       ///< single pages cannot be had either; an image takes many
    bool debugging = false;  ///< the kernel looks for leaks, and can let allocations fail
};

/** Tasks that ask for verdicts without pause, while the module comes and goes, by each engine. */
[[nodiscard]] Scenario stress_cases(const Arch& arch, const Variant& variant,
                                    const Hardship& hardship);

/**
 * Loads, verdicts and unloads that fail at each point where they can: of calls of the functions
 * that the module needs, and, on a debugging kernel, of allocations.
 */
[[nodiscard]] Scenario fault_cases(const Arch& arch, const Variant& variant,
                                   const Hardship& hardship);

}  // namespace kxk::lab
