// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Digests of parts of a file. */
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "image/bytes.h"

namespace kxk::image {

/** The algorithms of image digests, as the kernel names them; no verifier takes another. */
[[nodiscard]] bool is_digest_algorithm(std::string_view algorithm);

/**
 * Digests the ranges of a file, one after the other, with all algorithms at once: every byte is
 * fetched from memory once.
 * @param ranges each within the file; if one is not, there is no digest.
 * @param algorithms "sha1", "sha224", "sha256", "sha384", "sha512"; others are left out.
 * @return the digest, in hexadecimal digits, for each algorithm.
 */
[[nodiscard]] std::map<std::string, std::string> digest_ranges(
    ByteView file, const std::vector<Range>& ranges, const std::set<std::string>& algorithms);

/** The digest of bytes, in hexadecimal digits; empty for an algorithm that there is not. */
[[nodiscard]] std::string digest_of(ByteView bytes, const std::string& algorithm);

}  // namespace kxk::image
