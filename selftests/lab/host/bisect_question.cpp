// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/bisect_question.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace kxk::lab {

namespace {

struct StateFacts {
    BisectState state;
    const char* word;
    int status;
};

constexpr std::array<StateFacts, 3> states{{{BisectState::as_expected, "as expected", 0},
                                            {BisectState::otherwise, "otherwise", 1},
                                            {BisectState::cannot_tell, "cannot tell", 125}}};

const StateFacts& facts_of(BisectState state) {
    return *std::find_if(states.begin(), states.end(),
                         [state](const auto& facts) { return facts.state == state; });
}

/** The kernel has not come to a verdict on the signature: the loader, or what it needs, failed. */
bool is_no_verdict(int error) {
    constexpr std::array<int, 5> others{ENOEXEC, ENOMEM, ENOSYS, EBUSY, EADDRNOTAVAIL};

    return std::find(others.begin(), others.end(), error) != others.end();
}

BisectState compare(const std::string& expected, const std::string& found) {
    return expected == found ? BisectState::as_expected : BisectState::otherwise;
}

}  // namespace

std::string words_of(const BisectQuestion& question) {
    switch (question.ask) {
        case BisectAsk::module_builds:
            return "the module builds";
        case BisectAsk::policy:
            return fmt::format("the policy is \"{}\"", question.expected);
        case BisectAsk::verdict:
            break;
    }
    return fmt::format("image {}, lockdown={}{}: {}", question.image, question.lockdown,
                       question.with_module ? ", with the module" : "", question.expected);
}

int bisect_status(BisectState state) {
    return facts_of(state).status;
}

std::string bisect_word(BisectState state) {
    return facts_of(state).word;
}

BisectAnswer answer_of_column(const BisectQuestion& question, const Column& column) {
    const auto cell = column.find(question.image);

    if (cell == column.end()) {
        return {BisectState::cannot_tell, "the guest has not come to the image"};
    }
    const std::string text =
        fmt::format("image {}: {}", question.image, verdict_word(cell->second));
    const bool loads = cell->second == 0;

    if (is_no_verdict(cell->second)) {
        return {BisectState::cannot_tell, text + ", which is no verdict on its signature"};
    }
    // Whoever asks about a stranger's image wants to know just this.
    if (loads && !is_stranger(question.image) && !refuses_strangers("guest", column).empty()) {
        return {BisectState::cannot_tell, text + ", but so is what nobody vouches for"};
    }
    return {compare(question.expected, loads ? bisect_loads : bisect_refused), text};
}

BisectAnswer answer_of_policy(const BisectQuestion& question, const std::string& policy) {
    if (policy.empty()) {
        return {BisectState::cannot_tell, "the module has not found the policy"};
    }
    return {compare(question.expected, policy), fmt::format("policy \"{}\"", policy)};
}

}  // namespace kxk::lab
