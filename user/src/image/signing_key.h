// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A private key with its certificate: from files, or from a PKCS#11 token. */
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "image/openssl.h"
#include "image/pkcs11.h"
#include "image/signing_error.h"
#include "image/x509.h"

namespace kxk::image {

/** Where a key or a certificate comes from: a file with its bytes, or a PKCS#11 URI. */
struct KeySource {
    std::string name;   ///< path, or "pkcs11:..."
    std::string bytes;  ///< of the file
};

/** What somebody wants to sign with. */
struct KeyRequest {
    KeySource key;
    std::optional<KeySource> certificate;  ///< without: it is where the key is
    std::vector<KeySource> additional;     ///< certificates to embed
};

/** Ready to sign: the private key belongs to the certificate. */
struct SigningKey {
    std::unique_ptr<Pkcs11> token;  ///< for a key that is on one
    KeyPointer key;
    X509Pointer certificate;
    std::vector<X509Pointer> additional;

    /** Where the key lives: see Pkcs11::library(). */
    [[nodiscard]] LibraryContext* library() const { return token ? token->library() : nullptr; }
};

/**
 * Loads key and certificates. A key file is PEM, DER (PKCS#8 or traditional) or PKCS#12; a
 * certificate is PEM or DER; a PEM file may have both.
 *
 * Errors, by code: "bad-key", "bad-certificate", "no-certificate", "no-passphrase",
 * "wrong-passphrase", "key-mismatch" (the key is not that of the certificate), "key-type" (neither
 * RSA nor EC: the kernel knows no other in PKCS#7), "pin-in-uri", "pkcs11".
 */
[[nodiscard]] std::variant<SigningKey, SigningError> load_signing_key(
    const KeyRequest& request, const PassphraseReader& passphrase);

}  // namespace kxk::image
