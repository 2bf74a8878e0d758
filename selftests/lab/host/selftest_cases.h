// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file `kexec-keyrings test` in guests: what passes there, and what has to fail. */
#pragma once

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/** On a kernel with an older policy: without the module, with it, and after it. */
[[nodiscard]] Scenario selftest_cases(const Arch& arch, const Variant& variant);

/** On a kernel that has the policy of Linux 6.0 by itself. */
[[nodiscard]] Scenario native_selftest_cases(const Arch& arch, const Variant& variant);

}  // namespace kxk::lab
