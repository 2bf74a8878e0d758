// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "image/digest.h"

namespace kxk::test {
namespace {

using image::ByteView;

// FIPS 180-4, "abc"
const std::map<std::string, std::string> abc_digests{
    {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"sha384",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c82"
     "5"
     "a7"},
    {"sha512",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "b"
     "bd454d4423643ce80e2a9ac94fa54ca49f"},
};

TEST(Digest, OfAllAlgorithmsAtOnce) {
    EXPECT_EQ(image::digest_ranges(ByteView("abc"), {{0, 3}},
                                   {"sha1", "sha224", "sha256", "sha384", "sha512"}),
              abc_digests);
}

TEST(Digest, OfRangesInTheirOrder) {
    EXPECT_EQ(image::digest_ranges(ByteView("cxab"), {{2, 2}, {1, 0}, {0, 1}}, {"sha256"}),
              (std::map<std::string, std::string>{{"sha256", abc_digests.at("sha256")}}));
}

TEST(Digest, OfMoreThanOnePortion) {
    const std::string text(100000, 'x');
    EXPECT_EQ(
        image::digest_ranges(ByteView(text), {{0, text.size()}}, {"sha1", "sha256"})["sha256"],
        image::digest_of(ByteView(text), "sha256"));
}

TEST(Digest, OfNothing) {
    EXPECT_EQ(image::digest_of(ByteView(), "sha256"),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, OfARangeThatIsNotInsideIsNone) {
    EXPECT_TRUE(image::digest_ranges(ByteView("abc"), {{0, 4}}, {"sha256"}).empty());
    EXPECT_TRUE(image::digest_ranges(ByteView("abc"), {{0, 3}, {4, 0}}, {"sha256"}).empty());
}

TEST(Digest, OfAnUnknownAlgorithmIsNone) {
    EXPECT_FALSE(image::is_digest_algorithm("md5"));
    EXPECT_TRUE(image::is_digest_algorithm("sha224"));
    EXPECT_EQ(image::digest_of(ByteView("abc"), "md5"), "");
    EXPECT_EQ(image::digest_ranges(ByteView("abc"), {{0, 3}}, {"md5", "sha1"}).size(), 1U);
}

}  // namespace
}  // namespace kxk::test
