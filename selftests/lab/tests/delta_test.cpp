// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/delta.h"

#include <gtest/gtest.h>

#include "common/hex.h"
#include "host/images.h"

namespace kxk::lab {
namespace {

std::string applied(std::string base, std::size_t size, const std::vector<Patch>& patches) {
    base.resize(size, '\0');
    for (const Patch& patch : patches) {
        base.replace(patch.offset, patch.bytes.size(), patch.bytes);
    }
    return base;
}

void expect_roundtrip(const std::string& base, const std::string& changed, std::size_t patches) {
    const auto found = difference(base, changed);

    EXPECT_EQ(found.size(), patches);
    EXPECT_EQ(applied(base, changed.size(), found), changed);
}

TEST(Delta, NothingForTheSame) {
    expect_roundtrip("abc", "abc", 0);
}

TEST(Delta, BothEnds) {
    std::string base(10000, 'x');
    std::string changed = base;
    changed.front() = 'a';
    changed.back() = 'b';

    expect_roundtrip(base, changed, 2);
}

TEST(Delta, NeighboursAreOnePatch) {
    std::string changed(10000, 'x');
    changed[4090] = 'a';
    changed[4100] = 'b';

    expect_roundtrip(std::string(10000, 'x'), changed, 1);
}

TEST(Delta, LongerWithZeros) {
    const std::string base(5000, 'x');
    std::string changed = base + std::string(100000, '\0') + "signature";

    expect_roundtrip(base, changed, 1);
}

TEST(Delta, Shorter) {
    expect_roundtrip(std::string(5000, 'x'), std::string(100, 'x'), 0);
}

TEST(Delta, FromNothing) {
    expect_roundtrip("", "new", 1);
}

TEST(Hex, Survives) {
    const std::string bytes(
        "\0\x7f\xff"
        "a",
        4);

    EXPECT_EQ(to_hex(bytes), "007fff61");
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
    EXPECT_THROW(static_cast<void>(from_hex("0")), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(from_hex("0g")), std::invalid_argument);
}

TEST(Images, EnlargedHeadersKnowOfIt) {
    std::string image(1024, '\0');
    image.replace(0x202, 4, "HdrS");
    image[0x260] = '\xff';

    const std::string large = enlarged(image, 0x101);

    EXPECT_EQ(large.size(), 1024U + 0x101);
    EXPECT_EQ(large.substr(0x260, 4), std::string("\x00\x02\x00\x00", 4));
}

}  // namespace
}  // namespace kxk::lab
