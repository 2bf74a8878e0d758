// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cstdint>

#include "image/bytes.h"

namespace kxk::test {
namespace {

using image::ByteView;

constexpr std::uint64_t farthest = UINT64_MAX;
const std::string eight_bytes{"\x01\x02\x03\x04\x05\x06\x07\xf8", 8};
const ByteView eight_view{eight_bytes};

TEST(Bytes, NumbersHaveAByteOrder) {
    EXPECT_EQ(eight_view.u8(7), 0xf8U);
    EXPECT_EQ(eight_view.le16(0), 0x0201U);
    EXPECT_EQ(eight_view.le32(4), 0xf8070605U);
    EXPECT_EQ(eight_view.le64(0), 0xf807060504030201U);
    EXPECT_EQ(eight_view.be16(6), 0x07f8U);
    EXPECT_EQ(eight_view.be32(4), 0x050607f8U);
}

TEST(Bytes, NumbersThatAreNotWhollyInsideAreNone) {
    for (const auto offset :
         {std::uint64_t{7}, std::uint64_t{8}, std::uint64_t{9}, farthest - 1, farthest}) {
        EXPECT_FALSE(eight_view.le16(offset)) << offset;
        EXPECT_FALSE(eight_view.le32(offset)) << offset;
        EXPECT_FALSE(eight_view.le64(offset)) << offset;
        EXPECT_FALSE(eight_view.be16(offset)) << offset;
        EXPECT_FALSE(eight_view.be32(offset)) << offset;
    }
    EXPECT_FALSE(eight_view.u8(8));
    EXPECT_FALSE(eight_view.le32(5));
    EXPECT_FALSE(eight_view.le64(1));
    EXPECT_FALSE(ByteView().u8(0));
}

TEST(Bytes, SlicesAreInside) {
    EXPECT_EQ(eight_view.slice(2, 3)->text(), "\x03\x04\x05");
    EXPECT_EQ(eight_view.slice(0, 8)->size(), 8U);
    EXPECT_TRUE(eight_view.slice(8, 0)->empty());
    EXPECT_TRUE(ByteView().slice(0, 0)->empty());
    EXPECT_EQ(eight_view.from(7)->text(), "\xf8");
    EXPECT_TRUE(eight_view.from(8)->empty());
}

TEST(Bytes, SlicesThatAreNotInsideAreNone) {
    EXPECT_FALSE(eight_view.slice(0, 9));
    EXPECT_FALSE(eight_view.slice(8, 1));
    EXPECT_FALSE(eight_view.slice(9, 0));
    EXPECT_FALSE(eight_view.slice(1, farthest));
    EXPECT_FALSE(eight_view.slice(farthest, 1));
    EXPECT_FALSE(eight_view.slice(farthest, farthest));
    EXPECT_FALSE(eight_view.from(9));
    EXPECT_FALSE(eight_view.from(farthest));
}

TEST(Bytes, AreFoundWhereTheyAre) {
    EXPECT_TRUE(eight_view.has(6, "\x07\xf8"));
    EXPECT_TRUE(eight_view.has(8, ""));
    EXPECT_FALSE(eight_view.has(7, "\xf8\x01"));
    EXPECT_FALSE(eight_view.has(0, "\x02"));
    EXPECT_FALSE(eight_view.has(9, ""));
    EXPECT_TRUE(image::same_bytes(*eight_view.slice(0, 2), ByteView("\x01\x02")));
    EXPECT_FALSE(image::same_bytes(*eight_view.slice(0, 2), *eight_view.slice(0, 3)));
}

TEST(Bytes, AsHexadecimalDigits) {
    EXPECT_EQ(image::to_hex(eight_view), "01020304050607f8");
    EXPECT_EQ(image::to_hex(ByteView()), "");
}

TEST(Bytes, RoundingUp) {
    EXPECT_EQ(image::round_up(0, 8), 0U);
    EXPECT_EQ(image::round_up(1, 8), 8U);
    EXPECT_EQ(image::round_up(8, 8), 8U);
    EXPECT_EQ(image::round_up(9, 8), 16U);
}

}  // namespace
}  // namespace kxk::test
