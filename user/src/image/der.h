// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Elements of DER, one after the other. OpenSSL reads tags and lengths. */
#pragma once

#include <optional>

#include "image/bytes.h"

namespace kxk::image {

/* The identifier octets that are met here. */
constexpr std::uint8_t der_integer = 0x02;
constexpr std::uint8_t der_octets = 0x04;
constexpr std::uint8_t der_oid = 0x06;
constexpr std::uint8_t der_utc_time = 0x17;
constexpr std::uint8_t der_generalized_time = 0x18;
constexpr std::uint8_t der_sequence = 0x30;
constexpr std::uint8_t der_set = 0x31;
constexpr std::uint8_t der_context_primitive = 0x80;  ///< [0]; add the number
constexpr std::uint8_t der_context = 0xa0;            ///< [0], constructed; add the number

/** One element. */
struct DerElement {
    std::uint8_t tag = 0;
    ByteView whole;  ///< with tag and length
    ByteView content;
};

/** Reads element after element. Indefinite lengths and long tags are not DER, and end it. */
class DerReader {
  public:
    explicit DerReader(ByteView bytes) : rest_(bytes) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    /** The next element whatever it is; nothing at the end, or where there is none. */
    [[nodiscard]] std::optional<DerElement> next();

    /** The next element if it has this tag; otherwise it stays where it is. */
    [[nodiscard]] std::optional<DerElement> next(std::uint8_t tag);

  private:
    ByteView rest_;
};

/** The content of the first element, if it has this tag. */
[[nodiscard]] std::optional<ByteView> der_content(ByteView bytes, std::uint8_t tag);

}  // namespace kxk::image
