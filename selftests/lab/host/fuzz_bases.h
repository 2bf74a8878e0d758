// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The signed images that mutants are made from: small, since each one is digested. */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/signer.h"

namespace kxk::lab {

/** A signed image. */
struct FuzzBase {
    std::string name;  ///< a word, [a-z0-9-]
    std::string contents;
};

/**
 * One content, in all kinds of signatures that verifiers treat differently.
 * @param machine  of the PE header
 * Throws Failure when OpenSSL does not sign.
 */
[[nodiscard]] std::vector<FuzzBase> make_fuzz_bases(const Signer& signer, std::uint16_t machine);

}  // namespace kxk::lab
