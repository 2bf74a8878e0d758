// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "trust/policy.h"

namespace kxk::trust {
namespace {

using testing::ElementsAre;

class KnownPolicy : public testing::TestWithParam<const char*> {};

TEST_P(KnownPolicy, IsWrittenAsItWasRead) {
    const auto policy = parse_policy(GetParam());
    ASSERT_TRUE(policy);
    EXPECT_EQ(format_policy(*policy), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Policies, KnownPolicy,
                         testing::Values("builtin", "platform", "secondary", "secondary platform",
                                         "platform secondary", "none"));

TEST(ParsePolicy, KeepsTheOrder) {
    EXPECT_THAT(parse_policy("secondary platform")->keyrings,
                ElementsAre(Keyring::secondary, Keyring::platform));
    EXPECT_NE(parse_policy("secondary platform"), parse_policy("platform secondary"));
}

TEST(ParsePolicy, ToleratesBlanks) {
    EXPECT_EQ(parse_policy("  secondary \t platform\n"), policy_of_linux_6_0(true));
    EXPECT_EQ(parse_policy(" none\n"), Policy{});
}

TEST(ParsePolicy, KnowsTheKernelThatRefusesEveryImage) {
    const auto none = parse_policy("none");
    ASSERT_TRUE(none);
    EXPECT_TRUE(refuses_all(*none));
    EXPECT_FALSE(refuses_all(*parse_policy("builtin")));
}

class NoPolicy : public testing::TestWithParam<const char*> {};

TEST_P(NoPolicy, IsNotRead) {
    EXPECT_EQ(parse_policy(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Policies, NoPolicy,
                         testing::Values("", " \n", "none builtin", "builtin none", "none none",
                                         "nonesuch", "Secondary", "secondary,platform",
                                         "secondaryplatform", "secondary platform future",
                                         "secondary secondary", "machine", "blacklist",
                                         ".platform"));

TEST(PolicyOfLinux60, StopsAtSecondaryWithoutAPlatformKeyring) {
    EXPECT_EQ(format_policy(policy_of_linux_6_0(true)), "secondary platform");
    EXPECT_EQ(format_policy(policy_of_linux_6_0(false)), "secondary");
}

TEST(PoliciesOf, AreThoseOfTheArchitectureAndEndWithThatOfLinux60) {
    for (const char* arch : {"x86_64", "arm64", "s390x", "ppc64le"})
        EXPECT_EQ(policies_of(arch).back(), policy_of_linux_6_0(true)) << arch;
    EXPECT_THAT(policies_of("arm64"), ElementsAre(builtin_alone, secondary_then_platform));
    EXPECT_THAT(policies_of("s390x"), ElementsAre(platform_alone, secondary_then_platform));
    EXPECT_EQ(policies_of("x86_64").size(), 3U);
}

TEST(Names, AreTheKernels) {
    EXPECT_EQ(word_of(Keyring::machine), "machine");
    EXPECT_EQ(kernel_name_of(Keyring::builtin), ".builtin_trusted_keys");
    EXPECT_EQ(kernel_name_of(Keyring::secondary), ".secondary_trusted_keys");
    EXPECT_EQ(kernel_name_of(Keyring::machine), ".machine");
    EXPECT_EQ(kernel_name_of(Keyring::platform), ".platform");
    EXPECT_EQ(kernel_name_of(Keyring::blacklist), ".blacklist");
}

TEST(Consults, FollowsTheLinksOfSecondary) {
    const auto secondary = *parse_policy("secondary");
    EXPECT_TRUE(consults(secondary, Keyring::secondary, false));
    EXPECT_TRUE(consults(secondary, Keyring::builtin, false));
    EXPECT_FALSE(consults(secondary, Keyring::machine, false));
    EXPECT_TRUE(consults(secondary, Keyring::machine, true));
    EXPECT_FALSE(consults(secondary, Keyring::platform, true));
    EXPECT_FALSE(consults(secondary, Keyring::blacklist, true));
}

TEST(Consults, BuiltinLinksToNothing) {
    const auto builtin = *parse_policy("builtin");
    EXPECT_TRUE(consults(builtin, Keyring::builtin, true));
    EXPECT_FALSE(consults(builtin, Keyring::secondary, true));
    EXPECT_FALSE(consults(builtin, Keyring::machine, true));
    EXPECT_FALSE(consults(builtin, Keyring::platform, true));
}

TEST(Consults, PlatformStandsAlone) {
    const auto platform = *parse_policy("platform");
    EXPECT_TRUE(consults(platform, Keyring::platform, true));
    EXPECT_FALSE(consults(platform, Keyring::builtin, true));
}

}  // namespace
}  // namespace kxk::trust
