// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Signatures of every kind that the catalogue has, made with the companion's library. */
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/conf.h"
#include "image/signing.h"

namespace kxk::lab {

/** How a file is to be signed. */
struct Signing {
    std::string who;                     ///< one of keys.sh's
    std::string digest = "sha256";       ///< see image::SigningChoice
    std::optional<std::int64_t> time{};  ///< signing time, in seconds since 1970
    std::vector<std::string> embed{};    ///< whose certificates go along (PE: beside the signer's)
};

/** Signs in an architecture's way of carrying the signature of a kernel. */
class Signer {
  public:
    /** @param keys  WHO.key, WHO.pem */
    Signer(std::filesystem::path keys, Signature kind) : keys_(std::move(keys)), kind_(kind) {}

    [[nodiscard]] Signature kind() const { return kind_; }

    /** All of these throw Failure when something cannot be signed. */
    [[nodiscard]] std::string sign(std::string_view file, const Signing& how) const;

    /**
     * Signs with one PKCS#7 message by several signers, their certificates in it. Of PE files only
     * the first one's digest algorithm counts.
     */
    [[nodiscard]] std::string sign_together(std::string_view file,
                                            const std::vector<std::string>& who) const;

    /**
     * Appends a signature with signed attributes, the signing time among them, which the kernel
     * does not want there. The signer's certificate goes along.
     */
    [[nodiscard]] std::string append_with_attributes(std::string_view content,
                                                     const Signing& how) const;

    /** The digest of what was signed in a certificate: its name on the .blacklist keyring. */
    [[nodiscard]] std::string tbs_digest(const std::string& who) const;

  private:
    [[nodiscard]] image::SigningKey load(const Signing& how) const;

    std::filesystem::path keys_;
    Signature kind_;
};

}  // namespace kxk::lab
