// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The EFI variables that keys and revocations come from. */
#pragma once

#include <optional>
#include <string>

#include "host/system.h"
#include "trust/firmware.h"

namespace kxk::host {

/**
 * A variable that is one byte, 0 or 1, such as SecureBoot and SetupMode; nothing if it cannot be
 * read or is anything else.
 */
[[nodiscard]] std::optional<bool> read_efi_switch(const System& system, const std::string& name);

/**
 * The variables with signature lists. Those of shim are read where the kernel reads them: from
 * the table that shim leaves in memory (/sys/firmware/efi/mok-variables, since 5.10), where a long
 * list is in one piece, or else from efivarfs.
 */
[[nodiscard]] trust::Firmware read_firmware(const System& system);

}  // namespace kxk::host
