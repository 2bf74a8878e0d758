// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/signer.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "common/text_file.h"
#include "host/corruption.h"
#include "host/failure.h"
#include "image/appended_sign.h"
#include "image/pe.h"
#include "image/pe_sign.h"

namespace kxk::lab {

namespace {

struct TimeDeleter {
    void operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }
};
using TimePointer = std::unique_ptr<ASN1_TIME, TimeDeleter>;

/** For what OpenSSL has no reason to refuse. */
void require(bool done) {
    if (!done) {
        throw Failure("OpenSSL made no signature: " + image::take_openssl_errors());
    }
}

std::string bytes_of(const image::SignResult& result) {
    if (const auto* error = std::get_if<image::SigningError>(&result)) {
        throw Failure(fmt::format("cannot sign an image: {}; {}", error->cause, error->remedy));
    }
    return std::get<image::SignedFile>(result).bytes;
}

image::KeySource source_of(const std::filesystem::path& path) {
    return {path.string(), read_file(path)};
}

/** Adds a signer to an Authenticode message: it signs the same content as the first one. */
void add_signer(PKCS7* message, const image::SigningKey& key) {
    PKCS7_SIGNER_INFO* first = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(message), 0);
    const ASN1_TYPE* type = PKCS7_get_signed_attribute(first, NID_pkcs9_contentType);
    const ASN1_TYPE* digest = PKCS7_get_signed_attribute(first, NID_pkcs9_messageDigest);
    require(type != nullptr && digest != nullptr);
    const ASN1_STRING* octets = digest->value.octet_string;
    const unsigned char* data = ASN1_STRING_get0_data(octets);
    // OpenSSL wants them where they could be changed.
    std::vector<unsigned char> bytes(data, data + ASN1_STRING_length(octets));

    PKCS7_SIGNER_INFO* signer =
        PKCS7_sign_add_signer(message, key.certificate.get(), key.key.get(), EVP_sha256(),
                              PKCS7_BINARY | PKCS7_NOCERTS | PKCS7_NOATTR | PKCS7_PARTIAL);
    require(signer != nullptr && PKCS7_add_certificate(message, key.certificate.get()) == 1);
    require(PKCS7_add_attrib_content_type(signer, OBJ_dup(type->value.object)) == 1);
    require(PKCS7_add1_attrib_digest(signer, bytes.data(), static_cast<int>(bytes.size())) == 1);
    require(PKCS7_SIGNER_INFO_sign(signer) == 1);
}

/** The message in the only entry of a certificate table. */
image::Pkcs7Pointer message_of(const std::string& file) {
    const auto pe = std::get<image::PeImage>(image::parse_pe(image::ByteView(file)));
    const auto content = image::read_certificates(pe).entries.front().content;
    const unsigned char* bytes = content.data();
    image::Pkcs7Pointer message(d2i_PKCS7(nullptr, &bytes, static_cast<long>(content.size())));

    require(message != nullptr);
    return message;
}

}  // namespace

image::SigningKey Signer::load(const Signing& how) const {
    image::KeyRequest request{
        source_of(keys_ / (how.who + ".key")), source_of(keys_ / (how.who + ".pem")), {}};

    for (const std::string& other : how.embed) {
        request.additional.push_back(source_of(keys_ / (other + ".pem")));
    }
    auto key = image::load_signing_key(
        request, [](const std::string&) { return std::optional<image::Secret>(); });
    if (const auto* error = std::get_if<image::SigningError>(&key)) {
        throw Failure(fmt::format("the lab's key {} is of no use: {}; remove {}", how.who,
                                  error->cause, keys_.string()));
    }
    return std::get<image::SigningKey>(std::move(key));
}

std::string Signer::sign(std::string_view file, const Signing& how) const {
    image::SigningChoice choice;

    choice.digest = how.digest;
    choice.signing_time = how.time;
    return bytes_of(kind_ == Signature::pe ? image::sign_pe(file, load(how), choice)
                                           : image::sign_appended(file, load(how), choice));
}

std::string Signer::sign_together(std::string_view file,
                                  const std::vector<std::string>& who) const {
    if (kind_ == Signature::pe) {
        const std::string once = sign(file, {who.front()});
        const auto message = message_of(once);

        for (std::size_t i = 1; i < who.size(); ++i) {
            add_signer(message.get(), load({who[i]}));
        }
        return with_message(once, image::der_of(message.get(), i2d_PKCS7));
    }

    constexpr unsigned flags =
        CMS_BINARY | CMS_DETACHED | CMS_NOATTR | CMS_NOSMIMECAP | CMS_PARTIAL;
    const auto content = image::reader_of(file);
    const auto message = image::new_cms(nullptr, flags);
    require(content != nullptr && message != nullptr);
    for (const std::string& signer : who) {
        const auto key = load({signer});

        require(CMS_add1_signer(message.get(), key.certificate.get(), key.key.get(), EVP_sha256(),
                                flags) != nullptr);
    }
    require(CMS_final(message.get(), content.get(), nullptr, CMS_BINARY | CMS_DETACHED) == 1);
    return put_together({std::string(file), image::der_of(message.get(), i2d_CMS_ContentInfo)});
}

std::string Signer::append_with_attributes(std::string_view content, const Signing& how) const {
    constexpr unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_PARTIAL;
    const auto key = load(how);
    const auto reader = image::reader_of(content);
    const auto message = image::new_cms(nullptr, flags);
    require(reader != nullptr && message != nullptr);

    CMS_SignerInfo* signer = CMS_add1_signer(message.get(), key.certificate.get(), key.key.get(),
                                             image::signing_digest(how.digest), flags);
    require(signer != nullptr);
    if (how.time) {
        const TimePointer time(ASN1_TIME_set(nullptr, *how.time));

        require(time != nullptr &&
                CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime,
                                            ASN1_STRING_type(time.get()), time.get(), -1) == 1);
    }
    require(CMS_final(message.get(), reader.get(), nullptr, CMS_BINARY | CMS_DETACHED) == 1);
    return put_together({std::string(content), image::der_of(message.get(), i2d_CMS_ContentInfo)});
}

std::string Signer::tbs_digest(const std::string& who) const {
    const auto certificate = image::parse_certificate(read_file(keys_ / (who + ".der")));

    if (!certificate) {
        throw Failure(fmt::format("{}.der is no certificate; remove {}", who, keys_.string()));
    }
    return certificate->tbs_digest;
}

}  // namespace kxk::lab
