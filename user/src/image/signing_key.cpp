// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/signing_key.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace kxk::image {
namespace {

struct Pkcs12Deleter {
    void operator()(PKCS12* store) const { PKCS12_free(store); }
};
using Pkcs12Pointer = std::unique_ptr<PKCS12, Pkcs12Deleter>;

constexpr const char* passphrase_remedy =
    "give --passphrase-file, --passphrase-fd or --passphrase-env, or run it at a terminal";

SigningError no_passphrase(const std::string& what) {
    return {"no-passphrase", fmt::format("{} needs a passphrase, and none was given", what),
            passphrase_remedy};
}

SigningError wrong_passphrase(const std::string& what) {
    return {"wrong-passphrase", fmt::format("the passphrase does not open {}", what),
            "give the right one; if it is right, the file is damaged"};
}

/* What a passphrase callback of OpenSSL's needs to know, and what became of it. */
struct PassphraseCall {
    const PassphraseReader& reader;
    const std::string& what;
    bool asked = false;
    bool answered = false;
};

int give_passphrase(char* buffer, int size, int /*for_writing*/, void* data) {
    auto& call = *static_cast<PassphraseCall*>(data);
    call.asked = true;
    const auto secret = call.reader(call.what);
    if (!secret || secret->text().size() > static_cast<std::size_t>(size))
        return -1;
    call.answered = true;
    std::copy(secret->text().begin(), secret->text().end(), buffer);
    return static_cast<int>(secret->text().size());
}

bool has_pem(const std::string& bytes) {
    return bytes.find("-----BEGIN ") != std::string::npos;
}

Pkcs12Pointer parse_pkcs12(const std::string& bytes) {
    const auto bio = reader_of(bytes);
    Pkcs12Pointer store(bio ? d2i_PKCS12_bio(bio.get(), nullptr) : nullptr);
    ERR_clear_error();
    return store;
}

/* Many are made with an empty passphrase or with none: those are not asked for. */
bool opens(PKCS12* store, const char* passphrase) {
    const int size = passphrase == nullptr ? 0 : -1;
    const bool good = PKCS12_verify_mac(store, passphrase, size) == 1;
    ERR_clear_error();
    return good;
}

using KeyAndCertificate = std::pair<KeyPointer, X509Pointer>;

std::variant<KeyAndCertificate, SigningError> open_pkcs12(PKCS12* store, const std::string& what,
                                                          const PassphraseReader& reader) {
    std::optional<Secret> secret;
    const char* passphrase = nullptr;
    if (opens(store, "")) {
        passphrase = "";
    } else if (!opens(store, nullptr)) {
        secret = reader(what);
        if (!secret)
            return no_passphrase(what);
        passphrase = secret->text().c_str();
        if (!opens(store, passphrase))
            return wrong_passphrase(what);
    }

    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    const bool parsed = PKCS12_parse(store, passphrase, &key, &certificate, &others) == 1;
    sk_X509_pop_free(others, X509_free);
    KeyAndCertificate result{KeyPointer(key), X509Pointer(certificate)};
    if (!parsed)
        return SigningError{
            "bad-key", fmt::format("{} cannot be read: {}", what, take_openssl_errors()),
            "old PKCS#12 files use ciphers that OpenSSL 3 no longer has: convert it to PEM with "
            "`openssl pkcs12 -legacy`"};
    if (!result.first)
        return SigningError{"bad-key", fmt::format("{} has no private key", what),
                            "export it again, with the private key"};
    return result;
}

std::variant<KeyPointer, SigningError> read_private_key(const KeySource& source,
                                                        const PassphraseReader& reader) {
    const auto what = "the key file " + source.name;
    const auto bio = reader_of(source.bytes);
    KeyPointer key;
    if (bio && has_pem(source.bytes)) {
        PassphraseCall call{reader, what};
        key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &call));
        if (!key && call.asked) {
            ERR_clear_error();
            return call.answered ? wrong_passphrase(what) : no_passphrase(what);
        }
    } else if (bio) {
        key.reset(d2i_PrivateKey_bio(bio.get(), nullptr));
    }
    if (!key)
        return SigningError{"bad-key",
                            fmt::format("{} has no private key: {}", what, take_openssl_errors()),
                            "give a private key in PEM or DER, a PKCS#12 file, or a pkcs11: URI"};
    ERR_clear_error();
    return key;
}

/* The certificates in a file. Unlike parse_certificates(), what else is in a PEM file is skipped.
 */
std::vector<X509Pointer> read_certificates(const std::string& bytes) {
    std::vector<X509Pointer> certificates;
    const auto bio = reader_of(bytes);
    if (bio && has_pem(bytes)) {
        while (auto* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
            certificates.emplace_back(next);
        // Only the end of the file is no reason to distrust it.
        if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
            certificates.clear();
    } else if (bio) {
        if (auto* only = d2i_X509_bio(bio.get(), nullptr))
            certificates.emplace_back(only);
    }
    ERR_clear_error();
    return certificates;
}

SigningError no_certificate_in(const std::string& name) {
    return {"bad-certificate", fmt::format("{} has no X.509 certificate", name),
            "give a certificate in PEM or DER"};
}

std::optional<SigningError> check(const SigningKey& signing) {
    const int type = EVP_PKEY_base_id(signing.key.get());
    if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC) {
        const char* name = OBJ_nid2sn(type);
        return SigningError{"key-type",
                            fmt::format("the kernel verifies PKCS#7 signatures of RSA and EC keys, "
                                        "but this key is {}",
                                        name == nullptr ? "of another kind" : name),
                            "sign with an RSA key"};
    }
    if (X509_check_private_key(signing.certificate.get(), signing.key.get()) != 1) {
        ERR_clear_error();
        return SigningError{"key-mismatch",
                            fmt::format("the private key is not that of the certificate \"{}\"",
                                        to_certificate(signing.certificate.get()).description),
                            "give the certificate that was made for this key"};
    }
    return std::nullopt;
}

/* The key, and the certificate if it comes along. */
std::variant<KeyAndCertificate, SigningError> load_key(const KeySource& source, Pkcs11& token,
                                                       const PassphraseReader& passphrase) {
    if (const auto store = parse_pkcs12(source.bytes))
        return open_pkcs12(store.get(), "the PKCS#12 file " + source.name, passphrase);

    auto key = is_pkcs11_uri(source.name) ? token.load_key(source.name)
                                          : read_private_key(source, passphrase);
    if (auto* error = std::get_if<SigningError>(&key))
        return std::move(*error);
    return KeyAndCertificate{std::move(std::get<KeyPointer>(key)), nullptr};
}

/* The certificate beside the key: the only one that is its own, where a file has several. */
X509Pointer find_beside(const KeySource& source, EVP_PKEY* key) {
    for (auto& certificate : read_certificates(source.bytes)) {
        const bool own = X509_check_private_key(certificate.get(), key) == 1;
        ERR_clear_error();
        if (own)
            return std::move(certificate);
    }
    return nullptr;
}

std::variant<X509Pointer, SigningError> load_certificate(const KeyRequest& request, Pkcs11& token,
                                                         EVP_PKEY* key) {
    if (!request.certificate && is_pkcs11_uri(request.key.name))
        return token.load_certificate(without_type(request.key.name));
    if (!request.certificate) {
        if (auto beside = find_beside(request.key, key))
            return beside;
        return SigningError{
            "no-certificate",
            fmt::format("{} does not have the certificate of the key as well", request.key.name),
            "give the certificate with --cert"};
    }
    if (is_pkcs11_uri(request.certificate->name))
        return token.load_certificate(request.certificate->name);
    auto certificates = read_certificates(request.certificate->bytes);
    if (certificates.empty())
        return no_certificate_in(request.certificate->name);
    return std::move(certificates.front());
}

}  // namespace

std::variant<SigningKey, SigningError> load_signing_key(const KeyRequest& request,
                                                        const PassphraseReader& passphrase) {
    SigningKey signing;
    signing.token = std::make_unique<Pkcs11>(passphrase);
    auto loaded = load_key(request.key, *signing.token, passphrase);
    if (auto* error = std::get_if<SigningError>(&loaded))
        return std::move(*error);
    std::tie(signing.key, signing.certificate) = std::move(std::get<KeyAndCertificate>(loaded));

    if (!signing.certificate || request.certificate) {
        auto certificate = load_certificate(request, *signing.token, signing.key.get());
        if (auto* error = std::get_if<SigningError>(&certificate))
            return std::move(*error);
        signing.certificate = std::move(std::get<X509Pointer>(certificate));
    }
    if (auto error = check(signing))
        return std::move(*error);

    for (const auto& source : request.additional) {
        auto certificates = read_certificates(source.bytes);
        if (certificates.empty())
            return no_certificate_in(source.name);
        for (auto& certificate : certificates)
            signing.additional.push_back(std::move(certificate));
    }
    return signing;
}

}  // namespace kxk::image
