// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "image/signature_list.h"
#include "made_certificate.h"
#include "signature_list_writer.h"

namespace kxk::image {
namespace {

using test::le32;
using test::owner;
using test::sha256_type;
using test::signature_list;
using test::x509_sha256_type;
using test::x509_type;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using trust::FirmwareEntryKind;

SignatureLists parse_lists(const std::string& bytes) {
    return parse_signature_lists(ByteView(bytes));
}

TEST(SignatureLists, ReadEveryKindThatLinuxTakes) {
    test::CertificateWish wish;
    wish.serial = 0x42;
    const std::string hash(32, '\xab');
    const auto lists =
        parse_lists(signature_list(x509_type, {test::make_der(wish)}) +
                    signature_list(sha256_type, {hash, std::string(32, '\x01')}) +
                    signature_list(x509_sha256_type, {hash + std::string(16, '\0')}));
    EXPECT_THAT(lists.problem, IsEmpty());
    ASSERT_THAT(lists.entries, SizeIs(4));

    EXPECT_EQ(lists.entries[0].kind, FirmwareEntryKind::certificate);
    EXPECT_EQ(lists.entries[0].type, "a5c059a1-94e4-4aa7-87b5-ab155c2bf072");
    EXPECT_EQ(lists.entries[0].owner, "00112233-4455-6677-8899-aabbccddeeff");
    ASSERT_TRUE(lists.entries[0].certificate);
    EXPECT_EQ(lists.entries[0].certificate->description, "Tests: Key: 42");

    EXPECT_EQ(lists.entries[1].kind, FirmwareEntryKind::image_hash);
    EXPECT_EQ(lists.entries[2].digest.substr(0, 4), "0101");
    EXPECT_EQ(lists.entries[3].kind, FirmwareEntryKind::certificate_hash);
    EXPECT_THAT(lists.entries[3].digest, SizeIs(64));
    EXPECT_FALSE(lists.entries[3].certificate);
}

TEST(SignatureLists, OfNothingIsNothing) {
    EXPECT_THAT(parse_lists("").entries, IsEmpty());
    EXPECT_THAT(parse_lists("").problem, IsEmpty());
}

TEST(SignatureLists, PassOverHeadersAndOtherTypes) {
    const std::string type(16, '\x11');
    const auto lists =
        parse_lists(signature_list(type, {"data"}, "header") +
                    signature_list(sha256_type, {std::string(32, '\x02')}, "another"));
    EXPECT_THAT(lists.problem, IsEmpty());
    ASSERT_THAT(lists.entries, SizeIs(2));
    EXPECT_EQ(lists.entries[0].kind, FirmwareEntryKind::other);
    EXPECT_EQ(lists.entries[0].type, "11111111-1111-1111-1111-111111111111");
    EXPECT_EQ(lists.entries[1].digest.substr(0, 4), "0202");
}

TEST(SignatureLists, KeepACertificateThatCannotBeReadAsAnEntry) {
    const auto lists = parse_lists(signature_list(x509_type, {"no certificate"}));
    EXPECT_THAT(lists.problem, IsEmpty());
    ASSERT_THAT(lists.entries, SizeIs(1));
    EXPECT_EQ(lists.entries[0].kind, FirmwareEntryKind::certificate);
    EXPECT_FALSE(lists.entries[0].certificate);
}

TEST(SignatureLists, HashThatIsTooShortHasNoDigest) {
    const auto lists = parse_lists(signature_list(sha256_type, {"short"}));
    ASSERT_THAT(lists.entries, SizeIs(1));
    EXPECT_THAT(lists.entries[0].digest, IsEmpty());
}

TEST(SignatureLists, KeepWhatComesBeforeAMistake) {
    const auto lists =
        parse_lists(signature_list(sha256_type, {std::string(32, '\x03')}) + "garbage");
    EXPECT_THAT(lists.entries, SizeIs(1));
    EXPECT_EQ(lists.problem, "the signature list at byte 76 is cut off");
}

TEST(SignatureLists, SurviveEveryTruncation) {
    const auto bytes = signature_list(x509_type, {test::make_der({})}) +
                       signature_list(sha256_type, {std::string(32, '\x04')});
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        const auto lists = parse_lists(bytes.substr(0, size));
        const bool whole_first_list = size == bytes.size() - 76;
        EXPECT_EQ(lists.problem.empty(), whole_first_list) << size;
    }
}

struct Sizes {
    std::uint32_t list;
    std::uint32_t header;
    std::uint32_t entry;
};

class HostileSizes : public testing::TestWithParam<Sizes> {};

TEST_P(HostileSizes, AreAMistake) {
    const auto& sizes = GetParam();
    const auto lists = parse_lists(sha256_type + le32(sizes.list) + le32(sizes.header) +
                                   le32(sizes.entry) + owner + std::string(32, '\x05'));
    EXPECT_THAT(lists.problem, HasSubstr("at byte 0 is of a size"));
    EXPECT_THAT(lists.entries, IsEmpty());
}

constexpr std::uint32_t largest = 0xffffffff;
INSTANTIATE_TEST_SUITE_P(Lists, HostileSizes,
                         testing::Values(Sizes{0, 0, 48}, Sizes{27, 0, 48}, Sizes{28, 0, 48},
                                         Sizes{77, 0, 49}, Sizes{largest, 0, 48}, Sizes{76, 0, 0},
                                         Sizes{76, 0, 15}, Sizes{76, 0, 47}, Sizes{76, 0, largest},
                                         Sizes{76, 1, 48}, Sizes{76, 48, 48},
                                         Sizes{76, largest, 48},
                                         // 28 + the header size is 20 in 32 bits
                                         Sizes{76, largest - 7, 48}, Sizes{16, largest, 16}));

}  // namespace
}  // namespace kxk::image
