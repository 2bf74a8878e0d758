// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <cerrno>

#include "image/digest.h"
#include "image/image.h"
#include "image/pkcs7.h"
#include "image/signature.h"
#include "made_signature.h"
#include "pe_writer.h"
#include "trust/image_assess.h"

namespace kxk::test {
namespace {

using image::ByteView;
using testing::AnyOf;
using testing::HasSubstr;
using trust::Answer;
using trust::SignatureForm;

const std::string digest = image::digest_of(ByteView("the file"), "sha256");
constexpr const char* oid_data = "1.2.840.113549.1.7.1";

const Identity& the_root() {
    static const Identity identity = make_identity("Root", rsa_key(0));
    return identity;
}

const Identity& the_signer() {
    static const Identity identity = make_identity("Signer", rsa_key(1), &the_root());
    return identity;
}

MessageWish authenticode(SignerWish wish = {}) {
    if (wish.identity == nullptr)
        wish.identity = &the_signer();
    MessageWish message;
    message.content = indirect_data(digest);
    message.certificates = {&the_signer(), &the_root()};
    message.signers = {std::move(wish)};
    return message;
}

MessageWish detached(SignerWish wish = {}) {
    if (wish.identity == nullptr)
        wish.identity = &the_signer();
    wish.attributes = false;
    MessageWish message;
    message.content_type = oid_data;
    message.detached = "the file";
    message.certificates = {&the_signer()};
    message.signers = {std::move(wish)};
    return message;
}

trust::ImageSignature judge(const std::string& bytes,
                            SignatureForm form = SignatureForm::authenticode) {
    const auto message = image::parse_pkcs7(ByteView(bytes));
    return image::judge_message(message, form, {{"sha256", digest}});
}

trust::ImageSignature judge(const MessageWish& wish,
                            SignatureForm form = SignatureForm::authenticode) {
    return judge(make_message(wish), form);
}

TEST(Signature, OfTheFileByASignerWithItsChain) {
    const auto signature = judge(authenticode());
    EXPECT_EQ(signature.message_error, 0) << signature.problem;
    EXPECT_EQ(signature.content_error, 0) << signature.problem;
    EXPECT_EQ(signature.problem, "");
    EXPECT_EQ(signature.digest_algorithm, "sha256");
    EXPECT_EQ(signature.digest, digest);
    EXPECT_EQ(signature.digest_matches, true);
    EXPECT_EQ(signature.certificates.size(), 2U);
    ASSERT_EQ(signature.signers.size(), 1U);
    const auto& by = signature.signers.front();
    EXPECT_EQ(by.issuer, "CN = Root");
    EXPECT_EQ(by.serial, by.certificate->serial);
    EXPECT_EQ(by.certificate->subject, "CN = Signer");
    EXPECT_EQ(by.digest_algorithm, "sha256");
    EXPECT_EQ(by.signature_algorithm, "rsa");
    EXPECT_EQ(by.signing_time, 1735689600);
    EXPECT_EQ(by.valid, true);
    ASSERT_EQ(by.chain.size(), 2U);
    EXPECT_EQ(by.chain[1].subject, "CN = Root");
    EXPECT_EQ(trust::is_intact(signature), Answer::yes);
}

TEST(Signature, OfAnotherFileIsToldAfterTheKeyrings) {
    const auto message = make_message(authenticode());
    const auto signature =
        image::judge_message(image::parse_pkcs7(ByteView(message)), SignatureForm::authenticode,
                             {{"sha256", std::string(64, '0')}});
    EXPECT_EQ(signature.message_error, 0);
    EXPECT_EQ(signature.content_error, EKEYREJECTED);
    EXPECT_EQ(signature.digest_matches, false);
    EXPECT_EQ(signature.signers.front().valid, true);
    EXPECT_EQ(trust::is_intact(signature), Answer::no);
}

TEST(Signature, WithoutTheSignersCertificateCannotBeChecked) {
    auto wish = authenticode();
    wish.certificates.clear();
    const auto signature = judge(wish);
    EXPECT_EQ(signature.message_error, 0);
    EXPECT_FALSE(signature.signers.front().valid);
    EXPECT_FALSE(signature.signers.front().certificate);
    EXPECT_EQ(trust::is_intact(signature), Answer::cannot_tell);
}

TEST(Signature, WithECDSA) {
    const auto identity = make_identity("EC", ec_key(0));
    SignerWish by;
    by.identity = &identity;
    auto wish = authenticode(by);
    wish.certificates = {&identity};
    const auto signature = judge(wish);
    EXPECT_EQ(signature.message_error, 0) << signature.problem;
    EXPECT_EQ(signature.signers.front().signature_algorithm, "ecdsa");
    EXPECT_EQ(signature.signers.front().valid, true);

    wish.signers.front().spoil_signature = true;
    EXPECT_EQ(judge(wish).signers.front().valid, false);
}

TEST(Signature, OfSeveralSigners) {
    auto wish = authenticode();
    SignerWish by;
    by.identity = &the_root();
    by.digest = "sha384";
    wish.signers.push_back(by);
    auto signature = judge(wish);
    EXPECT_EQ(signature.message_error, 0) << signature.problem;
    ASSERT_EQ(signature.signers.size(), 2U);
    EXPECT_EQ(signature.signers[1].digest_algorithm, "sha384");
    EXPECT_EQ(signature.signers[1].valid, true);

    wish.signers[1].spoil_signature = true;
    signature = judge(wish);
    EXPECT_EQ(signature.signers[0].valid, true);
    EXPECT_EQ(signature.signers[1].valid, false);
    EXPECT_EQ(trust::is_intact(signature), Answer::no);
}

TEST(Signature, ByKeyIdIsLookedForOnTheKeyringsOnly) {
    SignerWish by;
    by.by_key_id = true;
    auto wish = detached(by);
    wish.version = 3;
    const auto signature = judge(wish, SignatureForm::appended);
    EXPECT_EQ(signature.message_error, 0) << signature.problem;
    EXPECT_FALSE(signature.signers.front().valid);
    EXPECT_EQ(signature.signers.front().subject_key_id,
              image::to_certificate(the_signer().certificate.get()).subject_key_id);
    EXPECT_EQ(signature.signers.front().issuer, "");
}

TEST(Signature, Detached) {
    const auto signature = judge(detached(), SignatureForm::appended);
    EXPECT_EQ(signature.message_error, 0) << signature.problem;
    EXPECT_EQ(signature.signers.front().valid, true);
    EXPECT_EQ(signature.digest_matches, true);
    EXPECT_EQ(trust::is_intact(signature), Answer::yes);
}

TEST(Signature, DetachedOfAnotherFile) {
    auto wish = detached();
    wish.detached = "another file";
    const auto signature = judge(wish, SignatureForm::appended);
    EXPECT_EQ(signature.message_error, EKEYREJECTED);
    EXPECT_EQ(signature.signers.front().valid, false);
    EXPECT_EQ(signature.digest_matches, false);
}

/*
 * Of such a signature, the signer's key makes a random number. One in 256 begins as a padded digest
 * does, and is EBADMSG for what follows; any other is EINVAL.
 */
TEST(Signature, ThatIsARandomNumberToTheSignersKey) {
    for (const bool by_another : {true, false}) {
        bool was_invalid = false;

        for (const char* time :
             {"250101000000Z", "250101000001Z", "250101000002Z", "250101000003Z"}) {
            auto wish = authenticode();
            wish.signers[0].signing_time = time;
            wish.signers[0].key = by_another ? rsa_key(2) : nullptr;
            wish.signers[0].spoil_signature = !by_another;
            const auto signature = judge(wish);
            EXPECT_THAT(signature.message_error, AnyOf(EINVAL, EBADMSG)) << signature.problem;
            EXPECT_THAT(signature.problem, HasSubstr("not made by the signer"));
            EXPECT_EQ(trust::is_intact(signature), Answer::no);
            was_invalid = was_invalid || signature.message_error == EINVAL;
        }
        EXPECT_TRUE(was_invalid);
    }
}

/* What spoils a message, and what the kernel says to it. */
struct Spoiled {
    const char* name;
    int error;
    const char* text;
    MessageWish (*make)();
    SignatureForm form = SignatureForm::authenticode;
};

class SpoiledMessage : public testing::TestWithParam<Spoiled> {};

TEST_P(SpoiledMessage, HasTheErrnoOfTheKernel) {
    const auto signature = judge(GetParam().make(), GetParam().form);
    EXPECT_EQ(signature.message_error, GetParam().error) << signature.problem;
    EXPECT_THAT(signature.problem, HasSubstr(GetParam().text));
    EXPECT_EQ(trust::is_intact(signature), Answer::no);
}

template <typename Change>
MessageWish changed(Change change) {
    auto wish = authenticode();
    change(wish);
    return wish;
}

std::string further(const char* type, const std::string& value) {
    return der(0x30, der_object(type) + der(0x31, value));
}

INSTANTIATE_TEST_SUITE_P(
    Each, SpoiledMessage,
    testing::Values(
        Spoiled{"MessageDigest", EKEYREJECTED, "content of the message was changed",
                [] {
                    return changed(
                        [](auto& wish) { wish.signers[0].message_digest = std::string(32, 'x'); });
                }},
        Spoiled{"SizeOfMessageDigest", EBADMSG, "wrong size",
                [] {
                    return changed(
                        [](auto& wish) { wish.signers[0].message_digest = std::string(20, 'x'); });
                }},
        Spoiled{"SignedTooEarly", EKEYREJECTED, "outside of the validity",
                [] {
                    return changed(
                        [](auto& wish) { wish.signers[0].signing_time = "190101000000Z"; });
                }},
        Spoiled{"SignedTooLate", EKEYREJECTED, "outside of the validity",
                [] {
                    return changed(
                        [](auto& wish) { wish.signers[0].signing_time = "310101000000Z"; });
                }},
        Spoiled{"NoTime", EBADMSG, "signing time cannot be read",
                [] {
                    return changed(
                        [](auto& wish) { wish.signers[0].signing_time = "251301000000Z"; });
                }},
        Spoiled{"NoAttributes", EBADMSG, "no signed attributes",
                [] { return changed([](auto& wish) { wish.signers[0].attributes = false; }); }},
        Spoiled{"AttributeTwice", EKEYREJECTED, "there twice",
                [] {
                    return changed([](auto& wish) {
                        wish.signers[0].further_attributes = {
                            further("1.2.840.113549.1.9.3", der_object("1.3.6.1.4.1.311.2.1.4"))};
                    });
                }},
        Spoiled{
            "ContentTypeOfAttribute", EBADMSG, "content of another type",
            [] { return changed([](auto& wish) { wish.signers[0].attribute_type = oid_data; }); }},
        Spoiled{"ContentTypeOfMessage", EKEYREJECTED, "not Authenticode",
                [] { return changed([](auto& wish) { wish.content_type = oid_data; }); }},
        Spoiled{
            "UnknownContentType", EINVAL, "unknown type",
            [] { return changed([](auto& wish) { wish.content_type = "1.2.840.113549.1.7.3"; }); }},
        Spoiled{"NoSigner", EINVAL, "no signer",
                [] { return changed([](auto& wish) { wish.signers.clear(); }); }},
        Spoiled{"MixedSigners", EBADMSG, "no signed attributes",
                [] {
                    return changed([](auto& wish) {
                        wish.signers.push_back(wish.signers[0]);
                        wish.signers[1].attributes = false;
                    });
                }},
        Spoiled{"Version", EINVAL, "unknown version",
                [] { return changed([](auto& wish) { wish.version = 2; }); }},
        Spoiled{"VersionOfSigner", EBADMSG, "do not fit",
                [] { return changed([](auto& wish) { wish.version = 3; }); }},
        Spoiled{"UnknownVersionOfSigner", EINVAL, "unknown version",
                [] { return changed([](auto& wish) { wish.signers[0].version = 2; }); }},
        Spoiled{"Md5", ENOPKG, "digest algorithm MD5",
                [] {
                    return changed(
                        [](auto& wish) { wish.signers[0].digest_object = "1.2.840.113549.2.5"; });
                }},
        Spoiled{"SignatureAlgorithm", ENOPKG, "signature algorithm RSA-SHA256",
                [] {
                    return changed([](auto& wish) {
                        wish.signers[0].signature_object = "1.2.840.113549.1.1.11";
                    });
                }},
        Spoiled{"AppendedWithContent", EBADMSG, "content of its own",
                [] {
                    auto wish = detached();
                    wish.content = der(0x04, "the file");
                    return wish;
                },
                SignatureForm::appended},
        Spoiled{"AppendedAuthenticode", EBADMSG, "content of its own",
                [] { return authenticode(); }, SignatureForm::appended},
        Spoiled{"AppendedWithAttributes", EKEYREJECTED, "has signed attributes",
                [] {
                    auto wish = detached();
                    wish.signers[0].attributes = true;
                    return wish;
                },
                SignatureForm::appended},
        Spoiled{"AppendedWithOpusInfo", EKEYREJECTED, "for Authenticode only",
                [] {
                    auto wish = detached();
                    wish.signers[0].attributes = true;
                    wish.signers[0].further_attributes = {
                        further("1.3.6.1.4.1.311.2.1.12", der(0x30, ""))};
                    return wish;
                },
                SignatureForm::appended}),
    [](const auto& test) { return test.param.name; });

TEST(Signature, WithAnUnknownAttributeIsFine) {
    auto wish = authenticode();
    wish.signers[0].further_attributes = {further("1.2.3.4", der(0x05, "")),
                                          further("1.3.6.1.4.1.311.2.1.12", der(0x30, ""))};
    EXPECT_EQ(judge(wish).message_error, 0);
}

/* What the message says of the file: the kernel comes to that last. */
struct SpoiledContent {
    const char* name;
    int error;
    std::optional<std::string> content;
};

class SpoiledIndirectData : public testing::TestWithParam<SpoiledContent> {};

TEST_P(SpoiledIndirectData, IsToldAfterTheKeyrings) {
    auto wish = authenticode();
    wish.content = GetParam().content;
    const auto signature = judge(wish);
    EXPECT_EQ(signature.content_error, GetParam().error) << signature.problem;
    EXPECT_FALSE(signature.problem.empty());
    EXPECT_EQ(trust::is_intact(signature), Answer::no);
}

INSTANTIATE_TEST_SUITE_P(
    Each, SpoiledIndirectData,
    testing::Values(SpoiledContent{"None", ENODATA, std::nullopt},
                    SpoiledContent{"NoSequence", EBADMSG, der(0x04, "something")},
                    SpoiledContent{"Empty", EBADMSG, der(0x30, "")},
                    SpoiledContent{"AnotherKind", EBADMSG,
                                   indirect_data(digest, "2.16.840.1.101.3.4.2.1", "1.2.3")},
                    SpoiledContent{"UnknownDigest", EBADMSG, indirect_data(digest, "1.2.3")},
                    SpoiledContent{"Md5", ENOPKG, indirect_data(digest, "1.2.840.113549.2.5")},
                    SpoiledContent{"ShortDigest", EBADMSG, indirect_data(digest.substr(2))},
                    SpoiledContent{"AnotherDigest", EKEYREJECTED,
                                   indirect_data(std::string(64, '1'))}),
    [](const auto& test) { return test.param.name; });

TEST(Signature, WithThePurposeOfAnEarlyPesignIsFine) {
    auto wish = authenticode();
    wish.content = indirect_data(digest, "2.16.840.1.101.3.4.2.1", "1.3.6.1.4.1.311.2.1.21");
    EXPECT_EQ(judge(wish).content_error, 0);
}

TEST(SignatureChain, IsFollowedByIssuerAndSerialOrByKeyId) {
    for (const auto named :
         {AuthorityName::key_id, AuthorityName::issuer_and_serial, AuthorityName::both}) {
        const auto identity = make_identity("Signer", rsa_key(1), &the_root(), named);
        SignerWish by;
        by.identity = &identity;
        auto wish = authenticode(by);
        wish.certificates = {&the_root(), &identity};
        const auto signature = judge(wish);
        EXPECT_EQ(signature.message_error, 0) << signature.problem;
        EXPECT_EQ(signature.signers.front().chain.size(), 2U) << static_cast<int>(named);
    }
}

TEST(SignatureChain, EndsWhereNoAuthorityIsNamed) {
    const auto identity = make_identity("Signer", rsa_key(1), &the_root(), AuthorityName::none);
    SignerWish by;
    by.identity = &identity;
    auto wish = authenticode(by);
    wish.certificates = {&identity, &the_root()};
    EXPECT_EQ(judge(wish).signers.front().chain.size(), 1U);
}

/* Whether what another key makes of a signature begins like padding is chance. */
const auto wrong_key = testing::AnyOf(EINVAL, EBADMSG);

TEST(SignatureChain, WithAFalseAuthorityIsRefused) {
    // The same name and key id as the root, but another key signed.
    Identity impostor{rsa_key(2), image::X509Pointer(X509_dup(the_root().certificate.get()))};
    const auto identity = make_identity("Signer", rsa_key(1), &impostor);
    SignerWish by;
    by.identity = &identity;
    auto wish = authenticode(by);
    wish.certificates = {&identity, &the_root()};
    const auto signature = judge(wish);
    EXPECT_THAT(signature.message_error, wrong_key);
    EXPECT_THAT(signature.problem, HasSubstr("not signed by its issuer"));
    EXPECT_EQ(signature.signers.front().valid, true);
}

TEST(SignatureChain, WithAFalseRootIsRefused) {
    Identity impostor{rsa_key(2), image::X509Pointer(X509_dup(the_root().certificate.get()))};
    X509_sign(impostor.certificate.get(), rsa_key(2), EVP_sha256());
    auto wish = authenticode();
    wish.certificates = {&the_signer(), &impostor};
    const auto signature = judge(wish);
    EXPECT_THAT(signature.message_error, wrong_key);
    EXPECT_THAT(signature.problem, HasSubstr("not signed by itself"));
}

TEST(SignatureChain, ThatRunsInACircleEnds) {
    Identity first{rsa_key(0), image::X509Pointer()};
    Identity second{rsa_key(1), image::X509Pointer()};
    first = make_identity("First", rsa_key(0));
    second = make_identity("Second", rsa_key(1), &first);
    const auto again = make_identity("First", rsa_key(0), &second);
    SignerWish by;
    by.identity = &again;
    auto wish = authenticode(by);
    wish.certificates = {&again, &second};
    const auto signature = judge(wish);
    EXPECT_EQ(signature.message_error, 0) << signature.problem;
    EXPECT_EQ(signature.signers.front().chain.size(), 2U);
}

TEST(Pkcs7, TruncatedAnywhereIsMalformed) {
    const auto message = make_message(authenticode());
    for (std::size_t size = 0; size < message.size(); ++size) {
        const auto cut = message.substr(0, size);
        const auto signature = judge(cut);
        EXPECT_EQ(signature.message_error, EBADMSG) << size;
        EXPECT_EQ(trust::is_intact(signature), Answer::no) << size;
    }
}

TEST(Pkcs7, IsAllThatCountsOfItsBytes) {
    auto message = make_message(authenticode());
    const auto size = message.size();
    message += std::string(8, '\0');
    EXPECT_EQ(image::parse_pkcs7(ByteView(message)).bytes.size(), size);
}

TEST(Pkcs7, LongerThanTheKernelReadsIsRefused) {
    const auto message = make_message(authenticode()) + std::string(65536, '\0');
    EXPECT_EQ(judge(message).message_error, EMSGSIZE);
}

TEST(Pkcs7, NotInDerIsRefused) {
    // Indefinite length
    EXPECT_EQ(judge(std::string("\x30\x80\x06\x01\x2a\0\0", 7)).message_error, EBADMSG);
    EXPECT_EQ(judge(std::string("\x1f\x81\x01\x00", 4)).message_error, EBADMSG);
    EXPECT_EQ(judge(der(0x30, der_object("1.2.3"))).message_error, EINVAL);
}

TEST(Pkcs7, WithAnyBitChangedIsNotIntactOrSaysTheSame) {
    // Some bits are signed by nobody whose key is here: of a certificate, for one, those that name
    // its issuer. They must not change what the message says.
    const auto message = make_message(authenticode());
    const auto right = judge(message);
    std::size_t unnoticed = 0;
    for (std::size_t i = 0; i < message.size(); ++i) {
        auto spoiled = message;
        spoiled[i] = static_cast<char>(spoiled[i] ^ (1 << i % 8));
        const auto signature = judge(spoiled);
        if (trust::is_intact(signature) != Answer::yes)
            continue;
        ++unnoticed;
        EXPECT_EQ(signature.digest, right.digest) << i;
        EXPECT_EQ(signature.signers.front().issuer, right.signers.front().issuer) << i;
        EXPECT_EQ(signature.signers.front().serial, right.signers.front().serial) << i;
        EXPECT_EQ(signature.signers.front().certificate->key_algorithm, "RSA 2048") << i;
    }
    EXPECT_LT(unnoticed, message.size() / 2);
}

}  // namespace
}  // namespace kxk::test
