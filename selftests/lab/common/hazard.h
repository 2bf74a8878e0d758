// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Images that no kernel can be asked about. */
#pragma once

#include <string_view>

#include "common/signed_parts.h"

namespace kxk::lab {

/**
 * Linux reads, or writes, outside of such an image before it has looked at the signature, and may
 * die of that. pefile_parse_binary() and pefile_digest_pe_contents() of 5.10 as of 6.1 do not check
 * that
 *
 * - there is a section: the first element of an array of none is written;
 * - the data directory has an entry for certificates, within the file;
 * - each section is in the file;
 * - what is behind the sections is at least as long as the certificate table: of a difference
 *   without sign, as many bytes are digested.
 *
 * public_key_verify_signature() of 5.10 puts a signature of no bytes, which has no memory either,
 * into a scatterlist; what page that is depends on the memory model.
 *
 * What comes of it depends on what else is in memory, so that verdicts cannot be compared. Whether
 * the image gets that far is not asked.
 */
[[nodiscard]] bool is_hazardous(ImageForm form, std::string_view file);

}  // namespace kxk::lab
