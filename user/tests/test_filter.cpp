// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/filter.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace kxk::host {
namespace {

TEST(Filter, GivesWhatTheProgramWrites) {
    const auto answer = filter({"tr", "a-c", "x-z"}, "aabbcc; $(less) `more`\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, "xxyyzz; $(less) `more`\n");
}

TEST(Filter, MoreThanAPipeHolds) {
    const std::string much(3 << 20, 'm');
    const auto answer = filter({"cat"}, much);
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, much);
}

TEST(Filter, AProgramNeedNotRead) {
    const auto answer = filter({"true"}, std::string(3 << 20, 'm'));
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, "");
}

TEST(Filter, NoSuchProgram) {
    EXPECT_EQ(filter({"kexec-keyrings-is-not-a-filter"}, "").error(), ENOENT);
}

TEST(Filter, AProgramThatFails) {
    EXPECT_EQ(filter({"false"}, "").error(), EIO);
}

TEST(Filter, AProgramThatIsKilled) {
    EXPECT_EQ(filter({"sh", "-c", "kill -9 $$"}, "").error(), EIO);
}

}  // namespace
}  // namespace kxk::host
