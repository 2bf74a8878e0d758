// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Programs that the lab runs to their end. */
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/signals.h"

namespace kxk::lab {

/** Runs programs; interruptible while one runs. */
class Commands {
  public:
    explicit Commands(const Signals& signals) : signals_(signals) {}

    /** Runs a program with its output in a log; throws CommandFailure with the end of it. */
    void run(const std::string& what, const std::vector<std::string>& argv,
             const std::filesystem::path& log) const;

    /**
     * Runs a program that tells of its progress and failure by itself on standard error.
     * @return standard output; throws CommandFailure when it failed
     */
    [[nodiscard]] std::string ask(const std::string& what,
                                  const std::vector<std::string>& argv) const;

  private:
    const Signals& signals_;
};

/** The last line of a text that is not empty. */
[[nodiscard]] std::string last_line(const std::string& text);

}  // namespace kxk::lab
