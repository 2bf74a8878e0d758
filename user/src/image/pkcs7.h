// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * PKCS#7 messages as they stand in a file, not yet held against anything. Sources: RFC 2315, RFC
 * 5652; for what the kernel makes of one, Linux crypto/asymmetric_keys/pkcs7_parser.c and
 * mscode_parser.c. OpenSSL's own readers refuse either Authenticode's content (CMS) or signers
 * named by key id (PKCS7), and hide the bytes that were signed.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/bytes.h"
#include "image/der.h"
#include "image/malformed.h"

namespace kxk::image {

/** Bytes of a message at most: the positions of the kernel's decoder have 16 bits. */
constexpr std::size_t longest_pkcs7 = 65535;

/** What a message is about. */
enum class ContentType {
    data,           ///< bytes of any kind
    indirect_data,  ///< Authenticode: the digest of something else
    other,
};

/** One SignerInfo. */
struct SignerInfo {
    ByteView issuer;                           ///< Name in DER; empty where the key id counts
    ByteView serial;                           ///< content of the INTEGER
    ByteView key_id;                           ///< empty where issuer and serial count
    std::string digest_algorithm;              ///< such as "sha256"
    std::string signature_algorithm;           ///< "rsa", "ecdsa", or OpenSSL's name of another
    std::optional<ByteView> attributes;        ///< the signed ones, with the tag [0]
    std::optional<ByteView> message_digest;    ///< from the attributes
    std::optional<std::int64_t> signing_time;  ///< from the attributes; seconds since 1970
    ByteView signature;
};

/** One SignedData, as far as it could be read. It refers to the bytes that it was read from. */
struct Pkcs7Message {
    ByteView bytes;  ///< without what follows the message
    ContentType content_type = ContentType::other;
    std::optional<DerElement> content;   ///< nothing where it is detached
    std::vector<ByteView> certificates;  ///< X.509 in DER
    std::vector<SignerInfo> signers;
    Malformed problem;  ///< the first one that the kernel comes to
};

/** Reads a message, at the start of these bytes. */
[[nodiscard]] Pkcs7Message parse_pkcs7(ByteView bytes);

/** What an Authenticode message says of the file: SpcIndirectDataContent. */
struct IndirectDigest {
    std::string algorithm;  ///< such as "sha256"
    ByteView digest;
    Malformed problem;  ///< why it is not told, or the kernel will not have it
};

/** Reads the content of a message. */
[[nodiscard]] IndirectDigest parse_indirect_digest(const Pkcs7Message& message);

}  // namespace kxk::image
