// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "cmd/selftest_policy.h"
#include "trust_facts.h"

namespace kxk::test {
namespace {

using cmd::expected_policy;

std::string policy_of(const cmd::ExpectedPolicy& expected) {
    return expected.policy ? trust::format_policy(*expected.policy) : "unknown";
}

trust::Machine with_module(const std::string& mode, const std::string& native,
                           const std::string& active) {
    auto machine = machine_with_keys();
    machine.module_loaded = true;
    machine.module.mode = mode;
    machine.module.native_policy = native;
    machine.module.active_policy = active;
    return machine;
}

TEST(SelftestPolicy, TheModuleMustGiveThatOf60WhateverItSaysItself) {
    const auto expected = expected_policy(with_module("backport", "builtin", "builtin"), "");
    EXPECT_EQ(policy_of(expected), "secondary platform");
    EXPECT_TRUE(expected.certain);
}

TEST(SelftestPolicy, WithoutAPlatformKeyringThereIsNoneToAsk) {
    auto machine = with_module("backport", "builtin", "secondary");
    machine.options.platform_keyring = false;
    EXPECT_EQ(policy_of(expected_policy(machine, "")), "secondary");
}

TEST(SelftestPolicy, WhatTheModuleHasLearntCountsOnAnOlderKernel) {
    const auto expected = expected_policy(with_module("observe", "platform", "platform"), "");
    EXPECT_EQ(policy_of(expected), "platform");
    EXPECT_TRUE(expected.certain);
}

TEST(SelftestPolicy, ThatAKernelRefusesEveryImageIsLearntAsWell) {
    const auto expected = expected_policy(with_module("observe", "none", "none"), "");
    EXPECT_EQ(policy_of(expected), "none");
    EXPECT_TRUE(expected.certain);
}

TEST(SelftestPolicy, Since60NothingButThatOf60IsRight) {
    auto machine = with_module("observe", "builtin", "builtin");
    machine.release = "6.1.0-13-arm64";
    EXPECT_EQ(policy_of(expected_policy(machine, "")), "secondary platform");
    machine.module_loaded = false;
    EXPECT_TRUE(expected_policy(machine, "").certain);
}

TEST(SelftestPolicy, WithoutAModuleAnOlderKernelIsGuessed) {
    const auto expected = expected_policy(machine_with_keys(), "");
    EXPECT_EQ(policy_of(expected), "builtin");
    EXPECT_FALSE(expected.certain);
    auto machine = machine_with_keys();
    machine.release = "4.18.0-240.el8.aarch64";
    EXPECT_EQ(policy_of(expected_policy(machine, "")), "unknown");
}

TEST(SelftestPolicy, WhatIsStatedCountsMost) {
    const auto expected = expected_policy(with_module("backport", "builtin", "x"), "builtin");
    EXPECT_EQ(policy_of(expected), "builtin");
    EXPECT_TRUE(expected.certain);
    EXPECT_EQ(policy_of(expected_policy(machine_with_keys(), "6.0")), "secondary platform");
    EXPECT_FALSE(cmd::parse_expected_policy("5.10", {}));
}

}  // namespace
}  // namespace kxk::test
