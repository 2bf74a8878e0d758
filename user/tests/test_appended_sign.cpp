// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <openssl/cms.h>
#include <openssl/err.h>

#include "image/appended.h"
#include "image/appended_sign.h"
#include "made_signer.h"

namespace kxk::image {
namespace {

using test::CertificateWish;
using test::KeyKind;
using test::make_signer;

constexpr std::string_view content = "what is in the file";
constexpr std::string_view marker = "~Module signature appended~\n";
constexpr std::size_t trailer_size = 12;

struct CmsDeleter {
    void operator()(CMS_ContentInfo* message) const { CMS_ContentInfo_free(message); }
};
using Message = std::unique_ptr<CMS_ContentInfo, CmsDeleter>;

std::string signed_by(std::string_view bytes, const SigningKey& key, const std::string& digest) {
    SigningChoice choice;
    choice.digest = digest;
    auto result = sign_appended(bytes, key, choice);
    const auto* signed_file = std::get_if<SignedFile>(&result);
    return signed_file == nullptr ? std::string() : signed_file->bytes;
}

/* The message in a signed file, where struct module_signature says that it is. */
Message message_of(const std::string& file) {
    const auto trailer = file.substr(file.size() - marker.size() - trailer_size, trailer_size);
    std::size_t size = 0;
    for (std::size_t i = 8; i < trailer_size; ++i)
        size = size << 8U | static_cast<unsigned char>(trailer[i]);
    const auto* der = reinterpret_cast<const unsigned char*>(file.data()) + file.size() -
                      marker.size() - trailer_size - size;
    return Message(d2i_CMS_ContentInfo(nullptr, &der, static_cast<long>(size)));
}

bool verify(CMS_ContentInfo* message, std::string_view bytes, X509* certificate) {
    const auto data = reader_of(bytes);
    STACK_OF(X509)* signers = sk_X509_new_null();
    sk_X509_push(signers, certificate);
    const bool good = CMS_verify(message, signers, nullptr, data.get(), nullptr,
                                 CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY | CMS_NOINTERN) == 1;
    sk_X509_free(signers);
    ERR_clear_error();
    return good;
}

std::size_t certificates_in(CMS_ContentInfo* message) {
    STACK_OF(X509)* certificates = CMS_get1_certs(message);
    const int count = certificates == nullptr ? 0 : sk_X509_num(certificates);
    sk_X509_pop_free(certificates, X509_free);
    return static_cast<std::size_t>(count);
}

TEST(SignAppended, EndsWithTrailerAndMarker) {
    const auto file = signed_by(content, make_signer().signing_key(), "sha256");
    ASSERT_GT(file.size(), content.size() + marker.size() + trailer_size);
    EXPECT_EQ(file.substr(0, content.size()), content);
    EXPECT_EQ(file.substr(file.size() - marker.size()), marker);
    EXPECT_TRUE(has_appended_signature(ByteView(file)));
    EXPECT_FALSE(has_appended_signature(ByteView(content)));

    // No algorithm, hash, signer and key id: those are in the message. Type PKCS#7, no padding.
    const auto trailer = file.substr(file.size() - marker.size() - trailer_size, trailer_size);
    EXPECT_EQ(trailer.substr(0, 8), std::string("\0\0\2\0\0\0\0\0", 8));
    std::size_t size = 0;
    for (std::size_t i = 8; i < trailer_size; ++i)
        size = size << 8U | static_cast<unsigned char>(trailer[i]);
    EXPECT_EQ(size, file.size() - content.size() - marker.size() - trailer_size);
}

class SignAppendedWith
    : public testing::TestWithParam<std::tuple<KeyKind, const char*, const char*>> {};

TEST_P(SignAppendedWith, IsVerifiedAndNothingElseIs) {
    const auto& [kind, digest, openssl_name] = GetParam();
    const auto signer = make_signer(kind);
    const auto file = signed_by(content, signer.signing_key(), digest);
    EXPECT_TRUE(verify(message_of(file).get(), content, signer.certificate.get()));
    EXPECT_FALSE(verify(message_of(file).get(), "what is in a file", signer.certificate.get()));
    CertificateWish wish;
    wish.serial = 2;
    const auto other = make_signer(KeyKind::rsa, wish);
    EXPECT_FALSE(verify(message_of(file).get(), content, other.certificate.get()));

    const auto message = message_of(file);
    ASSERT_TRUE(message);
    auto* infos = CMS_get0_SignerInfos(message.get());
    ASSERT_EQ(sk_CMS_SignerInfo_num(infos), 1);
    auto* info = sk_CMS_SignerInfo_value(infos, 0);
    X509_ALGOR* algorithm = nullptr;
    CMS_SignerInfo_get0_algs(info, nullptr, nullptr, &algorithm, nullptr);
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    EXPECT_STREQ(OBJ_nid2sn(OBJ_obj2nid(object)), openssl_name);
}

INSTANTIATE_TEST_SUITE_P(KeysAndDigests, SignAppendedWith,
                         testing::Values(std::make_tuple(KeyKind::rsa, "sha1", "SHA1"),
                                         std::make_tuple(KeyKind::rsa, "sha256", "SHA256"),
                                         std::make_tuple(KeyKind::rsa, "sha384", "SHA384"),
                                         std::make_tuple(KeyKind::rsa, "sha512", "SHA512"),
                                         std::make_tuple(KeyKind::ec, "sha256", "SHA256")));

TEST(SignAppended, HasNothingThatSignFileLeavesOut) {
    const auto message = message_of(signed_by(content, make_signer().signing_key(), "sha256"));
    ASSERT_TRUE(message);
    EXPECT_EQ(CMS_is_detached(message.get()), 1);
    EXPECT_EQ(certificates_in(message.get()), 0U);
    auto* info = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(message.get()), 0);
    EXPECT_LE(CMS_signed_get_attr_count(info), 0);
    ASN1_OCTET_STRING* key_id = nullptr;
    X509_NAME* issuer = nullptr;
    ASN1_INTEGER* serial = nullptr;
    ASSERT_EQ(CMS_SignerInfo_get0_signer_id(info, &key_id, &issuer, &serial), 1);
    EXPECT_EQ(key_id, nullptr);
    EXPECT_NE(issuer, nullptr);
    EXPECT_NE(serial, nullptr);
}

TEST(SignAppended, EmbedsTheChainWhenThereIsOne) {
    const auto signer = make_signer();
    auto key = signer.signing_key();
    key.additional.push_back(test::make_certificate({}));
    X509_up_ref(signer.certificate.get());
    key.additional.emplace_back(signer.certificate.get());
    const auto message = message_of(signed_by(content, key, "sha256"));
    ASSERT_TRUE(message);
    EXPECT_EQ(certificates_in(message.get()), 2U);
    EXPECT_TRUE(verify(message.get(), content, signer.certificate.get()));
}

TEST(SignAppended, TakesEmptyFiles) {
    const auto signer = make_signer();
    const auto message = message_of(signed_by("", signer.signing_key(), "sha256"));
    ASSERT_TRUE(message);
    EXPECT_TRUE(verify(message.get(), "", signer.certificate.get()));
    EXPECT_FALSE(verify(message.get(), "x", signer.certificate.get()));
}

}  // namespace
}  // namespace kxk::image
