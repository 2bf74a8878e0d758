// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A kernel's configuration file. */
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kxk::host {

/** The options of one configuration file. */
class KernelConfig {
  public:
    /** Reads the text of a .config. */
    [[nodiscard]] static KernelConfig parse(std::string_view text);

    /**
     * Whether an option, named without CONFIG_, is on (y or m).
     *
     * A configuration lists every option that is on, but not those whose dependencies are off. So
     * an option that is not listed is off - in a file that is whole. Of any other file, nothing
     * can be said about what it does not list.
     */
    [[nodiscard]] std::optional<bool> is_on(std::string_view option) const;

    /** Whether any of the options is on, where one thing had several names over time. */
    [[nodiscard]] std::optional<bool> is_any_on(
        std::initializer_list<std::string_view> options) const;

  private:
    std::map<std::string, bool, std::less<>> options_;
    bool whole_ = false;
};

}  // namespace kxk::host
