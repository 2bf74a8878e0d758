// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * A signature appended to a file, as s390x images and modules have it: the content, a PKCS#7
 * message, struct module_signature (Linux include/linux/module_signature.h), a line of text.
 */
#pragma once

#include <string_view>

#include "image/bytes.h"
#include "image/malformed.h"

namespace kxk::image {

/** What ends a file with an appended signature. */
inline constexpr std::string_view appended_marker = "~Module signature appended~\n";

/** The field id_type of struct module_signature: PKCS#7, the one type that is verified. */
inline constexpr char id_type_pkcs7 = 2;

/** Where things are in such a file. */
struct AppendedSignature {
    Range content;  ///< what was signed
    ByteView message;
    Malformed problem;  ///< as s390_verify_sig() sees it; then there is no message
};

/** Whether a file ends with the marker. */
[[nodiscard]] bool has_appended_signature(ByteView file);

/** Takes a file with the marker apart. */
[[nodiscard]] AppendedSignature parse_appended(ByteView file);

}  // namespace kxk::image
