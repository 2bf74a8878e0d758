// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/fuzz_answers.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "host/fuzz_differences.h"
#include "small_images.h"

namespace kxk::lab {
namespace {

TEST(FuzzAnswers, AreCounted) {
    const auto counts = distribution_of({"0 2:0", "126 2:126 3:126", "0 2:0"});

    EXPECT_EQ(counts.size(), 2U);
    EXPECT_EQ(counts.at("0 2:0"), 2U);
}

TEST(FuzzAnswers, AreWordsForPeople) {
    EXPECT_EQ(words_of_answer("0 2:126 3:0"), "accepted by secondary, then platform");
    EXPECT_EQ(words_of_answer("129 1:129"), "EKEYREJECTED by builtin");
    EXPECT_EQ(words_of_answer("!22"), "not judged, errno 22");
}

TEST(FuzzAnswers, DifferInAnything) {
    using Numbers = std::vector<std::uint64_t>;

    EXPECT_EQ(differing({"0 2:0", "129 2:129"}, {"0 2:0", "129 2:129"}, 2), Numbers());
    EXPECT_EQ(differing({"0 2:0", "129 2:129"}, {"0 2:0", "129 2:126 3:129"}, 2), Numbers{1});
    EXPECT_EQ(differing({"0 2:0"}, {"0 ?"}, 1), Numbers{0});
    EXPECT_EQ(differing({"0 2:0"}, {"0 2:0", "0 2:0"}, 2), Numbers{1});
    EXPECT_EQ(differing({}, {}, 1), Numbers{0});
}

TEST(FuzzAnswers, OfAcceptedImagesWithAnotherContentAreFound) {
    for (const ImageForm form : {ImageForm::pe, ImageForm::appended}) {
        const Mutator mutator(form, small_images(form), 1);
        constexpr std::size_t count = 300;
        const auto found = accepted_strangers(mutator, FuzzAnswers(count, "0 2:0"));

        // Most changes are of the message, not of the content.
        EXPECT_GT(found.size(), count / 20);
        EXPECT_LT(found.size(), count / 2);
        EXPECT_TRUE(accepted_strangers(mutator, FuzzAnswers(count, "129 2:129")).empty());
    }
}

TEST(FuzzAnswers, MustReachTheSignatures) {
    FuzzAnswers answers;
    for (int i = 0; i < 10; ++i) {
        answers.insert(answers.end(), {"0 2:0", "0 2:126 3:0", "126 2:126 3:126", "129 2:129",
                                       "129 2:126 3:129", "74 2:74"});
    }
    EXPECT_TRUE(reach_signatures(answers).empty());

    answers.insert(answers.end(), 10000, "80 2:80");
    EXPECT_EQ(reach_signatures(answers).size(), 6U);
    EXPECT_FALSE(reach_signatures({}).empty());
}

/** The cause that explains a dispute, or nothing. */
std::string cause_of(const FuzzDispute& dispute) {
    const FuzzDifference* known = explain(dispute);

    return known == nullptr ? "" : known->cause;
}

/** An image with a message that is SignedData only so far as explanations look at it. */
std::string image_with(const DerNode& of_certificate, const DerNode& of_signer) {
    const DerNode data{0x30, "", {{0xa0, "", {of_certificate}}, {0x31, "", {of_signer}}}};
    const DerNode message{0x30, "", {{0x06, "object", {}}, {0xa0, "", {data}}}};

    return join_signed(ImageForm::appended, {"content", write_der(message), ""});
}

const DerNode nothing{0x05, "", {}};

DerNode object(const char* bytes) {
    return {0x06, bytes, {}};
}

TEST(FuzzDifferences, ExplainAFirstEntryThatIsShorterThanTheTable) {
    const std::string one = small_images(ImageForm::pe)[0];
    const std::string entry = join_signed(ImageForm::pe, {"", small_message('2'), ""});
    const std::string two =
        join_signed(ImageForm::pe, {small_pe_content(), small_message('1'), entry});

    EXPECT_EQ(cause_of({ImageForm::pe, two, ELIBBAD, 0}), "4fc5c74dde69");
    EXPECT_EQ(cause_of({ImageForm::pe, one, ELIBBAD, 0}), "");
    EXPECT_EQ(cause_of({ImageForm::pe, two, EKEYREJECTED, 0}), "");
}

TEST(FuzzDifferences, ExplainEcdsa) {
    const DerNode ecdsa = object("\x2a\x86\x48\xce\x3d\x04\x03\x02");
    const DerNode key = object("\x2a\x86\x48\xce\x3d\x02\x01");
    const auto form = ImageForm::appended;

    EXPECT_EQ(cause_of({form, image_with(nothing, ecdsa), ENOPKG, EKEYREJECTED}), "a4aed36ed592");
    EXPECT_EQ(cause_of({form, image_with(nothing, ecdsa), 0, EKEYREJECTED}), "");
    EXPECT_EQ(cause_of({form, image_with(ecdsa, nothing), ENOPKG, EINVAL}), "299f561a6693");
    EXPECT_EQ(cause_of({form, image_with(key, nothing), EKEYREJECTED, EBADMSG}), "299f561a6693");
    EXPECT_EQ(cause_of({form, image_with(nothing, key), EKEYREJECTED, EBADMSG}), "");
    EXPECT_EQ(cause_of({form, image_with(nothing, nothing), ENOPKG, EKEYREJECTED}), "");
}

TEST(FuzzDifferences, ExplainSignaturesThatAreTooLong) {
    const auto signature = [](std::size_t size) {
        return DerNode{0x04, std::string(size, 's'), {}};
    };
    const auto certificate = [](std::size_t size) {
        return DerNode{
            0x30, "", {{0x30, "", {nothing}}, nothing, {0x03, std::string(size, 's'), {}}}};
    };
    const auto form = ImageForm::appended;

    EXPECT_EQ(cause_of({form, image_with(nothing, signature(257)), 0, EINVAL}), "d3481accd974");
    EXPECT_EQ(cause_of({form, image_with(nothing, signature(256)), 0, EINVAL}), "");
    EXPECT_EQ(cause_of({form, image_with(nothing, signature(257)), 0, EKEYREJECTED}), "");
    EXPECT_EQ(cause_of({form, image_with(certificate(258), nothing), 0, EINVAL}), "d3481accd974");
    EXPECT_EQ(cause_of({form, image_with(certificate(257), nothing), 0, EINVAL}), "");
}

TEST(FuzzDifferences, ExplainMd5) {
    const DerNode digest = object("\x2a\x86\x48\x86\xf7\x0d\x02\x05");
    const DerNode other = object("\x2a\x86\x48\x86\xf7\x0d\x02\x04");
    const auto form = ImageForm::appended;

    EXPECT_EQ(cause_of({form, image_with(nothing, digest), EBADMSG, ENOPKG}),
              "security/integrity/ima/Kconfig");
    EXPECT_EQ(cause_of({form, image_with(nothing, other), EBADMSG, ENOPKG}), "");
}

TEST(FuzzDifferences, AreExplainedOrNot) {
    const Mutator mutator(ImageForm::pe, small_images(ImageForm::pe), 1);
    const auto explanations =
        explain_differences(mutator, {"0 2:0", "0 2:0"}, {"0 2:0", "1 2:1"}, 2);

    EXPECT_TRUE(explanations.explained.empty());
    EXPECT_EQ(explanations.unexplained, std::vector<std::uint64_t>{1});
}

}  // namespace
}  // namespace kxk::lab
