// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace kxk::lab {

namespace {

using Clock = std::chrono::steady_clock;

/** In a log file, one line in this time is enough. */
constexpr auto log_interval = std::chrono::seconds(10);
/** What took less is not worth a line. */
constexpr double worth_telling = 1.0;

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)),
      terminal_(::isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      shown_(start_) {
    if (terminal_) {
        show(false);
    }
}

Progress::~Progress() {
    if (terminal_) {
        fmt::print(stderr, "\r\033[K");
    }
    if (seconds() >= worth_telling) {
        show(true);
    }
}

double Progress::seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::at(const std::string& detail) {
    detail_ = detail;
    tick();
}

void Progress::tick() {
    const auto now = Clock::now();

    if (terminal_ || now - shown_ >= log_interval) {
        shown_ = now;
        show(false);
    }
}

void Progress::show(bool final) {
    const std::string detail = detail_.empty() || final ? "" : ": " + detail_;

    fmt::print(stderr, "{}kxk-lab: {}{}, {:.0f} s{}", terminal_ && !final ? "\r\033[K" : "", what_,
               detail, seconds(), terminal_ && !final ? "" : "\n");
    std::fflush(stderr);
}

}  // namespace kxk::lab
