// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Bytes as hexadecimal digits, since JSON has no bytes. */
#pragma once

#include <string>
#include <string_view>

namespace kxk::lab {

[[nodiscard]] std::string to_hex(std::string_view bytes);

/** Throws std::invalid_argument for what to_hex() does not make. */
[[nodiscard]] std::string from_hex(std::string_view digits);

}  // namespace kxk::lab
