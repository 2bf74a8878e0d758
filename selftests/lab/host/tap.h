// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Results in the Test Anything Protocol, on standard output and in a file if wanted. */
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "host/cells.h"

namespace kxk::lab {

/** Numbers and counts results. */
class Tap {
  public:
    /**
     * Announces how many results there will be.
     * @param copy  a file that gets it all, too; or empty
     */
    explicit Tap(std::size_t planned, const std::filesystem::path& copy = {});

    /** A result; what is wrong follows it as comments. */
    void result(const std::string& name, const Complaints& complaints);

    void comment(const std::string& text);

    [[nodiscard]] bool all_passed() const { return failed_ == 0 && number_ == planned_; }

  private:
    void line(const std::string& text);

    std::ofstream copy_;
    std::size_t planned_;
    std::size_t number_ = 0;
    std::size_t failed_ = 0;
};

}  // namespace kxk::lab
