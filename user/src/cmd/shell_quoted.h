// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Text that somebody else types into a shell. */
#pragma once

#include <string>
#include <string_view>

namespace kxk::cmd {

/** In single quotes, as one word of bash, zsh and fish. */
[[nodiscard]] inline std::string shell_quoted(std::string_view text) {
    std::string safe = "'";
    for (const char character : text)
        safe += character == '\'' ? std::string("'\\''") : std::string(1, character);
    return safe + "'";
}

}  // namespace kxk::cmd
