// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <limits>

#include "cmd/utc_time.h"

namespace kxk::cmd {
namespace {

TEST(UtcTime, IsThatOfRfc3339AndItsDay) {
    EXPECT_EQ(utc_time(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(utc_time(1769860800), "2026-01-31T12:00:00Z");
    EXPECT_EQ(utc_day(1769860800), "2026-01-31");
    EXPECT_EQ(utc_day(-1), "1969-12-31");
    EXPECT_EQ(utc_day(253402300800), "10000-01-01");
}

TEST(UtcTime, OfWhatNoCalendarHasIsTheNumber) {
    constexpr auto never = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(utc_time(never), "9223372036854775807");
    EXPECT_EQ(utc_day(never), "9223372036854775807");
}

}  // namespace
}  // namespace kxk::cmd
