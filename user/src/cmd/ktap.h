// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Results in the format of kselftest: TAP version 13, as Documentation/dev-tools/ktap.rst.
 */
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "cmd/selftest_judge.h"

namespace kxk::cmd {

/** Numbers, prints and counts results. Each is out before the next test begins. */
class Ktap {
  public:
    explicit Ktap(std::ostream& out);

    /** Announces how many results there will be. */
    void plan(std::size_t count);
    /** Announces that there will be none, and why. */
    void skip_all(const std::string& reason);
    /** A result, and below it what there is to say of it. */
    void result(const std::string& name, const Judgement& judgement);
    void comment(const std::string& text);
    /** Ends the test before its time: nothing after this counts. */
    void bail_out(const std::string& reason);
    /** The last line: how many of each there were. */
    void totals();

    [[nodiscard]] std::size_t failed() const { return failed_; }
    [[nodiscard]] std::size_t passed() const { return passed_; }

  private:
    std::ostream& out_;
    std::size_t passed_ = 0;
    std::size_t failed_ = 0;
    std::size_t skipped_ = 0;
};

}  // namespace kxk::cmd
