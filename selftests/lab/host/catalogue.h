// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * The images of the matrix, and what the keyrings are to have for them. Nothing here says which
 * image a kernel takes: that is what the reference kernels are asked.
 */
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/plan.h"
#include "host/command.h"
#include "host/conf.h"
#include "host/images.h"
#include "host/signer.h"

namespace kxk::lab {

/** An image, or what somebody takes for one. */
struct CatalogueImage {
    std::string name;   ///< [a-z0-9-]+, of no other image
    std::string group;  ///< a word
    std::string text;   ///< one line for people
    DerivedFile file;
    bool directory = false;  ///< file.path is a directory that every guest has: nothing to make
};

/** A certificate where a machine would have it. */
struct KeyringEntry {
    std::string certificate;  ///< one of keys.sh's
    std::string keyring;      ///< .secondary_trusted_keys, .platform, or machine_owner
};

/** KeyringEntry::keyring of what shim passes on: on .machine or .platform, as the kernel likes. */
inline constexpr const char* machine_owner = "machine";

/** All images of an architecture. */
struct Catalogue {
    std::vector<CatalogueImage> images;  ///< by group; the first ones of a group can stand for it
    std::vector<KeyringEntry> keys;      ///< in an order in which they can be added
    std::vector<std::string> revoked_certificates;  ///< whose; added to keyrings before revoked
    std::vector<std::string> revoked_digests;       ///< SHA-256, hexadecimal digits, of images
    std::vector<std::string> blacklist;  ///< both as the kernel has them: "tbs:..." and "bin:..."
};

/** What the keyrings are to have, without any image. */
[[nodiscard]] Catalogue catalogue_of_keys(const Signer& signer);

/**
 * Makes the images of an architecture.
 * @param image      unsigned, as the guest has it under guest_base_image
 * @param directory  for what is needed on the way; it is removed
 * Throws Failure when a tool or OpenSSL does not sign.
 */
[[nodiscard]] Catalogue make_catalogue(const Commands& commands, const SigningKit& kit,
                                       Signature kind, const std::filesystem::path& image,
                                       const std::filesystem::path& directory);

/** Bytes of the patches that the guest makes the images with. */
[[nodiscard]] std::size_t size_of_patches(const Catalogue& catalogue);

/**
 * What the fixture is told, to fill keyrings and blacklist of a guest without firmware. The
 * certificates for .secondary_trusted_keys are root's business and not among it.
 */
[[nodiscard]] std::string fixture_parameters(const Catalogue& catalogue);

/** Where the guest finds a certificate, DER. */
[[nodiscard]] std::string guest_certificate(const std::string& who);

}  // namespace kxk::lab
