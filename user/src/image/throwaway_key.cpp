// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/throwaway_key.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "image/signing.h"

namespace kxk::image {
namespace {

constexpr int key_bits = 2048;
constexpr std::int64_t one_day = 24L * 60 * 60;

struct NumberDeleter {
    void operator()(BIGNUM* number) const { BN_free(number); }
};
struct ExtensionDeleter {
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};

KeyPointer make_key() {
    const KeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr));
    EVP_PKEY* key = nullptr;
    if (!context || EVP_PKEY_keygen_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), key_bits) != 1 ||
        EVP_PKEY_keygen(context.get(), &key) != 1)
        return nullptr;
    return KeyPointer(key);
}

/* By the serial number, no other certificate has the same name and number. */
bool set_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return false;
    bytes[0] = 1;  // positive, and as long as it is
    const std::unique_ptr<BIGNUM, NumberDeleter> number(
        BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    return number &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509* certificate) {
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto add = [name](const char* field, const char* value) {
        return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(value), -1, -1,
                                          0) == 1;
    };
    return add("O", "kexec-keyrings test") && add("CN", "key that nobody trusts") &&
           X509_set_issuer_name(certificate, name) == 1;
}

bool add_extension(X509* certificate, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, ExtensionDeleter> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_time(ASN1_TIME* time, std::int64_t seconds) {
    return ASN1_TIME_set(time, static_cast<time_t>(seconds)) != nullptr;
}

}  // namespace

std::variant<SigningKey, SigningError> make_throwaway_key(std::int64_t now) {
    SigningKey made;
    made.key = make_key();
    made.certificate.reset(X509_new());
    X509* certificate = made.certificate.get();
    constexpr long version_3 = 2;
    const bool complete =
        made.key && certificate != nullptr && X509_set_version(certificate, version_3) == 1 &&
        set_serial(certificate) && set_name(certificate) &&
        // To Linux, a certificate with a time before 1970 is damaged; a machine without a clock
        // begins there.
        set_time(X509_getm_notBefore(certificate), std::max(now - one_day, std::int64_t{0})) &&
        set_time(X509_getm_notAfter(certificate), now + one_day) &&
        X509_set_pubkey(certificate, made.key.get()) == 1 &&
        add_extension(certificate, NID_subject_key_identifier, "hash") &&
        add_extension(certificate, NID_authority_key_identifier, "keyid:always") &&
        X509_sign(certificate, made.key.get(), EVP_sha256()) > 0;
    if (!complete)
        return signing_failed();
    return made;
}

}  // namespace kxk::image
