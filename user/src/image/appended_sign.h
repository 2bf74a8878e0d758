// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Makes appended signatures: those of modules, and of s390x kernel images. Behind the content come
 * a PKCS#7 message, struct module_signature and a marker; see Linux
 * include/linux/module_signature.h and Documentation/admin-guide/module-signing.rst.
 */
#pragma once

#include <string_view>

#include "image/signing.h"

namespace kxk::image {

/**
 * Signs a file in the way of the kernel's scripts/sign-file: a detached CMS message without
 * signed attributes and certificates, the signer named by issuer and serial number. Only where
 * the key has additional certificates, the message has them, and the signer's as well.
 *
 * What the file ends with is content, an appended signature included.
 */
[[nodiscard]] SignResult sign_appended(std::string_view file, const SigningKey& key,
                                       const SigningChoice& choice);

}  // namespace kxk::image
