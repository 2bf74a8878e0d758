// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Owners of what OpenSSL allocates. */
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pkcs7.h>

#include <memory>
#include <string>
#include <string_view>

#include "image/x509.h"

namespace kxk::image {

struct KeyDeleter {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, KeyDeleter>;

struct KeyContextDeleter {
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, KeyContextDeleter>;

struct ObjectDeleter {
    void operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
};
using ObjectPointer = std::unique_ptr<ASN1_OBJECT, ObjectDeleter>;

struct TimeDeleter {
    void operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }
};
using TimePointer = std::unique_ptr<ASN1_TIME, TimeDeleter>;

struct MemoryBioDeleter {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using MemoryBio = std::unique_ptr<BIO, MemoryBioDeleter>;

struct Pkcs7Deleter {
    void operator()(PKCS7* message) const { PKCS7_free(message); }
};
using Pkcs7Pointer = std::unique_ptr<PKCS7, Pkcs7Deleter>;

struct CmsDeleter {
    void operator()(CMS_ContentInfo* message) const { CMS_ContentInfo_free(message); }
};
using CmsPointer = std::unique_ptr<CMS_ContentInfo, CmsDeleter>;

/** Where OpenSSL 3 keeps its providers. OpenSSL 1.1.1 knows one such place only: nullptr. */
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
using LibraryContext = OSSL_LIB_CTX;
#else
struct LibraryContext;
#endif

/** An empty message, to be signed by a key of this context (nullptr: the default one). */
[[nodiscard]] Pkcs7Pointer new_pkcs7(LibraryContext* library);

/** The same for CMS. @param flags CMS_... */
[[nodiscard]] CmsPointer new_cms(LibraryContext* library, unsigned flags);

/** Reads bytes that belong to somebody else; nullptr when there are more than 2 GiB of them. */
[[nodiscard]] MemoryBio reader_of(std::string_view bytes);

/**
 * For a process that judges images and ends then: the machine's openssl.cnf has no say, for it has
 * none in the kernel (it may forbid what the kernel accepts, SHA-1 or all that is not FIPS), and
 * OpenSSL does not give back, piece by piece, memory that the system takes back as a whole. To be
 * called before anything else of OpenSSL; keys may need that file, so not where one signs.
 */
void prepare_openssl_to_judge();

/** What OpenSSL says of its last failures, for the end of a sentence; forgets them. */
[[nodiscard]] std::string take_openssl_errors();

/** The DER that one of OpenSSL's i2d functions makes; empty when it fails. */
template <typename Object, typename Encode>
[[nodiscard]] std::string der_of(Object* object, Encode i2d) {
    unsigned char* bytes = nullptr;
    const int size = i2d(object, &bytes);
    if (size <= 0)
        return {};
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

/** A secret that does not stay in memory when it is no longer needed. */
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&& other) noexcept { text_.swap(other.text_); }
    Secret& operator=(Secret&& other) noexcept {
        text_.swap(other.text_);
        return *this;
    }
    ~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace kxk::image
