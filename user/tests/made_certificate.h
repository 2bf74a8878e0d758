// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Certificates made for a test, with everything about them chosen by it. */
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "image/x509.h"

namespace kxk::test {

/** What a certificate is to be like. Extensions are named and written as in openssl.cnf. */
struct CertificateWish {
    std::vector<std::pair<std::string, std::string>> subject{{"O", "Tests"}, {"CN", "Key"}};
    std::vector<std::pair<int, std::string>> extensions;  // NID_..., value
    std::int64_t serial = 1;
    std::int64_t not_before = 1600000000;
    std::int64_t not_after = 1900000000;
    std::string digest = "SHA256";
    bool self_signed = true;  // or signed by a key of its issuer, which it does not have
};

/** A certificate of a key, or of an EC key that nobody has. */
[[nodiscard]] image::X509Pointer make_certificate(const CertificateWish& wish,
                                                  EVP_PKEY* own = nullptr);

/** Its DER. */
[[nodiscard]] std::string to_der(const X509* certificate);

/** The DER of a certificate made to a wish. */
[[nodiscard]] inline std::string make_der(const CertificateWish& wish) {
    return to_der(make_certificate(wish).get());
}

}  // namespace kxk::test
