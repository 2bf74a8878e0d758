// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "image/signing.h"
#include "made_signer.h"

namespace kxk::image {
namespace {

using test::CertificateWish;
using test::KeyKind;
using test::MadeSigner;
using test::make_signer;
using testing::HasSubstr;
using testing::SizeIs;

using Loaded = std::variant<SigningKey, SigningError>;

/* Answers with the same text each time; without one, nobody is there. */
class Answer {
  public:
    explicit Answer(std::optional<std::string> text = std::nullopt) : text_(std::move(text)) {}

    std::optional<Secret> operator()(const std::string& /*what*/) {
        ++*asked_;
        return text_ ? std::optional<Secret>(Secret(*text_)) : std::nullopt;
    }
    [[nodiscard]] int asked() const { return *asked_; }

  private:
    std::optional<std::string> text_;
    std::shared_ptr<int> asked_ = std::make_shared<int>(0);
};

Loaded load(const std::string& key, const std::optional<std::string>& certificate,
            const PassphraseReader& reader = Answer(), std::vector<KeySource> additional = {}) {
    KeyRequest request;
    request.key = {"signer.key", key};
    if (certificate)
        request.certificate = KeySource{"signer.crt", *certificate};
    request.additional = std::move(additional);
    return load_signing_key(request, reader);
}

std::string code_of(const Loaded& loaded) {
    const auto* error = std::get_if<SigningError>(&loaded);
    return error == nullptr ? "loaded" : error->code;
}

std::string cause_of(const Loaded& loaded) {
    const auto* error = std::get_if<SigningError>(&loaded);
    return error == nullptr ? "" : error->cause;
}

TEST(SigningKeyFile, TakesPemAndDer) {
    const auto signer = make_signer();
    for (const auto& key : {signer.key_pem(), signer.key_der()}) {
        for (const auto& certificate : {signer.certificate_pem(), signer.certificate_der()}) {
            const auto loaded = load(key, certificate);
            ASSERT_EQ(code_of(loaded), "loaded");
            EXPECT_EQ(
                X509_cmp(std::get<SigningKey>(loaded).certificate.get(), signer.certificate.get()),
                0);
        }
    }
}

TEST(SigningKeyFile, TakesEcKeys) {
    const auto signer = make_signer(KeyKind::ec);
    EXPECT_EQ(code_of(load(signer.key_pem(), signer.certificate_pem())), "loaded");
}

TEST(SigningKeyFile, FindsTheCertificateBesideTheKey) {
    const auto signer = make_signer();
    CertificateWish wish;
    wish.serial = 2;
    const auto other = make_signer(KeyKind::rsa, wish);
    const auto own = signer.certificate_pem();
    // Of several, the one that belongs to it, wherever it stands.
    for (const auto& file : {own + signer.key_pem(), signer.key_pem() + own,
                             signer.key_pem() + other.certificate_pem() + own}) {
        const auto loaded = load(file, std::nullopt);
        ASSERT_EQ(code_of(loaded), "loaded");
        EXPECT_EQ(
            X509_cmp(std::get<SigningKey>(loaded).certificate.get(), signer.certificate.get()), 0);
    }
    EXPECT_EQ(code_of(load(signer.key_pem(), std::nullopt)), "no-certificate");
    EXPECT_EQ(code_of(load(signer.key_pem() + other.certificate_pem(), std::nullopt)),
              "no-certificate");
}

TEST(SigningKeyFile, OpensEncryptedPem) {
    const auto signer = make_signer();
    Answer right("secret");
    EXPECT_EQ(code_of(load(signer.key_pem("secret"), signer.certificate_pem(), right)), "loaded");
    EXPECT_EQ(right.asked(), 1);

    const auto wrong = load(signer.key_pem("secret"), signer.certificate_pem(), Answer("guess"));
    EXPECT_EQ(code_of(wrong), "wrong-passphrase");
    EXPECT_THAT(cause_of(wrong), HasSubstr("signer.key"));
    EXPECT_EQ(code_of(load(signer.key_pem("secret"), signer.certificate_pem())), "no-passphrase");
    const std::string longer_than_openssl_has_room(5000, 'x');
    EXPECT_EQ(code_of(load(signer.key_pem("secret"), signer.certificate_pem(),
                           Answer(longer_than_openssl_has_room))),
              "no-passphrase");
}

TEST(SigningKeyFile, DoesNotAskWithoutNeed) {
    const auto signer = make_signer();
    for (const auto& key : {signer.key_pem(), signer.pkcs12(""), signer.pkcs12(nullptr)}) {
        Answer answer("secret");
        EXPECT_EQ(code_of(load(key, signer.certificate_pem(), answer)), "loaded");
        EXPECT_EQ(answer.asked(), 0);
    }
}

TEST(SigningKeyFile, OpensPkcs12) {
    const auto signer = make_signer();
    const auto loaded = load(signer.pkcs12("secret"), std::nullopt, Answer("secret"));
    ASSERT_EQ(code_of(loaded), "loaded");
    EXPECT_EQ(X509_cmp(std::get<SigningKey>(loaded).certificate.get(), signer.certificate.get()),
              0);
    EXPECT_EQ(code_of(load(signer.pkcs12("secret"), std::nullopt, Answer("guess"))),
              "wrong-passphrase");
    EXPECT_EQ(code_of(load(signer.pkcs12("secret"), std::nullopt)), "no-passphrase");
}

TEST(SigningKeyFile, RefusesWhatIsNoKey) {
    const auto signer = make_signer();
    for (const auto& junk : {std::string(), std::string("junk"), signer.certificate_pem(),
                             signer.certificate_der(), signer.key_pem().substr(0, 400)})
        EXPECT_EQ(code_of(load(junk, signer.certificate_pem())), "bad-key");
}

TEST(SigningKeyFile, RefusesWhatIsNoCertificate) {
    const auto signer = make_signer();
    for (const auto& junk : {std::string(), std::string("junk"), signer.key_pem(),
                             signer.certificate_pem().substr(0, 400)}) {
        EXPECT_EQ(code_of(load(signer.key_pem(), junk)), "bad-certificate");
        EXPECT_EQ(code_of(load(signer.key_pem(), signer.certificate_pem(), Answer(),
                               {{"more.crt", junk}})),
                  "bad-certificate");
    }
}

TEST(SigningKeyFile, RefusesAKeyOfAnotherCertificate) {
    const auto signer = make_signer();
    CertificateWish wish;
    wish.serial = 2;
    const auto other = make_signer(KeyKind::rsa, wish);
    EXPECT_EQ(code_of(load(signer.key_pem(), other.certificate_pem())), "key-mismatch");
    EXPECT_EQ(code_of(load(signer.pkcs12(""), other.certificate_pem())), "key-mismatch");
    EXPECT_EQ(code_of(load(signer.key_pem(), make_signer(KeyKind::ec).certificate_pem())),
              "key-mismatch");
}

TEST(SigningKeyFile, RefusesKeysThatTheKernelDoesNotKnow) {
    const auto signer = make_signer(KeyKind::ed25519);
    const auto loaded = load(signer.key_pem(), signer.certificate_pem());
    EXPECT_EQ(code_of(loaded), "key-type");
    EXPECT_THAT(cause_of(loaded), HasSubstr("ED25519"));
}

TEST(SigningKeyFile, TakesAllAdditionalCertificates) {
    const auto signer = make_signer();
    const auto one = make_signer(KeyKind::ec);
    const auto two = make_signer(KeyKind::ec);
    const auto loaded = load(signer.key_pem(), signer.certificate_pem(), Answer(),
                             {{"bundle.pem", one.certificate_pem() + two.certificate_pem()},
                              {"one.der", one.certificate_der()}});
    ASSERT_EQ(code_of(loaded), "loaded");
    EXPECT_THAT(std::get<SigningKey>(loaded).additional, SizeIs(3));

    // Each only once in the message.
    int embedded = 0;
    EXPECT_TRUE(
        for_each_certificate(std::get<SigningKey>(loaded),
                             [&embedded](X509* /*certificate*/) { return ++embedded > 0; }));
    EXPECT_EQ(embedded, 3);
}

TEST(SigningKeyOnToken, KeepsThePinOffTheCommandLine) {
    KeyRequest request;
    request.key.name = "pkcs11:token=lab;object=signer?pin-value=1234";
    EXPECT_EQ(code_of(load_signing_key(request, Answer("1234"))), "pin-in-uri");
}

TEST(SigningKeyOnToken, RefusesWhatIsNotThere) {
    // Whether OpenSSL has something for tokens here or not: there is no such token.
    KeyRequest request;
    request.key.name = "pkcs11:token=kxk-no-such-token;object=signer";
    EXPECT_EQ(code_of(load_signing_key(request, Answer("1234"))), "pkcs11");
}

TEST(SigningKeyOnToken, KnowsUris) {
    EXPECT_TRUE(is_pkcs11_uri("pkcs11:object=a"));
    EXPECT_FALSE(is_pkcs11_uri("./pkcs11:object=a"));
    EXPECT_FALSE(is_pkcs11_uri("key.pem"));
}

TEST(SigningKeyOnToken, FindsTheCertificateOfTheSameName) {
    EXPECT_EQ(without_type("pkcs11:object=a;type=private"), "pkcs11:object=a");
    EXPECT_EQ(without_type("pkcs11:type=private;object=a"), "pkcs11:object=a");
    EXPECT_EQ(without_type("pkcs11:object=a;type=private;id=%01"), "pkcs11:object=a;id=%01");
    EXPECT_EQ(without_type("pkcs11:object=a;type=private?pin-source=f"),
              "pkcs11:object=a?pin-source=f");
    EXPECT_EQ(without_type("pkcs11:object=a"), "pkcs11:object=a");
    EXPECT_EQ(without_type("pkcs11:object=mytype=a"), "pkcs11:object=mytype=a");
}

}  // namespace
}  // namespace kxk::image
