// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/ktap.h"

#include <fmt/format.h>

#include <ostream>

namespace kxk::cmd {
namespace {

/* One line of printable characters. */
std::string line_of(const std::string& text) {
    std::string line;
    for (const char letter : text)
        line += static_cast<unsigned char>(letter) < ' ' || letter == '\x7f' ? ' ' : letter;
    return line;
}

/* In a description, "#" would begin a directive. */
std::string description_of(const std::string& name) {
    std::string text;
    for (const char letter : line_of(name)) {
        if (letter == '#' || letter == '\\')
            text += '\\';
        text += letter;
    }
    return text;
}

}  // namespace

Ktap::Ktap(std::ostream& out) : out_(out) {
    out_ << "TAP version 13\n";
}

void Ktap::plan(std::size_t count) {
    out_ << fmt::format("1..{}\n", count) << std::flush;
}

void Ktap::skip_all(const std::string& reason) {
    out_ << fmt::format("1..0 # SKIP {}\n", line_of(reason)) << std::flush;
}

void Ktap::result(const std::string& name, const Judgement& judgement) {
    const auto number = passed_ + failed_ + skipped_ + 1;
    out_ << fmt::format("{} {} - {}", judgement.ruling == Ruling::fail ? "not ok" : "ok", number,
                        description_of(name));
    if (judgement.ruling == Ruling::skip)
        out_ << " # SKIP " << line_of(judgement.reason);
    out_ << '\n';
    for (const auto& note : judgement.notes)
        comment(note);
    out_ << std::flush;
    ++(judgement.ruling == Ruling::pass   ? passed_
       : judgement.ruling == Ruling::fail ? failed_
                                          : skipped_);
}

void Ktap::comment(const std::string& text) {
    out_ << "# " << line_of(text) << '\n';
}

void Ktap::bail_out(const std::string& reason) {
    ++failed_;
    out_ << "Bail out! " << line_of(reason) << '\n' << std::flush;
}

void Ktap::totals() {
    out_ << fmt::format("# Totals: pass:{} fail:{} xfail:0 xpass:0 skip:{} error:0\n", passed_,
                        failed_, skipped_)
         << std::flush;
}

}  // namespace kxk::cmd
