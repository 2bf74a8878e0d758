// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file An option that is given once for each value, and leaves the words behind it alone. */
#pragma once

#include <CLI/CLI.hpp>

namespace kxk::cmd {

/* CLI11 2.0 lets options of lists take words without end, which 1.9 does not and cannot be told. */
template <typename Option>
auto forbid_extra_words(Option& option, int /*preferred*/)
    -> decltype(option.allow_extra_args(false), void()) {
    option.allow_extra_args(false);
}
template <typename Option>
void forbid_extra_words(Option& /*option*/, long /*otherwise*/) {}

/** Makes an option of a list one that takes one value each time that it is given. */
inline CLI::Option* take_one_each_time(CLI::Option* option) {
    option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    forbid_extra_words(*option, 0);
    return option;
}

}  // namespace kxk::cmd
