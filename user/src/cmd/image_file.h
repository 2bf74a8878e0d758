// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Files that are named on the command line: read, or explained why not. */
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cmd/explanation.h"
#include "host/system.h"
#include "image/x509.h"
#include "trust/certificate.h"
#include "trust/image_facts.h"

namespace kxk::cmd {

/** Certificates from files, in both forms. */
struct Certificates {
    std::vector<image::X509Pointer> x509;   ///< for image::read_image()
    std::vector<trust::Certificate> plain;  ///< the same, in the same order
};

/** Reads certificates in PEM or DER, any number in each file. */
[[nodiscard]] std::variant<Certificates, Explanation> read_certificate_files(
    const host::System& system, const std::vector<std::string>& paths);

/**
 * Reads an image.
 * @param others certificates by which a signature can be checked that has none itself
 */
[[nodiscard]] std::variant<trust::ImageFacts, Explanation> read_image_file(
    const host::System& system, const std::string& path, const Certificates& others);

/** Why a file cannot be read. */
[[nodiscard]] Explanation explain_unreadable(const std::string& path, int error);

}  // namespace kxk::cmd
