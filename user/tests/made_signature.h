// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file PKCS#7 messages made for a test, byte by byte, so that each can be wrong in any way. */
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/x509.h"

namespace kxk::test {

/** One of a few RSA keys that are made once for all tests. */
[[nodiscard]] EVP_PKEY* rsa_key(std::size_t number);
/** The same for EC keys. */
[[nodiscard]] EVP_PKEY* ec_key(std::size_t number);

/** Somebody with a key and a certificate. */
struct Identity {
    EVP_PKEY* key = nullptr;
    image::X509Pointer certificate;
};

/** How a certificate names its authority. */
enum class AuthorityName { none, key_id, issuer_and_serial, both };

/** A certificate that `authority` signed, or its own key where there is none. */
[[nodiscard]] Identity make_identity(const std::string& name, EVP_PKEY* key,
                                     const Identity* authority = nullptr,
                                     AuthorityName named = AuthorityName::key_id);

/** An element of DER. */
[[nodiscard]] std::string der(std::uint8_t tag, std::string_view content);
/** An object identifier in the dotted form. */
[[nodiscard]] std::string der_object(const char* dotted);

/** What a signer is to do. Whatever is set here replaces what would be right. */
struct SignerWish {
    const Identity* identity = nullptr;
    std::string digest = "sha256";
    std::optional<std::string> digest_object;     // dotted
    std::optional<std::string> signature_object;  // dotted
    bool attributes = true;
    std::optional<std::string> attribute_type;    // dotted; of the content
    std::optional<std::string> message_digest;    // bytes
    std::string signing_time = "250101000000Z";   // UTCTime; empty: none
    std::vector<std::string> further_attributes;  // DER
    bool by_key_id = false;
    char version = 0;  // 0: the right one
    bool spoil_signature = false;
    EVP_PKEY* key = nullptr;  // that signs
};

/** A whole message. */
struct MessageWish {
    std::string content_type = "1.3.6.1.4.1.311.2.1.4";
    std::optional<std::string> content;  // DER; nothing: detached
    std::string detached;                // what is signed then
    std::vector<const Identity*> certificates;
    std::vector<SignerWish> signers;
    char version = 1;
};

/** SpcIndirectDataContent with a digest of the file. */
[[nodiscard]] std::string indirect_data(std::string_view digest_hex,
                                        const char* digest_object = "2.16.840.1.101.3.4.2.1",
                                        const char* kind = "1.3.6.1.4.1.311.2.1.15");

/** The DER of a message. */
[[nodiscard]] std::string make_message(const MessageWish& wish);

/** A file with an appended signature: content, message, header, marker. */
[[nodiscard]] std::string append_signature(const std::string& content, const std::string& message);

}  // namespace kxk::test
