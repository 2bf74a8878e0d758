// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A kernel that got one more builtin key after it was built. */
#pragma once

#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/** A key by scripts/insert-sys-cert in the room of CONFIG_SYSTEM_EXTRA_CERTIFICATE is builtin. */
[[nodiscard]] Scenario inserted_key_cases(const Variant& variant);

}  // namespace kxk::lab
