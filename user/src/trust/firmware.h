// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * What the firmware and shim hand to the kernel: keys and hashes in EFI variables, as plain data.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trust/certificate.h"

namespace kxk::trust {

/** What a signature list can contain, as far as Linux takes notice of it. */
enum class FirmwareEntryKind {
    certificate,       ///< EFI_CERT_X509_GUID
    image_hash,        ///< EFI_CERT_SHA256_GUID: the Authenticode digest of an image
    certificate_hash,  ///< EFI_CERT_X509_SHA256_GUID: the digest of what is signed in a certificate
    other,             ///< of a type that Linux passes over
};

/** One entry of a signature list. */
struct FirmwareEntry {
    FirmwareEntryKind kind = FirmwareEntryKind::other;
    std::string type;                        ///< GUID of the type
    std::string owner;                       ///< GUID of who added it
    std::optional<Certificate> certificate;  ///< nothing, too, where it cannot be read
    std::string digest;                      ///< of a hash, its digits
};

/** One EFI variable that contains signature lists. */
struct FirmwareVariable {
    std::string name;             ///< such as "MokListRT"
    std::optional<bool> present;  ///< nothing where that cannot be told
    std::string source;           ///< the file it was read from
    std::vector<FirmwareEntry> entries;
    std::string problem;  ///< why it cannot be read, or not whole, in words; else empty
};

/** All of it. */
struct Firmware {
    std::vector<FirmwareVariable> variables;  ///< db, dbx, MokListRT, MokListXRT
    std::optional<bool> mok_list_trusted;     ///< MokListTrustedRT: the owner trusts the MOKs
    std::optional<bool> ignores_db;           ///< MokIgnoreDB: the owner does not trust db

    /** The variable of this name, if it was looked for. */
    [[nodiscard]] const FirmwareVariable* find(const std::string& name) const {
        for (const auto& variable : variables) {
            if (variable.name == name)
                return &variable;
        }
        return nullptr;
    }
};

}  // namespace kxk::trust
