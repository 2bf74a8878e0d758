// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file An image for people. */
#pragma once

#include <string>
#include <string_view>

#include "trust/image_facts.h"

namespace kxk::cmd {

/**
 * A compact block of lines about a file.
 * @param arch of the kernel that might load it
 */
[[nodiscard]] std::string image_text(const trust::ImageFacts& image, std::string_view arch,
                                     bool colour);

}  // namespace kxk::cmd
