// SPDX-License-Identifier: LGPL-2.1-or-later
#include "made_signature.h"

#include <openssl/x509v3.h>

#include <array>

#include "image/digest.h"
#include "made_key.h"

namespace kxk::test {
namespace {

constexpr std::int64_t not_before = 1600000000;
constexpr std::int64_t not_after = 1900000000;

EVP_PKEY* kept_key(KeyKind kind, std::vector<image::KeyPointer>& keys, std::size_t number) {
    while (keys.size() <= number)
        keys.push_back(make_key(kind));
    return keys[number].get();
}

std::string digest_bytes(std::string_view bytes, const std::string& algorithm) {
    return image::from_hex(image::digest_of(image::ByteView(bytes), algorithm));
}

std::string encode(int (*i2d)(const X509*, unsigned char**), const X509* certificate) {
    unsigned char* bytes = nullptr;
    const int size = i2d(certificate, &bytes);
    require(size > 0, "i2d");
    std::string encoded(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return encoded;
}

std::string encode_certificate(const X509* certificate) {
    return encode(
        [](const X509* x, unsigned char** to) { return i2d_X509(const_cast<X509*>(x), to); },
        certificate);
}

std::string sign(EVP_PKEY* key, const std::string& algorithm, const std::string& digest) {
    const image::KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    std::string signature(static_cast<std::size_t>(EVP_PKEY_size(key)), '\0');
    auto size = signature.size();
    require(EVP_PKEY_sign_init(context.get()) == 1 &&
                EVP_PKEY_CTX_set_signature_md(context.get(),
                                              EVP_get_digestbyname(algorithm.c_str())) == 1 &&
                EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                              &size, reinterpret_cast<const unsigned char*>(digest.data()),
                              digest.size()) == 1,
            "sign");
    signature.resize(size);
    return signature;
}

void add_extension(X509* certificate, X509V3_CTX& context, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    require(extension != nullptr, "extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

const char* digest_dotted(const std::string& name) {
    if (name == "sha1")
        return "1.3.14.3.2.26";
    if (name == "sha384")
        return "2.16.840.1.101.3.4.2.2";
    return "2.16.840.1.101.3.4.2.1";
}

std::string algorithm(const std::string& dotted) {
    return der(0x30, der_object(dotted.c_str()) + std::string("\x05\0", 2));
}

std::string attribute(const char* type, const std::string& value) {
    return der(0x30, der_object(type) + der(0x31, value));
}

std::string integer(char value) {
    return der(0x02, std::string(1, value));
}

std::string issuer_and_serial(const X509* certificate) {
    const auto whole = encode_certificate(certificate);
    auto* x509 = const_cast<X509*>(certificate);
    const unsigned char* name = nullptr;
    std::size_t size = 0;
    require(
        X509_NAME_get0_der(const_cast<X509_NAME*>(X509_get_issuer_name(x509)), &name, &size) == 1,
        "name");
    const auto serial = image::from_hex(image::serial_digits(X509_get0_serialNumber(x509)));
    return der(0x30, std::string(reinterpret_cast<const char*>(name), size) + der(0x02, serial));
}

std::string make_signer_info(const SignerWish& wish, const MessageWish& message,
                             const std::string& signed_content) {
    const char version = wish.version != 0 ? wish.version : wish.by_key_id ? '\3' : '\1';
    std::string info = integer(version);
    if (wish.by_key_id) {
        const auto* id = X509_get0_subject_key_id(wish.identity->certificate.get());
        info += der(0x80, {reinterpret_cast<const char*>(ASN1_STRING_get0_data(id)),
                           static_cast<std::size_t>(ASN1_STRING_length(id))});
    } else {
        info += issuer_and_serial(wish.identity->certificate.get());
    }
    info += algorithm(wish.digest_object.value_or(digest_dotted(wish.digest)));

    const auto digest = digest_bytes(signed_content, wish.digest);
    auto to_sign = digest;
    if (wish.attributes) {
        auto attributes =
            attribute("1.2.840.113549.1.9.3",
                      der_object(wish.attribute_type.value_or(message.content_type).c_str())) +
            attribute("1.2.840.113549.1.9.4", der(0x04, wish.message_digest.value_or(digest)));
        if (!wish.signing_time.empty())
            attributes += attribute("1.2.840.113549.1.9.5", der(0x17, wish.signing_time));
        for (const auto& further : wish.further_attributes)
            attributes += further;
        to_sign = digest_bytes(der(0x31, attributes), wish.digest);
        info += der(0xa0, attributes);
    }
    auto* key = wish.key != nullptr ? wish.key : wish.identity->key;
    const bool rsa = EVP_PKEY_base_id(key) == EVP_PKEY_RSA;
    info += algorithm(
        wish.signature_object.value_or(rsa ? "1.2.840.113549.1.1.1" : "1.2.840.10045.4.3.2"));
    auto signature = sign(key, wish.digest, to_sign);
    if (wish.spoil_signature)
        signature.back() = static_cast<char>(signature.back() ^ 1);
    return der(0x30, info + der(0x04, signature));
}

}  // namespace

EVP_PKEY* rsa_key(std::size_t number) {
    static std::vector<image::KeyPointer> keys;
    return kept_key(KeyKind::rsa, keys, number);
}

EVP_PKEY* ec_key(std::size_t number) {
    static std::vector<image::KeyPointer> keys;
    return kept_key(KeyKind::ec, keys, number);
}

Identity make_identity(const std::string& name, EVP_PKEY* key, const Identity* authority,
                       AuthorityName named) {
    static long serial = 100;
    Identity identity{key, image::X509Pointer(X509_new())};
    X509* certificate = identity.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(certificate), not_before);
    ASN1_TIME_set(X509_getm_notAfter(certificate), not_after);
    auto* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    auto* issuer = authority == nullptr ? certificate : authority->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509_set_pubkey(certificate, key);

    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    add_extension(certificate, context, NID_subject_key_identifier, "hash");
    constexpr std::array<const char*, 4> authority_names{"", "keyid:always", "issuer:always",
                                                         "keyid:always,issuer:always"};
    if (named != AuthorityName::none)
        add_extension(certificate, context, NID_authority_key_identifier,
                      authority_names.at(static_cast<std::size_t>(named)));
    require(X509_sign(certificate, authority == nullptr ? key : authority->key, EVP_sha256()) > 0,
            "X509_sign");
    return identity;
}

std::string der(std::uint8_t tag, std::string_view content) {
    std::string element(1, static_cast<char>(tag));
    const auto size = content.size();
    if (size < 0x80) {
        element += static_cast<char>(size);
    } else if (size < 0x100) {
        element += {'\x81', static_cast<char>(size)};
    } else {
        element += {'\x82', static_cast<char>(size >> 8U), static_cast<char>(size)};
    }
    return element.append(content);
}

std::string der_object(const char* dotted) {
    ASN1_OBJECT* object = OBJ_txt2obj(dotted, 1);
    unsigned char* bytes = nullptr;
    const int size = i2d_ASN1_OBJECT(object, &bytes);
    require(size > 0, "object");
    std::string encoded(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    ASN1_OBJECT_free(object);
    return encoded;
}

std::string indirect_data(std::string_view digest_hex, const char* digest_object,
                          const char* kind) {
    return der(0x30,
               der(0x30, der_object(kind) + der(0x30, "")) +
                   der(0x30, algorithm(digest_object) + der(0x04, image::from_hex(digest_hex))));
}

std::string make_message(const MessageWish& wish) {
    // What is signed of the content is without its tag and length.
    std::string signed_content = wish.detached;
    std::string content = der_object(wish.content_type.c_str());
    if (wish.content) {
        const auto header = wish.content->size() < 0x82 ? 2U : 4U;
        signed_content = wish.content->substr(header);
        content += der(0xa0, *wish.content);
    }
    std::string certificates;
    for (const auto* identity : wish.certificates)
        certificates += encode_certificate(identity->certificate.get());
    std::string signers;
    for (const auto& signer : wish.signers)
        signers += make_signer_info(signer, wish, signed_content);

    const auto signed_data =
        der(0x30, integer(wish.version) + der(0x31, algorithm("2.16.840.1.101.3.4.2.1")) +
                      der(0x30, content) + (certificates.empty() ? "" : der(0xa0, certificates)) +
                      der(0x31, signers));
    return der(0x30, der_object("1.2.840.113549.1.7.2") + der(0xa0, signed_data));
}

std::string append_signature(const std::string& content, const std::string& message) {
    std::string header(12, '\0');
    header[2] = 2;
    for (std::size_t i = 0; i < 4; ++i)
        header[11 - i] = static_cast<char>(message.size() >> (8 * i));
    return content + message + header + "~Module signature appended~\n";
}

}  // namespace kxk::test
