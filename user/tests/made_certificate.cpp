// SPDX-License-Identifier: LGPL-2.1-or-later
#include "made_certificate.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <memory>

#include "made_key.h"

namespace kxk::test {
namespace {

struct NameDeleter {
    void operator()(X509_NAME* name) const { X509_NAME_free(name); }
};
struct ExtensionDeleter {
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using Name = std::unique_ptr<X509_NAME, NameDeleter>;

Name make_name(const std::vector<std::pair<std::string, std::string>>& parts) {
    Name name(X509_NAME_new());
    for (const auto& [field, value] : parts) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
        require(X509_NAME_add_entry_by_txt(name.get(), field.c_str(), V_ASN1_UTF8STRING, bytes,
                                           static_cast<int>(value.size()), -1, 0) == 1,
                "name");
    }
    return name;
}

}  // namespace

image::X509Pointer make_certificate(const CertificateWish& wish, EVP_PKEY* own) {
    image::X509Pointer certificate(X509_new());
    auto* x509 = certificate.get();
    const auto made = own == nullptr ? make_key(KeyKind::ec) : nullptr;
    EVP_PKEY* key = own == nullptr ? made.get() : own;
    const auto subject = make_name(wish.subject);
    const auto issuer = wish.self_signed ? make_name(wish.subject) : make_name({{"CN", "Issuer"}});
    require(X509_set_version(x509, 2) == 1 &&
                ASN1_INTEGER_set_int64(X509_get_serialNumber(x509), wish.serial) == 1 &&
                ASN1_TIME_set(X509_getm_notBefore(x509), wish.not_before) != nullptr &&
                ASN1_TIME_set(X509_getm_notAfter(x509), wish.not_after) != nullptr &&
                X509_set_subject_name(x509, subject.get()) == 1 &&
                X509_set_issuer_name(x509, issuer.get()) == 1 && X509_set_pubkey(x509, key) == 1,
            "certificate");

    X509V3_CTX context;
    X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
    for (const auto& [nid, value] : wish.extensions) {
        const std::unique_ptr<X509_EXTENSION, ExtensionDeleter> extension(
            X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
        require(extension && X509_add_ext(x509, extension.get(), -1) == 1, "extension");
    }
    const auto issuer_key = wish.self_signed ? nullptr : make_key(KeyKind::ec);
    require(X509_sign(x509, issuer_key ? issuer_key.get() : key,
                      EVP_get_digestbyname(wish.digest.c_str())) > 0,
            "signature");
    return certificate;
}

std::string to_der(const X509* certificate) {
    unsigned char* bytes = nullptr;
    // Before OpenSSL 3, it wants what it does not change to be changeable.
    const int size = i2d_X509(const_cast<X509*>(certificate), &bytes);
    require(size > 0, "DER");
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

}  // namespace kxk::test
