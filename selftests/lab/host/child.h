// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Programs that the lab runs: no shell, no process left behind. */
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kxk::lab {

/** Where a program's standard streams go; -1 is /dev/null. */
struct Streams {
    int in = -1;
    int out = -1;
    int error = -1;
    int kept = -1;  ///< one more descriptor that the program inherits, under the same number
};

/**
 * A running program. It has a process group of its own, which ends with the owner: at the latest
 * with the owner's process.
 */
class Child {
  public:
    enum class Group {
        own,         ///< signals of the terminal do not reach it
        foreground,  ///< it shares our terminal
    };

    /** Throws Failure when there is no such program. */
    Child(const std::vector<std::string>& argv, const Streams& streams, Group group = Group::own);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    /** Exit status, 128 + signal for one that was killed, once it has ended. */
    [[nodiscard]] std::optional<int> poll();

    /** Asks it to end, then makes it. */
    void end();

  private:
    void signal_group(int signal) const;

    Group group_;
    pid_t pid_ = -1;
    std::optional<int> status_;
};

}  // namespace kxk::lab
