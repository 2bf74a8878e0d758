// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/der_tree.h"

#include <gtest/gtest.h>

#include "small_images.h"

namespace kxk::lab {
namespace {

TEST(DerTree, IsWrittenAsItWasRead) {
    const std::string bytes = small_message('x');
    const auto tree = parse_der(bytes);

    ASSERT_EQ(tree.size(), 1U);
    ASSERT_EQ(tree[0].children.size(), 2U);
    EXPECT_EQ(tree[0].children[0].tag, 0x06);
    EXPECT_EQ(write_der(tree), bytes);
}

TEST(DerTree, KnowsWhereElementsAre) {
    const std::string bytes = "\x04\x01x\x30\x03\x02\x01\x07";
    const auto places = der_places(bytes);

    ASSERT_EQ(places.size(), 3U);
    EXPECT_EQ(places[1].header, 3U);
    EXPECT_EQ(places[1].end, 8U);
    EXPECT_EQ(places[2].header, 5U);
    EXPECT_EQ(places[2].content, 7U);
}

TEST(DerTree, ReadsLengthsOfSeveralBytes) {
    for (const std::size_t size : {0U, 127U, 128U, 255U, 256U, 70000U}) {
        const DerNode node{0x04, std::string(size, 'o'), {}};
        const auto tree = parse_der(write_der(node));

        ASSERT_EQ(tree.size(), 1U);
        EXPECT_EQ(tree[0].content.size(), size);
    }
}

TEST(DerTree, RefusesWhatIsCut) {
    const std::string bytes = small_message('x');

    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_TRUE(parse_der(std::string_view(bytes).substr(0, size)).empty());
    }
}

TEST(DerTree, RefusesLengthsThatAreNotDefinite) {
    using std::string_view_literals::operator""sv;

    EXPECT_TRUE(parse_der("\x30\x80\x00\x00"sv).empty());
    EXPECT_TRUE(parse_der("\x30\x85\x00\x00\x00\x00\x01x"sv).empty());
    EXPECT_TRUE(parse_der("\x1f\x00"sv).empty());
    EXPECT_EQ(parse_der("\x30\x00"sv).size(), 1U);
}

TEST(DerTree, IsOnlySoDeep) {
    std::string bytes;
    for (int i = 0; i < 5000; ++i) {
        bytes = write_der(DerNode{0x30, bytes, {}});
    }

    EXPECT_EQ(write_der(parse_der(bytes)), bytes);
}

TEST(DerTree, TakesForALeafWhatIsNoDerInside) {
    const std::string bytes = "\x30\x03xyz";
    const auto tree = parse_der(bytes);

    ASSERT_EQ(tree.size(), 1U);
    EXPECT_TRUE(tree[0].children.empty());
    EXPECT_EQ(tree[0].content, "xyz");
}

}  // namespace
}  // namespace kxk::lab
