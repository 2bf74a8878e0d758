// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Makes images out of signed ones that differ from them in few places, where it matters: fields of
 * headers, the certificate table, elements of the PKCS#7 message. An image depends on nothing but
 * the bases, the seed and its number, so that guests and host have the same ones.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/der_tree.h"
#include "common/signed_parts.h"

namespace kxk::lab {

/** An image that a mutator has made. */
struct Mutant {
    std::string bytes;
    std::size_t base = 0;              ///< index of what it was made from
    std::vector<std::string> changes;  ///< for people
};

/** Makes them. */
class Mutator {
  public:
    /** @param bases  signed images of that form; others are only changed more blindly */
    Mutator(ImageForm form, std::vector<std::string> bases, std::uint64_t seed);

    /** Never one that is_hazardous(). */
    [[nodiscard]] Mutant make(std::uint64_t number) const;

    [[nodiscard]] ImageForm form() const { return form_; }
    [[nodiscard]] const std::vector<std::string>& bases() const { return bases_; }
    /** The messages of all bases that have one. */
    [[nodiscard]] const std::vector<std::vector<DerNode>>& messages() const { return messages_; }

  private:
    ImageForm form_;
    std::vector<std::string> bases_;
    std::uint64_t seed_;
    std::vector<std::vector<DerNode>> messages_;
};

/** What tells images apart, FNV-1a: that of bytes behind those of which it is `before`. */
[[nodiscard]] std::uint64_t fingerprint(std::string_view bytes,
                                        std::uint64_t before = 0xcbf29ce484222325U);

}  // namespace kxk::lab
