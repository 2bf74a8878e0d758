// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file X.509 certificates: from OpenSSL's form to the plain one, as the kernel sees them. */
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trust/certificate.h"

namespace kxk::image {

struct X509Deleter {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using X509Pointer = std::unique_ptr<X509, X509Deleter>;

/** A distinguished name in one line, such as "O = Example, CN = Example key". */
[[nodiscard]] std::string one_line(const X509_NAME* name);

/** A serial number's digits, with the sign byte that DER has and the kernel prints. */
[[nodiscard]] std::string serial_digits(const ASN1_INTEGER* serial);

/**
 * How the kernel calls the owner of a certificate, from the organisation (O), the common name (CN)
 * and the e-mail address in its subject: "O: CN"; or CN alone, where it begins like O (with all of
 * it, or with its first seven bytes); or the only one of the two; or the address; or "". Of a
 * part that is there more than once, the last counts. Source: x509_fabricate_name() in Linux
 * crypto/asymmetric_keys/x509_cert_parser.c, unchanged from 3.7 to 6.12.
 */
[[nodiscard]] std::string kernel_name(const X509_NAME* name);

/**
 * A certificate as plain data. What a certificate lacks, or OpenSSL cannot read, is left empty.
 * The description is that which the kernel gives to the key: kernel_name() of the subject, ": ",
 * and the subject key id or, where there is none, the serial number (x509_key_preparse() in
 * x509_public_key.c).
 */
[[nodiscard]] trust::Certificate to_certificate(const X509* certificate);

/** One certificate in DER with nothing behind it; nothing for other bytes. */
[[nodiscard]] std::optional<trust::Certificate> parse_certificate(std::string_view der);

/** As parse_certificates(), in OpenSSL's form. */
[[nodiscard]] std::vector<X509Pointer> load_certificates(std::string_view content);

/** The certificates in a file: one in DER, or any number in PEM. None where one is malformed. */
[[nodiscard]] std::vector<trust::Certificate> parse_certificates(std::string_view content);

}  // namespace kxk::image
