// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Small helpers for the texts that the kernel gives. */
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace kxk::host {

/** The text without blanks and newlines at either end. */
[[nodiscard]] std::string_view trim(std::string_view text);

/** Whether the text begins with this. */
[[nodiscard]] bool starts_with(std::string_view text, std::string_view prefix);

/** The lines of a text, without their newlines. */
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

/** Takes the next word off the text; empty at its end. */
std::string_view take_word(std::string_view& text);

/** A whole text as a number; nothing if it is anything else, or out of range. */
template <typename Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text, int base = 10) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    if (error != std::errc() || stop != end)
        return std::nullopt;
    return number;
}

}  // namespace kxk::host
