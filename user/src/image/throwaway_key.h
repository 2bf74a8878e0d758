// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A key that nobody trusts, since nobody has ever seen it. */
#pragma once

#include <cstdint>
#include <variant>

#include "image/signing_error.h"
#include "image/signing_key.h"

namespace kxk::image {

/**
 * Makes an RSA key with a certificate of its own; both are gone with it.
 * @param now seconds since 1970: the certificate is valid for a day around it, and not before 1970
 */
[[nodiscard]] std::variant<SigningKey, SigningError> make_throwaway_key(std::int64_t now);

}  // namespace kxk::image
