// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/policy.h"

#include <linux/kexec_keyrings.h>

#include <algorithm>

namespace kxk::trust {
namespace {

struct KeyringNames {
    Keyring keyring;
    std::string_view word;
    std::string_view kernel_name;
    bool verifier_argument;  // can be the trusted_keys of the kernel's verifiers
};

constexpr std::array<KeyringNames, all_keyrings.size()> names{{
    {Keyring::builtin, KEXEC_KEYRINGS_BUILTIN, ".builtin_trusted_keys", true},
    {Keyring::secondary, KEXEC_KEYRINGS_SECONDARY, ".secondary_trusted_keys", true},
    {Keyring::machine, "machine", ".machine", false},
    {Keyring::platform, KEXEC_KEYRINGS_PLATFORM, ".platform", true},
    {Keyring::blacklist, "blacklist", ".blacklist", false},
}};

const KeyringNames& names_of(Keyring keyring) {
    return names.at(static_cast<std::size_t>(keyring));
}

constexpr std::string_view blanks = " \t\n";

bool contains(const Policy& policy, Keyring keyring) {
    return std::find(policy.keyrings.begin(), policy.keyrings.end(), keyring) !=
           policy.keyrings.end();
}

bool is_no_keyring(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(blanks) + 1) == KEXEC_KEYRINGS_NO_KEYRING;
}

}  // namespace

std::string_view word_of(Keyring keyring) {
    return names_of(keyring).word;
}

std::string_view kernel_name_of(Keyring keyring) {
    return names_of(keyring).kernel_name;
}

std::vector<Policy> policies_of(std::string_view arch) {
    if (arch == "x86_64")
        return {builtin_alone, secondary_alone, secondary_then_platform};
    if (arch == "arm64")
        return {builtin_alone, secondary_then_platform};
    if (arch == "s390x")
        return {platform_alone, secondary_then_platform};
    return {builtin_alone, secondary_alone, platform_alone, secondary_then_platform};
}

bool refuses_all(const Policy& policy) {
    return policy.keyrings.empty();
}

std::optional<Policy> parse_policy(std::string_view text) {
    Policy policy;

    if (is_no_keyring(text))
        return policy;

    for (auto begin = text.find_first_not_of(blanks); begin != std::string_view::npos;
         begin = text.find_first_not_of(blanks)) {
        text.remove_prefix(begin);
        const auto word = text.substr(0, text.find_first_of(blanks));
        text.remove_prefix(word.size());

        const auto* found = std::find_if(names.begin(), names.end(), [word](const auto& name) {
            return name.verifier_argument && name.word == word;
        });
        if (found == names.end() || contains(policy, found->keyring))
            return std::nullopt;
        policy.keyrings.push_back(found->keyring);
    }
    if (policy.keyrings.empty())
        return std::nullopt;
    return policy;
}

std::string format_policy(const Policy& policy) {
    if (refuses_all(policy))
        return KEXEC_KEYRINGS_NO_KEYRING;
    std::string text;
    for (const auto keyring : policy.keyrings) {
        if (!text.empty())
            text += ' ';
        text += word_of(keyring);
    }
    return text;
}

Policy policy_of_linux_6_0(bool platform_keyring) {
    return platform_keyring ? secondary_then_platform : secondary_alone;
}

bool consults(const Policy& policy, Keyring keyring, bool machine_linked) {
    if (contains(policy, keyring))
        return true;
    if (!contains(policy, Keyring::secondary))
        return false;
    return keyring == Keyring::builtin || (keyring == Keyring::machine && machine_linked);
}

}  // namespace kxk::trust
