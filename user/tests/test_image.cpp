// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/image.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "made_image.h"
#include "trust/image_assess.h"

namespace kxk::test {
namespace {

using image::ByteView;
using testing::HasSubstr;
using trust::Answer;
using trust::ImageFormat;
using trust::SignatureForm;

trust::ImageFacts read(const std::string& file) {
    return image::read_image(ByteView(file));
}

TEST(Image, Signed) {
    const auto facts = read(signed_image(made_arm64_image, some_signer()));
    EXPECT_EQ(facts.format, ImageFormat::arm64_image);
    EXPECT_EQ(facts.form, SignatureForm::authenticode);
    EXPECT_EQ(facts.structure_error, 0);
    EXPECT_EQ(facts.structure_error_before_6_3, 0);
    EXPECT_EQ(facts.verified_signature, 0U);
    ASSERT_EQ(facts.signatures.size(), 1U);
    EXPECT_EQ(facts.signatures[0].digest, facts.digest);
    EXPECT_EQ(facts.signatures[0].offset, 2048U + 8);
    EXPECT_EQ(trust::is_intact(facts), Answer::yes);
}

TEST(Image, Unsigned) {
    const auto facts = read(made_arm64_image());
    EXPECT_EQ(facts.form, SignatureForm::none);
    EXPECT_EQ(facts.structure_error, 0);
    EXPECT_FALSE(facts.verified_signature);
    EXPECT_EQ(facts.digest.size(), 64U);
    EXPECT_EQ(trust::is_intact(facts), Answer::no);
}

TEST(Image, WithSeveralSignaturesIsForNewerKernelsOnly) {
    const auto entry = authenticode_entry(made_arm64_image, some_signer());
    PeWriter writer;
    writer.certificates = entry + certificate_entry("no message") + entry;
    const auto facts = read(made_arm64_image(writer));
    ASSERT_EQ(facts.signatures.size(), 3U);
    EXPECT_EQ(facts.structure_error, 0);
    EXPECT_EQ(facts.structure_error_before_6_3, ELIBBAD);
    EXPECT_EQ(facts.verified_signature, 0U);
    EXPECT_EQ(trust::is_intact(facts.signatures[0]), Answer::yes);
    EXPECT_EQ(trust::is_intact(facts.signatures[1]), Answer::no);
    EXPECT_EQ(trust::is_intact(facts.signatures[2]), Answer::yes);
    EXPECT_EQ(trust::is_intact(facts), Answer::yes);
}

TEST(Image, IsNotSavedByASecondSignature) {
    PeWriter writer;
    writer.certificates =
        certificate_entry("no message") + authenticode_entry(made_arm64_image, some_signer());
    const auto facts = read(made_arm64_image(writer));
    EXPECT_EQ(facts.structure_error, ELIBBAD);
    EXPECT_FALSE(facts.verified_signature);
    EXPECT_EQ(trust::is_intact(facts), Answer::no);
}

TEST(Image, WithAnotherKindOfEntryIsTold) {
    PeWriter writer;
    writer.certificates = certificate_entry("something", 0x0ef1);
    const auto facts = read(made_arm64_image(writer));
    EXPECT_EQ(facts.structure_error, trust::enotsupp);
    ASSERT_EQ(facts.signatures.size(), 1U);
    EXPECT_THAT(facts.signatures[0].problem, HasSubstr("0xef1"));
}

TEST(Image, ThatIsNoSoundPeFileHasNoDigest) {
    auto file = signed_image(made_arm64_image, some_signer());
    file.resize(file.size() - 1);
    const auto facts = read(file);
    EXPECT_EQ(facts.format, ImageFormat::arm64_image);
    EXPECT_EQ(facts.structure_error, ELIBBAD);
    EXPECT_EQ(facts.digest, "");
    EXPECT_THAT(facts.problem, HasSubstr("certificate table"));
}

TEST(Image, WithASectionOutsideHasNoDigest) {
    auto file = signed_image(made_arm64_image, some_signer());
    put(file, PeWriter{}.section_header(1) + 16, 0x7fffffffU);
    const auto facts = read(file);
    EXPECT_EQ(facts.digest, "");
    EXPECT_THAT(facts.problem, HasSubstr("section"));
    EXPECT_EQ(trust::is_intact(facts), Answer::no);
}

TEST(Image, WithAnyByteOfTheContentChangedIsNotIntact) {
    const auto file = signed_image(made_arm64_image, some_signer());
    const PeWriter writer;
    for (std::size_t i = 0; i < 2048; i += 1 + i / 512 * 60) {
        auto spoiled = file;
        spoiled[i] = static_cast<char>(spoiled[i] ^ 0x40);
        const bool checksum = i >= writer.checksum_offset() && i < writer.checksum_offset() + 4;
        EXPECT_EQ(trust::is_intact(read(spoiled)), checksum ? Answer::yes : Answer::no) << i;
    }
}

TEST(Image, TruncatedAnywhereIsNotIntact) {
    const auto file = signed_image(made_arm64_image, some_signer());
    for (std::size_t size = 0; size < file.size(); size += 1 + size / 512 * 30)
        EXPECT_EQ(trust::is_intact(read(file.substr(0, size))), Answer::no) << size;
}

TEST(Image, WithSomethingBehindTheSignatureIsNotIntact) {
    EXPECT_EQ(trust::is_intact(read(signed_image(made_arm64_image, some_signer()) + "appended")),
              Answer::no);
}

TEST(Image, AppendedSignature) {
    const auto facts = read(signed_s390_image(some_signer()));
    EXPECT_EQ(facts.format, ImageFormat::s390_image);
    EXPECT_EQ(facts.form, SignatureForm::appended);
    EXPECT_EQ(facts.structure_error, 0);
    EXPECT_EQ(facts.verified_signature, 0U);
    EXPECT_EQ(facts.digest, image::digest_of(ByteView(made_s390_image()), "sha256"));
    EXPECT_EQ(facts.signatures[0].offset, made_s390_image().size());
    EXPECT_EQ(trust::is_intact(facts), Answer::yes);
}

TEST(Image, AppendedSignatureWithoutItsCertificateCannotBeChecked) {
    EXPECT_EQ(trust::is_intact(read(signed_s390_image(some_signer(), false))), Answer::cannot_tell);
}

TEST(Image, AppendedSignatureOfAChangedFileIsBad) {
    auto file = signed_s390_image(some_signer());
    file[100] = 'x';
    EXPECT_EQ(trust::is_intact(read(file)), Answer::no);
    file = signed_s390_image(some_signer());
    file[file.size() - 28 - 12] = 1;
    EXPECT_EQ(read(file).structure_error, EBADMSG);
    EXPECT_TRUE(read(file).signatures.empty());
}

TEST(Image, UnsignedImageOfS390IsRejectedByItsVerifier) {
    const auto facts = read(made_s390_image());
    EXPECT_EQ(facts.form, SignatureForm::none);
    EXPECT_EQ(facts.structure_error, EKEYREJECTED);
}

TEST(Image, Arm64ImageWithoutPeHeaderIsNoneForTheVerifier) {
    auto file = made_arm64_image();
    file.replace(0, 2, "\0\0", 2);
    const auto facts = read(file);
    EXPECT_EQ(facts.format, ImageFormat::arm64_image);
    EXPECT_EQ(facts.structure_error, ELIBBAD);
}

TEST(Image, OfNothing) {
    const auto facts = read("");
    EXPECT_EQ(facts.format, ImageFormat::unknown);
    EXPECT_EQ(trust::is_intact(facts), Answer::no);
}

}  // namespace
}  // namespace kxk::test
