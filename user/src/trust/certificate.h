// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file An X.509 certificate as plain data: what trust is reasoned about with. */
#pragma once

#include <cstdint>
#include <string>

namespace kxk::trust {

/** Digits of numbers and digests are lower-case hexadecimal, two for each byte. */
struct Certificate {
    std::string subject;           ///< distinguished name, one line
    std::string issuer;            ///< distinguished name, one line
    std::string description;       ///< how the kernel describes the key: name, ": ", key id
    std::string serial;            ///< serial number
    std::string subject_key_id;    ///< empty where the certificate has none
    std::string authority_key_id;  ///< empty where the certificate has none
    std::string fingerprint;       ///< SHA-256 of the certificate
    std::string tbs_digest;  ///< of what was signed, by digest_algorithm; .blacklist: "tbs:", this
    std::string key_algorithm;     ///< such as "RSA 2048"
    std::string digest_algorithm;  ///< of the signature on the certificate, such as "sha256"
    std::int64_t not_before = 0;   ///< seconds since 1970
    std::int64_t not_after = 0;    ///< seconds since 1970
    bool self_signed = false;
    bool ca = false;                  ///< its basic constraints say so
    bool signs_certificates = false;  ///< its key usage names keyCertSign
    bool signs_data = false;          ///< its key usage names digitalSignature
};

}  // namespace kxk::trust
