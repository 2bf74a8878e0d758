// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * A guest with UEFI firmware: what its owner enrolled, and what it starts.
 */
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "host/variable_store.h"

namespace kxk::lab {

/** An entry of a signature list in a variable. */
struct Enrolment {
    std::string variable;  ///< PK, KEK, db, dbx; MokList for shim, MokListRT where there is none
    SignatureType type;
    std::string what;         ///< of certificates and their digests, whose; else which image
    std::string digest = {};  ///< of an image, in hexadecimal digits; empty: that of `what`
};

/** What is particular about a guest that boots by its firmware. */
struct FirmwareSetup {
    bool secure_boot = true;
    std::vector<Enrolment> enrolments;
    std::string kernel_signer;  ///< whose key signed the kernel; empty: nobody's
    bool shim = false;          ///< the firmware starts shim, and that a boot loader
    bool more_images = true;    ///< the guest has the images below
};

/** Images that only guests with firmware have; see guest_image(). */
inline constexpr std::string_view mok_image = "mok";  ///< signed by the Machine Owner Key
inline constexpr std::string_view revoked_image = "revoked-image";  ///< signed by platform
inline constexpr std::string_view revoked_signers_image = "revoked-signer";
inline constexpr std::string_view vetoed_signers_image = "vetoed-signer";

/** Where enrolments get their bytes from. */
struct EnrolmentSources {
    std::function<std::string(const std::string& who)> certificate;  ///< DER
    std::function<std::string(const std::string& name)> image;       ///< a signed PE file
};

/**
 * The variables that make an owner's choices.
 * Throws std::invalid_argument for a variable that owners do not fill, a certificate or an image
 * that is none.
 */
[[nodiscard]] std::vector<EfiVariable> owners_variables(const FirmwareSetup& setup,
                                                        const EnrolmentSources& sources);

/** Where a guest has the driver of efivarfs, if its kernel has it as a module. */
inline constexpr const char* guest_efivarfs = "/lab/drivers/efivarfs.ko";

/** Files on the disk. */
inline constexpr const char* disk_kernel = "LINUX";
inline constexpr const char* disk_initramfs = "INITRD";
inline constexpr const char* disk_shim = "SHIM.EFI";

/**
 * The variables that make the firmware start a program on the disk at once.
 * @param file       in the disk's first directory
 * @param arguments  of the program; may be empty
 */
[[nodiscard]] std::vector<EfiVariable> boot_variables(const std::string& file,
                                                      const std::string& arguments);

/** What the firmware has to pass to a kernel that it starts itself. */
[[nodiscard]] std::string with_initramfs(const std::string& command_line);

/** The configuration of the boot loader, systemd-boot: it starts the kernel at once. */
[[nodiscard]] std::vector<std::pair<std::filesystem::path, std::string>> loader_files(
    const std::string& command_line);

}  // namespace kxk::lab
