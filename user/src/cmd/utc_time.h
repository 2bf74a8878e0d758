// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Points in time, in UTC, for people and for programs. */
#pragma once

#include <cstdint>
#include <string>

namespace kxk::cmd {

/** A time as in RFC 3339, such as "2026-01-31T12:00:00Z". @param seconds since 1970 */
[[nodiscard]] std::string utc_time(std::int64_t seconds);

/** Its day alone, such as "2026-01-31". @param seconds since 1970 */
[[nodiscard]] std::string utc_day(std::int64_t seconds);

}  // namespace kxk::cmd
