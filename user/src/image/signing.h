// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What all forms of signatures have in common. */
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "image/signing_error.h"
#include "image/signing_key.h"

namespace kxk::image {

/** How to sign. */
struct SigningChoice {
    std::string digest = "sha256";             ///< "sha1", "sha256", "sha384" or "sha512"
    std::optional<std::int64_t> signing_time;  ///< seconds since 1970; Authenticode only
};

/** A signed file. */
struct SignedFile {
    std::string bytes;
    std::string digest;          ///< hexadecimal digits; Authenticode only
    std::size_t signatures = 0;  ///< how many it has now
};

using SignResult = std::variant<SignedFile, SigningError>;

/** OpenSSL's algorithm of a name in SigningChoice; nullptr for another name. */
[[nodiscard]] const EVP_MD* signing_digest(const std::string& name);

/** What OpenSSL would not do, from its own words. */
[[nodiscard]] SigningError signing_failed();

/**
 * Calls a function for each of the certificates that a message is to have, the signer's first, and
 * those of the key's additional ones that are not the same as one before.
 * @return whether it succeeded for all
 */
[[nodiscard]] bool for_each_certificate(const SigningKey& key,
                                        const std::function<bool(X509* certificate)>& add);

}  // namespace kxk::image
