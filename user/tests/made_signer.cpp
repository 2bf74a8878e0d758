// SPDX-License-Identifier: LGPL-2.1-or-later
#include "made_signer.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <memory>

namespace kxk::test {
namespace {

std::string content_of(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

std::string MadeSigner::key_pem(const std::string& passphrase) const {
    const image::MemoryBio bio(BIO_new(BIO_s_mem()));
    const auto* cipher = passphrase.empty() ? nullptr : EVP_aes_256_cbc();
    std::string copy = passphrase;  // OpenSSL 1.1.1 takes no constant
    require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), cipher, copy.data(),
                                          static_cast<int>(copy.size()), nullptr, nullptr) == 1,
            "PEM");
    return content_of(bio.get());
}

std::string MadeSigner::key_der() const {
    return image::der_of(key.get(), i2d_PrivateKey);
}

std::string MadeSigner::certificate_pem() const {
    const image::MemoryBio bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "PEM");
    return content_of(bio.get());
}

std::string MadeSigner::pkcs12(const char* passphrase) const {
    const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> store(
        PKCS12_create(passphrase, "signer", key.get(), certificate.get(), nullptr, NID_aes_256_cbc,
                      NID_aes_256_cbc, 0, 0, 0),
        PKCS12_free);
    require(store != nullptr, "PKCS#12");
    return image::der_of(store.get(), i2d_PKCS12);
}

image::SigningKey MadeSigner::signing_key() const {
    image::SigningKey signing;
    EVP_PKEY_up_ref(key.get());
    X509_up_ref(certificate.get());
    signing.key.reset(key.get());
    signing.certificate.reset(certificate.get());
    return signing;
}

MadeSigner make_signer(KeyKind kind, const CertificateWish& wish) {
    // RSA keys take long to make, and no test is about their numbers.
    static const auto rsa = make_key(KeyKind::rsa);
    MadeSigner signer;
    if (kind == KeyKind::rsa && wish.serial == 1) {
        EVP_PKEY_up_ref(rsa.get());
        signer.key.reset(rsa.get());
    } else {
        signer.key = make_key(kind);
    }
    auto fitting = wish;
    if (kind == KeyKind::ed25519)
        fitting.digest = "none";
    signer.certificate = make_certificate(fitting, signer.key.get());
    return signer;
}

}  // namespace kxk::test
