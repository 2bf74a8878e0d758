// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * DER as a tree that can be changed and written again, all lengths right. The companion's parsers
 * (image/der.h) only read, and are not in the guests.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kxk::lab {

/* Tags (X.690, 8.1.2) of what signed messages have. */
constexpr std::uint8_t tag_integer = 0x02;
constexpr std::uint8_t tag_bit_string = 0x03;
constexpr std::uint8_t tag_octet_string = 0x04;
constexpr std::uint8_t tag_object = 0x06;
constexpr std::uint8_t tag_utc_time = 0x17;
constexpr std::uint8_t tag_sequence = 0x30;

/** An element. */
struct DerNode {
    std::uint8_t tag = 0;
    std::string content;            ///< of one without children
    std::vector<DerNode> children;  ///< of a constructed one whose content is DER in its turn

    bool operator==(const DerNode& other) const {
        return tag == other.tag && content == other.content && children == other.children;
    }
};

/** Where an element is in the bytes that it was found in. */
struct DerPlace {
    std::size_t header = 0;   ///< offset of its tag
    std::size_t content = 0;  ///< offset of its content
    std::size_t end = 0;      ///< offset behind it
};

/** The element at an offset; `end` is 0 if there is none. Tags of one byte, definite lengths. */
[[nodiscard]] DerPlace find_der(std::string_view bytes, std::size_t offset);

/** The elements that fill the bytes; none if they are not DER. */
[[nodiscard]] std::vector<DerNode> parse_der(std::string_view bytes);

/** The element, its lengths as short as can be. */
[[nodiscard]] std::string write_der(const DerNode& node);

/** Elements, one after the other. */
[[nodiscard]] std::string write_der(const std::vector<DerNode>& nodes);

/** Offsets of all elements, those within others too. */
[[nodiscard]] std::vector<DerPlace> der_places(std::string_view bytes);

}  // namespace kxk::lab
