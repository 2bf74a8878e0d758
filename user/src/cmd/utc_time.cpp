// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/utc_time.h"

#include <fmt/format.h>

#include <ctime>

namespace kxk::cmd {

std::string utc_time(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    if (::gmtime_r(&time, &parts) == nullptr)
        return fmt::format("{}", seconds);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string utc_day(std::int64_t seconds) {
    const auto time = utc_time(seconds);
    return time.substr(0, time.find('T'));
}

}  // namespace kxk::cmd
