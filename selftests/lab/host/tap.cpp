// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/tap.h"

#include <fmt/format.h>

#include <cstdio>
#include <sstream>

namespace kxk::lab {

Tap::Tap(std::size_t planned) : planned_(planned) {
    fmt::print("TAP version 13\n1..{}\n", planned);
    std::fflush(stdout);
}

void Tap::result(const std::string& name, const Complaints& complaints) {
    fmt::print("{}ok {} - {}\n", complaints.empty() ? "" : "not ", ++number_, name);
    if (!complaints.empty()) {
        ++failed_;
    }
    for (const std::string& complaint : complaints) {
        comment(complaint);
    }
    std::fflush(stdout);
}

void Tap::comment(const std::string& text) const {
    std::istringstream lines(text);

    for (std::string line; std::getline(lines, line);) {
        fmt::print("# {}\n", line);
    }
}

}  // namespace kxk::lab
