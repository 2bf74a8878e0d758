// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A number of things, for people. */
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace kxk::cmd {

/** Such as "1 key" or "2 keys". */
[[nodiscard]] inline std::string plural(std::uint64_t count, std::string_view one,
                                        std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace kxk::cmd
