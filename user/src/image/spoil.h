// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Kernel images made worse: what a kernel that enforces signatures must refuse. */
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kxk::image {

/**
 * The image without any signature, all of them taken off.
 * @return nothing where that is not possible: the file is malformed, or a PE file that goes on
 *         behind its certificate table
 */
[[nodiscard]] std::optional<std::string> without_signature(std::string_view file);

/**
 * The image with a bit of its content changed, far from the headers, so that loaders still take it:
 * of a signed one, the signature is there and about another file.
 * @return nothing for a file that is malformed or has no content
 */
[[nodiscard]] std::optional<std::string> tampered(std::string_view file);

/** The first half of the image. */
[[nodiscard]] std::string cut(std::string_view file);

}  // namespace kxk::image
