// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What differs between two files, in a form that the guest can apply. */
#pragma once

#include <string_view>
#include <vector>

#include "common/plan.h"

namespace kxk::lab {

/**
 * Patches that turn `base`, cut or extended by zeros to the size of `changed`, into `changed`.
 */
[[nodiscard]] std::vector<Patch> difference(std::string_view base, std::string_view changed);

}  // namespace kxk::lab
