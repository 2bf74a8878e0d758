// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A key on a keyring, as the kernel shows it. */
#pragma once

#include <string>
#include <string_view>

#include "trust/certificate.h"

namespace kxk::trust {

/** A key, or one of the hashes on .blacklist. */
struct Key {
    std::string type;         ///< "asymmetric"; of a hash "blacklist"
    std::string description;  ///< name, ": ", key id; of a hash "tbs:" or "bin:" and its digits

    friend bool operator==(const Key& a, const Key& b) {
        return a.type == b.type && a.description == b.description;
    }
};

/**
 * The key id: the digits at the end of the description of a key that came from a certificate. They
 * are the subject key id or, of a certificate without one, the serial number. Empty for a hash, and
 * for a key that somebody described in words of their own.
 */
[[nodiscard]] std::string_view key_id_of(const Key& key);

/** The description without the key id: the name of the key's owner. */
[[nodiscard]] std::string_view name_of(const Key& key);

/** Whether the kernel would give the key of this certificate this description. */
[[nodiscard]] bool is_from(const Key& key, const Certificate& certificate);

}  // namespace kxk::trust
