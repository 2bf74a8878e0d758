// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Private keys with certificates, made for a test, in the forms that people have. */
#pragma once

#include <string>
#include <vector>

#include "image/openssl.h"
#include "image/signing_key.h"
#include "made_certificate.h"
#include "made_key.h"

namespace kxk::test {

/** A key with its certificate. */
struct MadeSigner {
    image::KeyPointer key;
    image::X509Pointer certificate;

    /** The key in PEM, as PKCS#8; encrypted if there is a passphrase. */
    [[nodiscard]] std::string key_pem(const std::string& passphrase = "") const;
    [[nodiscard]] std::string key_der() const;
    [[nodiscard]] std::string certificate_pem() const;
    [[nodiscard]] std::string certificate_der() const { return to_der(certificate.get()); }
    [[nodiscard]] std::string pkcs12(const char* passphrase) const;

    /** Ready to sign; the signer itself can be made more of. */
    [[nodiscard]] image::SigningKey signing_key() const;
};

/** Makes one. */
[[nodiscard]] MadeSigner make_signer(KeyKind kind = KeyKind::rsa, const CertificateWish& wish = {});

}  // namespace kxk::test
