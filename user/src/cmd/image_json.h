// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file An image as JSON. The keys are an interface, documented with `inspect`: only add. */
#pragma once

#include "trust/image_facts.h"
#include "trust/machine_json.h"

namespace kxk::cmd {

/** Everything that was found in a file. Times are UTC, as in RFC 3339; errnos have their names. */
[[nodiscard]] trust::Json to_json(const trust::ImageFacts& image);

}  // namespace kxk::cmd
