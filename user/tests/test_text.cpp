// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "host/text.h"

namespace kxk::host {
namespace {

using Lines = std::vector<std::string_view>;
using testing::IsEmpty;

TEST(Trim, TakesBlanksOffBothEnds) {
    EXPECT_EQ(trim(" \ta b\r\n"), "a b");
    EXPECT_EQ(trim("\n \n"), "");
    EXPECT_EQ(trim(""), "");
}

TEST(StartsWith, DoesNotReadBehindTheEnd) {
    EXPECT_TRUE(starts_with("abc", "ab"));
    EXPECT_FALSE(starts_with("a", "ab"));
    EXPECT_FALSE(starts_with("xab", "ab"));
}

TEST(SplitLines, KeepsEmptyLinesAndAnUnfinishedOne) {
    // No matchers: not every build of GoogleMock has those for std::string_view.
    EXPECT_EQ(split_lines("a\n\nb"), (Lines{"a", "", "b"}));
    EXPECT_EQ(split_lines("a\n"), Lines{"a"});
    EXPECT_THAT(split_lines(""), IsEmpty());
}

TEST(TakeWord, EndsWithEmptyOnes) {
    std::string_view text = "  one\ttwo ";
    EXPECT_EQ(take_word(text), "one");
    EXPECT_EQ(take_word(text), "two");
    EXPECT_EQ(take_word(text), "");
    EXPECT_EQ(take_word(text), "");
}

TEST(ParseNumber, TakesWholeTextsOnly) {
    EXPECT_EQ(parse_number<unsigned>("42"), 42U);
    EXPECT_EQ(parse_number<unsigned>("ff", 16), 255U);
    EXPECT_EQ(parse_number<unsigned>(""), std::nullopt);
    EXPECT_EQ(parse_number<unsigned>("42x"), std::nullopt);
    EXPECT_EQ(parse_number<unsigned>(" 42"), std::nullopt);
    EXPECT_EQ(parse_number<unsigned>("-1"), std::nullopt);
    EXPECT_EQ(parse_number<unsigned char>("256"), std::nullopt);
}

}  // namespace
}  // namespace kxk::host
