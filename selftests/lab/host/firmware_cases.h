// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Scenarios with UEFI firmware, whose variables fill .platform and .blacklist. */
#pragma once

#include <vector>

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/**
 * All of them for an architecture that has firmware: the module and the companion on a machine with
 * Secure Boot; the same machine with Secure Boot off; kernels that the firmware refuses.
 */
[[nodiscard]] std::vector<Scenario> firmware_scenarios(const Arch& arch, const Variant& variant);

}  // namespace kxk::lab
