// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/pe_sign.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>

#include <limits>
#include <memory>
#include <utility>

#include "image/der.h"
#include "image/pe.h"
#include "image/pkcs7.h"

namespace kxk::image {
namespace {

constexpr const char* spc_indirect_data = "1.3.6.1.4.1.311.2.1.4";
constexpr const char* spc_pe_image_data = "1.3.6.1.4.1.311.2.1.15";

struct TypeDeleter {
    void operator()(ASN1_TYPE* type) const { ASN1_TYPE_free(type); }
};
using TypePointer = std::unique_ptr<ASN1_TYPE, TypeDeleter>;

SigningError malformed(const std::string& what) {
    return {"malformed", fmt::format("the file cannot be signed as PE: {}", what),
            "take a copy that is whole, as it was built"};
}

/* One element of DER: tag (with its class and form), length, content. */
std::string element(unsigned char tag, std::string_view content) {
    std::string der(1, static_cast<char>(tag));
    if (content.size() >= 0x80)
        der += static_cast<char>(0x81);  // nothing here comes near 256 bytes
    der += static_cast<char>(content.size());
    return der.append(content);
}

unsigned char context(unsigned char number, bool constructed) {
    return static_cast<unsigned char>(V_ASN1_CONTEXT_SPECIFIC |
                                      (constructed ? V_ASN1_CONSTRUCTED : 0) | number);
}

std::string object_identifier(const ASN1_OBJECT* object) {
    return der_of(object, i2d_ASN1_OBJECT);
}

/*
 * What SpcIndirectDataContent contains: that this is a PE image, and its digest. The name of the
 * file, long obsolete, is the one that everybody has.
 */
std::string indirect_data(const EVP_MD* algorithm, std::string_view digest) {
    std::string file_name;
    for (const char letter : std::string_view("<<<Obsolete>>>"))
        file_name.append(1, '\0').append(1, letter);
    const auto link =
        element(context(0, true), element(context(2, true), element(context(0, false), file_name)));
    const auto no_flags = element(V_ASN1_BIT_STRING, std::string_view("\0", 1));

    const ObjectPointer image_type(OBJ_txt2obj(spc_pe_image_data, 1));
    const auto image = element(
        der_sequence, object_identifier(image_type.get()) + element(der_sequence, no_flags + link));
    const auto identifier =
        element(der_sequence,
                object_identifier(OBJ_nid2obj(EVP_MD_type(algorithm))) + element(V_ASN1_NULL, {}));
    return image + element(der_sequence, identifier + element(V_ASN1_OCTET_STRING, digest));
}

std::string digest_bytes(std::string_view content, const EVP_MD* algorithm) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (EVP_Digest(content.data(), content.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   &size, algorithm, nullptr) != 1)
        size = 0;
    digest.resize(size);
    return digest;
}

/* The message's content: a type that PKCS#7 itself does not have, and a sequence. */
bool set_content(PKCS7* message, std::string_view der) {
    TypePointer value(ASN1_TYPE_new());
    ASN1_STRING* text = ASN1_STRING_new();
    if (!value || text == nullptr ||
        ASN1_STRING_set(text, der.data(), static_cast<int>(der.size())) != 1) {
        ASN1_STRING_free(text);
        return false;
    }
    ASN1_TYPE_set(value.get(), V_ASN1_SEQUENCE, text);

    Pkcs7Pointer content(PKCS7_new());
    if (!content)
        return false;
    content->type = OBJ_txt2obj(spc_indirect_data, 1);
    content->d.other = value.release();
    if (PKCS7_set_content(message, content.get()) != 1)
        return false;
    static_cast<void>(content.release());
    return true;
}

/* What the signature is made of: type and digest of the content, and the time. */
bool set_attributes(PKCS7_SIGNER_INFO* signer, std::string digest, const SigningChoice& choice) {
    ObjectPointer type(OBJ_txt2obj(spc_indirect_data, 1));
    if (digest.empty() || PKCS7_add_attrib_content_type(signer, type.get()) != 1)
        return false;
    static_cast<void>(type.release());
    if (PKCS7_add1_attrib_digest(signer, reinterpret_cast<unsigned char*>(digest.data()),
                                 static_cast<int>(digest.size())) != 1)
        return false;
    if (!choice.signing_time)
        return true;
    TimePointer time(ASN1_TIME_set(nullptr, *choice.signing_time));
    if (!time || PKCS7_add0_attrib_signing_time(signer, time.get()) != 1)
        return false;
    static_cast<void>(time.release());
    return true;
}

/* The PKCS#7 message about an image of this digest; empty when OpenSSL makes none. */
std::string make_message(const std::string& image_digest, const SigningKey& key,
                         const SigningChoice& choice) {
    const auto* algorithm = signing_digest(choice.digest);
    const auto content = indirect_data(algorithm, from_hex(image_digest));
    const auto message = new_pkcs7(key.library());
    if (!message || PKCS7_set_type(message.get(), NID_pkcs7_signed) != 1 ||
        !set_content(message.get(), element(der_sequence, content)))
        return {};

    PKCS7_SIGNER_INFO* signer =
        PKCS7_sign_add_signer(message.get(), key.certificate.get(), key.key.get(), algorithm,
                              PKCS7_BINARY | PKCS7_NOCERTS | PKCS7_NOATTR | PKCS7_PARTIAL);
    const auto embed = [&message](X509* certificate) {
        return PKCS7_add_certificate(message.get(), certificate) == 1;
    };
    // The digest is that of the sequence without tag and length.
    if (signer == nullptr || !for_each_certificate(key, embed) ||
        !set_attributes(signer, digest_bytes(content, algorithm), choice) ||
        PKCS7_SIGNER_INFO_sign(signer) != 1)
        return {};
    return der_of(message.get(), i2d_PKCS7);
}

void put_le32(std::string& bytes, std::uint64_t offset, std::uint64_t number) {
    for (unsigned i = 0; i < 4; ++i)
        bytes[offset + i] = static_cast<char>(number >> (8 * i));
}

/* Has the headers know of a certificate table that the file ends with, and pads it. */
void end_with_table(std::string& bytes, const PeImage& image, std::uint64_t table) {
    bytes.resize(table + round_up(bytes.size() - table, certificate_alignment));
    put_le32(bytes, image.directory_entry_offset, table);
    put_le32(bytes, image.directory_entry_offset + 4, bytes.size() - table);
}

/* Makes the place for a further entry: padding behind what was there. */
void make_ready(std::string& bytes, const PeImage& image) {
    if (image.is_signed())
        end_with_table(bytes, image, image.certificate_table.offset);
    else
        bytes.resize(round_up(bytes.size(), certificate_alignment));
}

void add_entry(std::string& bytes, const PeImage& image, std::string_view message) {
    const auto entry = bytes.size();
    bytes.append(8, '\0').append(message);
    put_le32(bytes, entry, 8 + message.size());
    put_le32(bytes, entry + 4, certificate_revision_2 | certificate_type_pkcs7 << 16U);
    end_with_table(bytes, image, image.is_signed() ? image.certificate_table.offset : entry);
}

}  // namespace

SignResult sign_pe(std::string_view file, const SigningKey& key, const SigningChoice& choice) {
    const auto parsed = parse_pe(ByteView(file));
    if (const auto* bad = std::get_if<Malformed>(&parsed))
        return malformed(bad->text);
    const auto& image = std::get<PeImage>(parsed);
    if (!append_offset(image))
        return malformed("there is something behind its certificate table");
    if (const auto table = read_certificates(image);
        image.is_signed() && !table.problem.text.empty())
        return malformed(table.problem.text);
    // Before the padding, which would make up for the bytes that are missing.
    if (!digested_ranges(image))
        return malformed("it is truncated: a section ends behind the end of the file");
    if (file.size() > std::numeric_limits<std::uint32_t>::max() - 2 * longest_pkcs7)
        return SigningError{"too-large", "a PE file of 4 GiB has no room for a signature",
                            "sign a smaller file"};

    // Padding behind an unsigned file is part of the digest.
    SignedFile result;
    result.bytes = file;
    make_ready(result.bytes, image);
    const auto digests =
        pe_digests(std::get<PeImage>(parse_pe(ByteView(result.bytes))), {choice.digest});
    if (digests.empty())
        return signing_failed();
    result.digest = digests.begin()->second;

    const auto message = make_message(result.digest, key, choice);
    if (message.empty())
        return signing_failed();
    if (message.size() > longest_pkcs7)
        return SigningError{
            "message-too-large",
            fmt::format("the PKCS#7 message has {} bytes, and the kernel takes at most {}",
                        message.size(), longest_pkcs7),
            "embed fewer certificates"};

    add_entry(result.bytes, image, message);
    const auto after = std::get<PeImage>(parse_pe(ByteView(result.bytes)));
    put_le32(result.bytes, after.checksum_offset, checksum(after));
    result.signatures = read_certificates(after).entries.size();
    return result;
}

}  // namespace kxk::image
