// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/selftest_policy.h"

#include <fmt/format.h>

#include "trust/assess.h"
#include "trust/release.h"

namespace kxk::cmd {
namespace {

constexpr const char* newest = "6.0";

trust::Policy policy_of_linux_6_0(const trust::Machine& machine) {
    return trust::policy_of_linux_6_0(machine.options.platform_keyring.value_or(true));
}

bool is_since_6_0(const trust::Machine& machine) {
    const auto release = trust::parse_release(machine.release);
    return release && release->is_at_least(6, 0) && trust::is_served(machine.arch);
}

}  // namespace

std::optional<trust::Policy> parse_expected_policy(const std::string& text,
                                                   const trust::Machine& machine) {
    if (text == newest)
        return policy_of_linux_6_0(machine);
    return trust::parse_policy(text);
}

ExpectedPolicy expected_policy(const trust::Machine& machine, const std::string& stated) {
    if (!stated.empty())
        return {parse_expected_policy(stated, machine), true, "stated with --expect-policy"};
    if (trust::is_module_in_force(machine))
        return {policy_of_linux_6_0(machine), true,
                "the module gives the kernel that of Linux 6.0"};
    if (is_since_6_0(machine))
        return {policy_of_linux_6_0(machine), true, "every kernel has it since Linux 6.0"};
    if (machine.module_loaded.value_or(false) && machine.module.native_policy) {
        if (auto policy = trust::parse_policy(*machine.module.native_policy))
            return {std::move(policy), true, "the module has asked the kernel"};
    }
    const auto guess = trust::guess_policy(machine.arch, machine.release);
    if (guess && guess->policy)
        return {guess->policy, false, fmt::format("a guess: {}", guess->because)};
    return {std::nullopt, false, "the release does not tell which"};
}

}  // namespace kxk::cmd
