// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Live patches, of the function that the module redirects and of others. */
#pragma once

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/** The lab's kernels of this architecture can have live patches: arm64 cannot in 5.10. */
[[nodiscard]] bool has_live_patches(const Arch& arch);

/**
 * A kernel with an older policy and with live patches: one is there before the module, or comes
 * after it, and goes. Gives native_phase and backport_phase, as hostile_cases() does.
 */
[[nodiscard]] Scenario livepatch_cases(const Arch& arch, const Variant& variant);

}  // namespace kxk::lab
