// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Makes Authenticode signatures of PE files. Source: Microsoft, "Windows Authenticode Portable
 * Executable Signature Format"; for what the kernel takes, Linux
 * crypto/asymmetric_keys/verify_pefile.c and mscode.asn1.
 */
#pragma once

#include <string_view>

#include "image/signing.h"

namespace kxk::image {

/**
 * Signs a PE file. The new signature gets an entry of its own at the end of the certificate table;
 * those that are there stay as they are. The signer's certificate is embedded, and the key's
 * additional ones.
 *
 * Errors beyond OpenSSL's: "malformed" (not PE, truncated, or something lies behind the
 * certificate table), "message-too-large" (the kernel takes at most 65535 bytes).
 */
[[nodiscard]] SignResult sign_pe(std::string_view file, const SigningKey& key,
                                 const SigningChoice& choice);

}  // namespace kxk::image
