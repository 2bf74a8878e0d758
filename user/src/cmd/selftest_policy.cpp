// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/selftest_policy.h"

#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

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

std::vector<trust::Policy> policies_of(std::string_view arch) {
    using trust::Keyring;
    const trust::Policy newest_one{{Keyring::secondary, Keyring::platform}};
    const trust::Policy builtin{{Keyring::builtin}};
    const trust::Policy secondary{{Keyring::secondary}};
    const trust::Policy platform{{Keyring::platform}};
    if (arch == "x86_64")
        return {builtin, secondary, newest_one};
    if (arch == "arm64")
        return {builtin, newest_one};
    if (arch == "s390x")
        return {platform, newest_one};
    return {builtin, secondary, platform, newest_one};
}

bool is_module_in_force(const trust::Machine& machine) {
    return machine.module_loaded.value_or(false) &&
           machine.module.mode == KEXEC_KEYRINGS_MODE_BACKPORT;
}

ExpectedPolicy expected_policy(const trust::Machine& machine, const std::string& stated) {
    if (!stated.empty())
        return {parse_expected_policy(stated, machine), true, "stated with --expect-policy"};
    if (is_module_in_force(machine))
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
