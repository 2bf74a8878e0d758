// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file EFI signature lists: the contents of db, dbx and their like. */
#pragma once

#include <string>
#include <vector>

#include "image/bytes.h"
#include "trust/firmware.h"

namespace kxk::image {

/** What a variable contains. Linux takes the entries before a mistake, too. */
struct SignatureLists {
    std::vector<trust::FirmwareEntry> entries;
    std::string problem;  ///< the first mistake, in words; else empty
};

/**
 * Reads signature lists, one after another (UEFI 2.10, 32.4.1: EFI_SIGNATURE_LIST). What is a
 * mistake is one to Linux: parse_efi_signature_list() in
 * security/integrity/platform_certs/efi_parser.c.
 */
[[nodiscard]] SignatureLists parse_signature_lists(ByteView bytes);

}  // namespace kxk::image
