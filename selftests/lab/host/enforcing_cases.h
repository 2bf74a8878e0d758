// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A kernel that enforces signatures by itself, and returns what its verifier says. */
#pragma once

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/**
 * The verdicts of such a kernel under Secure Boot, without lockdown; what `explain` foretells of
 * them; and what the selftests for kexec in the kernel's source make of the same images.
 */
[[nodiscard]] Scenario enforcing_cases(const Arch& arch, const Variant& variant);

}  // namespace kxk::lab
