// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/hex.h"

#include <stdexcept>

namespace kxk::lab {

namespace {

constexpr std::string_view digits_of_hex = "0123456789abcdef";

unsigned value_of(char digit) {
    const auto value = digits_of_hex.find(digit);

    if (value == std::string_view::npos) {
        throw std::invalid_argument("not a hexadecimal digit");
    }
    return static_cast<unsigned>(value);
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    std::string digits;

    digits.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);

        digits += digits_of_hex[byte >> 4U];
        digits += digits_of_hex[byte & 15U];
    }
    return digits;
}

std::string from_hex(std::string_view digits) {
    std::string bytes;

    if (digits.size() % 2 != 0) {
        throw std::invalid_argument("half a byte of hexadecimal digits");
    }
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes += static_cast<char>(value_of(digits[i]) << 4U | value_of(digits[i + 1]));
    }
    return bytes;
}

}  // namespace kxk::lab
