// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Everything about a kernel image. */
#pragma once

#include <vector>

#include "image/bytes.h"
#include "image/x509.h"
#include "trust/image_facts.h"

namespace kxk::image {

/**
 * Reads an image of any format, and every signature of it. Each byte is read once for all digests
 * that are needed: SHA-256, and those that the signatures name.
 * @param others certificates for signatures without one: see judge_message()
 * @return facts without a path
 */
[[nodiscard]] trust::ImageFacts read_image(ByteView file,
                                           const std::vector<X509Pointer>& others = {});

}  // namespace kxk::image
