// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/tap.h"

#include <fmt/format.h>

#include <cstdio>
#include <sstream>

#include "common/text_file.h"

namespace kxk::lab {

Tap::Tap(std::size_t planned, const std::filesystem::path& copy) : planned_(planned) {
    if (!copy.empty()) {
        copy_.open(copy);
        if (!copy_) {
            throw_errno(copy);
        }
    }
    line("TAP version 13");
    line(fmt::format("1..{}", planned));
    std::fflush(stdout);
}

void Tap::line(const std::string& text) {
    fmt::print("{}\n", text);
    if (copy_.is_open()) {
        copy_ << text << '\n';
    }
}

void Tap::result(const std::string& name, const Complaints& complaints) {
    line(fmt::format("{}ok {} - {}", complaints.empty() ? "" : "not ", ++number_, name));
    if (!complaints.empty()) {
        ++failed_;
    }
    for (const std::string& complaint : complaints) {
        comment(complaint);
    }
    std::fflush(stdout);
}

void Tap::comment(const std::string& text) {
    std::istringstream lines(text);

    for (std::string each; std::getline(lines, each);) {
        line("# " + each);
    }
}

}  // namespace kxk::lab
