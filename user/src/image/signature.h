// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Signatures held against the file and against the certificates that they carry themselves. Nobody
 * is trusted here, and nobody has to be. Sources for the kernel's answers: Linux
 * crypto/asymmetric_keys/pkcs7_verify.c, x509_public_key.c, crypto/rsa-pkcs1pad.c.
 */
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "image/pkcs7.h"
#include "image/x509.h"
#include "trust/image_facts.h"

namespace kxk::image {

/** The algorithms that the file must be digested with to judge this message. */
[[nodiscard]] std::set<std::string> file_digest_algorithms(const Pkcs7Message& message,
                                                           trust::SignatureForm form);

/**
 * Judges a message.
 * @param form where it is from: it must be of the kind that belongs there
 * @param file_digests of the file: Authenticode's, or those of the content, by algorithm
 * @param others certificates by which a signer is checked whose own the message does not have. The
 *        kernel has such keys on its keyrings only: they change nothing but Signer::valid.
 */
[[nodiscard]] trust::ImageSignature judge_message(
    const Pkcs7Message& message, trust::SignatureForm form,
    const std::map<std::string, std::string>& file_digests,
    const std::vector<X509Pointer>& others = {});

}  // namespace kxk::image
