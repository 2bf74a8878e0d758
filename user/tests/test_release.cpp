// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "trust/release.h"

namespace kxk::trust {
namespace {

TEST(ParseRelease, TakesThreeNumbersAndWhatFollows) {
    const auto release = parse_release("5.15.0-85-generic");
    ASSERT_TRUE(release);
    EXPECT_EQ(release->version, 5U);
    EXPECT_EQ(release->patchlevel, 15U);
    EXPECT_EQ(release->sublevel, 0U);
    EXPECT_EQ(release->suffix, "-85-generic");
}

TEST(ParseRelease, TakesTwoNumbers) {
    const auto release = parse_release("6.1-rc3");
    ASSERT_TRUE(release);
    EXPECT_EQ(release->patchlevel, 1U);
    EXPECT_EQ(release->suffix, "-rc3");
    EXPECT_EQ(parse_release("6.1.")->suffix, ".");
    EXPECT_EQ(parse_release("6.1.x")->suffix, ".x");
}

TEST(ParseRelease, TakesNothingElse) {
    for (const auto* text : {"", "5", "5.", "v5.10", "-5.10", "5.x", "99999999999.1", "unknown"})
        EXPECT_FALSE(parse_release(text)) << text;
}

TEST(Release, IsComparedByNumbers) {
    const auto release = parse_release("5.10.13");
    EXPECT_TRUE(release->is_at_least(5, 10));
    EXPECT_TRUE(release->is_at_least(5, 9));
    EXPECT_TRUE(release->is_at_least(4, 19));
    EXPECT_FALSE(release->is_at_least(5, 11));
    EXPECT_FALSE(release->is_at_least(6, 0));
}

struct GuessCase {
    const char* arch;
    const char* release;
    const char* policy;  // null: no guess
};

class Guess : public testing::TestWithParam<GuessCase> {};

TEST_P(Guess, FollowsTheTable) {
    const auto guess = guess_policy(GetParam().arch, GetParam().release);
    if (GetParam().policy == nullptr) {
        EXPECT_FALSE(guess);
        return;
    }
    ASSERT_TRUE(guess);
    EXPECT_EQ(guess->policy ? format_policy(*guess->policy) : "unverified", GetParam().policy);
    EXPECT_FALSE(guess->because.empty());
}

constexpr const char* unverified = "unverified";
constexpr const char* six = "secondary platform";
INSTANTIATE_TEST_SUITE_P(
    Kernels, Guess,
    testing::Values(
        GuessCase{"x86_64", "3.16.0", unverified}, GuessCase{"x86_64", "4.18.20", "builtin"},
        GuessCase{"x86_64", "4.19.0-21-amd64", "secondary"},
        GuessCase{"x86_64", "5.0.21", "secondary"}, GuessCase{"x86_64", "5.1.0", six},
        GuessCase{"x86_64", "6.12.1", six}, GuessCase{"arm64", "4.19.1", unverified},
        GuessCase{"arm64", "5.0.0", "builtin"}, GuessCase{"arm64", "5.10.223", "builtin"},
        GuessCase{"arm64", "5.15.160", "builtin"}, GuessCase{"arm64", "5.18.18", "builtin"},
        GuessCase{"arm64", "5.18.19", six}, GuessCase{"arm64", "5.19.2", "builtin"},
        GuessCase{"arm64", "5.19.3", six}, GuessCase{"arm64", "6.0.0", six},
        GuessCase{"arm64", "5.15.0-84-generic", "builtin"},
        GuessCase{"arm64", "5.15.0-85-generic", six}, GuessCase{"arm64", "5.15.0-101-generic", six},
        GuessCase{"arm64", "5.15.0-0.bpo.3-arm64", "builtin"},
        GuessCase{"arm64", "5.10.0-101-arm64", "builtin"}, GuessCase{"s390x", "5.1.0", unverified},
        GuessCase{"s390x", "5.2.0", "platform"}, GuessCase{"s390x", "5.10.136", "platform"},
        GuessCase{"s390x", "5.10.137", six}, GuessCase{"s390x", "6.1.0", six},
        GuessCase{"s390x", "5.14.21", "platform"},
        // Too unsure: stable trees took it at a place that is not known here, or the
        // distribution does not say which stable release it has.
        GuessCase{"s390x", "5.4.0-42-generic", nullptr}, GuessCase{"s390x", "5.15.100", nullptr},
        GuessCase{"s390x", "5.10.0-21-s390x", nullptr},
        GuessCase{"x86_64", "4.18.0-240.el8.x86_64", nullptr},
        GuessCase{"arm64", "5.14.0-70.el9.aarch64", nullptr},
        GuessCase{"ppc64le", "6.1.0", nullptr}, GuessCase{"x86_64", "unknown", nullptr}));

}  // namespace
}  // namespace kxk::trust
