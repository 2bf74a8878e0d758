// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What is going on, on standard error: one line that changes on a terminal. */
#pragma once

#include <chrono>
#include <string>

namespace kxk::lab {

/** Shows a piece of work from its begin to its end; pieces do not nest. */
class Progress {
  public:
    explicit Progress(std::string what);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /** Says how long it took. */
    ~Progress();

    /** How far it is. */
    void at(const std::string& detail);

    /** Shows the time again; to be called about once a second. */
    void tick();

  private:
    void show(bool final);
    [[nodiscard]] double seconds() const;

    std::string what_;
    std::string detail_;
    bool terminal_;
    std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point shown_;
};

}  // namespace kxk::lab
