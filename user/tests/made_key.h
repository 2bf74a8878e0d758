// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Private keys made for a test. */
#pragma once

#include "image/openssl.h"

namespace kxk::test {

/** The kinds of keys. */
enum class KeyKind { rsa, ec, ed25519 };

/** Ends the test where OpenSSL failed to make something. @param what it was to be */
void require(bool success, const char* what);

/** Makes one: RSA of 2048 bits, or on the curve P-256. */
[[nodiscard]] image::KeyPointer make_key(KeyKind kind);

}  // namespace kxk::test
