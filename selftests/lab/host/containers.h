// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Kernel images inside of something else. */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kxk::lab {

/** The bytes compressed, as gzip writes them. Throws Failure when zlib fails. */
[[nodiscard]] std::string gzipped(std::string_view bytes);

/**
 * An EFI program with a compressed kernel in it, in the form of the kernel's EFI_ZBOOT (Linux
 * drivers/firmware/efi/libstub/zboot-header.S, 6.1): for readers of its headers. Its code, which
 * would unpack the kernel, is missing.
 * @param payload  what gzipped() gives
 * @param machine  of the PE header: image::pe_machine_...
 */
[[nodiscard]] std::string zboot_wrapped(std::string_view payload, std::uint16_t machine);

}  // namespace kxk::lab
