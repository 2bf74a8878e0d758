// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The kernel's keyrings. */
#pragma once

#include <string>
#include <vector>

namespace kxk::lab {

/**
 * Adds a certificate to a system keyring, such as .secondary_trusted_keys.
 * @return 0, or the errno; ENOENT when there is no such keyring
 */
[[nodiscard]] int add_certificate(const std::string& file, const std::string& keyring);

/** Descriptions of the keys on a keyring. Throws std::system_error. */
[[nodiscard]] std::vector<std::string> describe_keys(const std::string& keyring);

}  // namespace kxk::lab
