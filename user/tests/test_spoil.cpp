// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/spoil.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "host/nameless_file.h"
#include "image/image.h"
#include "image/throwaway_key.h"
#include "made_image.h"
#include "trust/image_assess.h"

namespace kxk::test {
namespace {

using image::ByteView;
using trust::Answer;
using trust::SignatureForm;

TEST(Spoil, ASignatureCanBeTakenOffAndTheContentStays) {
    const auto file = signed_image(made_arm64_image, some_signer());
    const auto bare = image::without_signature(file);
    ASSERT_TRUE(bare);
    const auto facts = image::read_image(ByteView(*bare));
    EXPECT_EQ(facts.form, SignatureForm::none);
    EXPECT_EQ(facts.structure_error, 0);
    EXPECT_EQ(facts.digest, image::read_image(ByteView(file)).digest);
    EXPECT_EQ(image::without_signature(*bare), bare);
}

TEST(Spoil, AllAppendedSignaturesAreTakenOff) {
    const auto once = signed_s390_image(some_signer());
    EXPECT_EQ(image::without_signature(once), made_s390_image());
    EXPECT_EQ(image::without_signature(append_signature(once, "message")), made_s390_image());
}

TEST(Spoil, WhatIsMalformedIsLeftAlone) {
    const auto file = signed_image(made_arm64_image, some_signer());
    EXPECT_EQ(image::without_signature(file.substr(0, 100)), std::nullopt);
    EXPECT_EQ(image::without_signature(file + "more"), std::nullopt);
    EXPECT_EQ(image::tampered(file.substr(0, 100)), std::nullopt);
    EXPECT_EQ(image::tampered(""), std::nullopt);
}

TEST(Spoil, ATamperedImageHasASignatureThatDoesNotFit) {
    for (const auto& file :
         {signed_image(made_bzimage, some_signer()), signed_image(made_arm64_image, some_signer()),
          signed_s390_image(some_signer())}) {
        const auto spoilt = image::tampered(file);
        ASSERT_TRUE(spoilt);
        EXPECT_EQ(spoilt->size(), file.size());
        const auto before = image::read_image(ByteView(file));
        const auto after = image::read_image(ByteView(*spoilt));
        EXPECT_EQ(trust::is_intact(before), Answer::yes);
        EXPECT_EQ(trust::is_intact(after), Answer::no);
        EXPECT_EQ(after.form, before.form);
        EXPECT_EQ(after.loader_error, before.loader_error);
    }
}

TEST(Spoil, ACutImageIsNotIntact) {
    const auto file = image::cut(signed_image(made_arm64_image, some_signer()));
    EXPECT_NE(trust::is_intact(image::read_image(ByteView(file))), Answer::yes);
}

TEST(ThrowawayKey, IsAnotherEachTimeAndSigns) {
    const auto one = image::make_throwaway_key(1700000000);
    const auto other = image::make_throwaway_key(1700000000);
    ASSERT_TRUE(std::holds_alternative<image::SigningKey>(one));
    ASSERT_TRUE(std::holds_alternative<image::SigningKey>(other));
    const auto certificate =
        image::to_certificate(std::get<image::SigningKey>(one).certificate.get());
    const auto another =
        image::to_certificate(std::get<image::SigningKey>(other).certificate.get());
    EXPECT_NE(certificate.subject_key_id, another.subject_key_id);
    EXPECT_NE(certificate.serial, another.serial);
    EXPECT_TRUE(certificate.self_signed);
    EXPECT_LT(certificate.not_before, 1700000000);
    EXPECT_GT(certificate.not_after, 1700000000);
    EXPECT_EQ(X509_check_private_key(std::get<image::SigningKey>(one).certificate.get(),
                                     std::get<image::SigningKey>(one).key.get()),
              1);
}

/* x509_decode_time() of Linux takes no year before, and has -EBADMSG for the whole message. */
TEST(ThrowawayKey, IsNotFromBefore1970OnAMachineWithoutAClock) {
    const auto made = image::make_throwaway_key(10);
    ASSERT_TRUE(std::holds_alternative<image::SigningKey>(made));
    const auto certificate =
        image::to_certificate(std::get<image::SigningKey>(made).certificate.get());
    EXPECT_EQ(certificate.not_before, 0);
    EXPECT_GT(certificate.not_after, 10);
}

TEST(NamelessFile, HasItsContentUntilItIsGone) {
    std::string path;
    {
        const auto file = host::make_nameless_file(std::string(100000, 'x'));
        ASSERT_TRUE(file);
        path = (*file)->path();
        std::ostringstream content;
        content << std::ifstream(path).rdbuf();
        EXPECT_EQ(content.str(), std::string(100000, 'x'));
    }
    EXPECT_FALSE(std::ifstream(path).is_open());
}

}  // namespace
}  // namespace kxk::test
