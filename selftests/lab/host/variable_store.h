// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Variable stores: the file in which QEMU's firmware keeps its EFI variables. With one of ours, a
 * guest wakes up with our keys enrolled, as a machine does whose owner has been in its setup menu.
 *
 * The file is the flash memory: a firmware volume (UEFI PI 1.7, volume 3, 3.2.1), and in it a
 * store of authenticated variables (EDK II, MdeModulePkg/Include/Guid/VariableFormat.h): one record
 * after the other, in flash memory that has nothing but one-bits where nothing was written.
 */
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kxk::lab {

/** Attributes of variables (UEFI 2.10, 8.2). */
namespace variable_attributes {
inline constexpr std::uint32_t non_volatile = 0x01;
inline constexpr std::uint32_t boot_service = 0x02;
inline constexpr std::uint32_t runtime = 0x04;
inline constexpr std::uint32_t time_based_authenticated = 0x20;
}  // namespace variable_attributes

/** Who a variable belongs to: its GUID, in the usual form of digits and dashes. */
namespace vendors {
inline constexpr std::string_view global = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
/** EFI_IMAGE_SECURITY_DATABASE_GUID: of db and dbx. */
inline constexpr std::string_view image_security = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
/** EFI_SECURE_BOOT_ENABLE_DISABLE_GUID of EDK II: of the switch in the setup menu. */
inline constexpr std::string_view secure_boot_enable = "f0a30bc7-af08-4556-99c4-001009c93a44";
/** Of what shim tells the kernel. */
inline constexpr std::string_view shim = "605dab50-e046-4300-abb6-3dd810dd8b23";
}  // namespace vendors

/** An EFI variable. */
struct EfiVariable {
    std::string name;  ///< ASCII
    std::string vendor;
    std::uint32_t attributes = 0;
    std::string data;
};

/** A variable store in memory. */
class VariableStore {
  public:
    /**
     * Begins a store that has no variables.
     * @param file  a store of the same firmware: where things are in it, is so in ours. What
     *              variables it has does not matter.
     * Throws std::invalid_argument for what is no variable store, or not all of one.
     */
    explicit VariableStore(std::string_view file);

    /**
     * Adds a variable; one that there is already is not looked for.
     * Throws std::invalid_argument when the name is empty or not ASCII, the vendor is no GUID, or
     * the store is full.
     */
    void add(const EfiVariable& variable);

    /** The firmware volume: the start of the file, which may go on. */
    [[nodiscard]] const std::string& volume() const { return volume_; }

  private:
    std::string volume_;
    std::size_t end_ = 0;   ///< of the records, in the volume
    std::size_t full_ = 0;  ///< where the store ends, likewise
};

/** The 16 bytes of a GUID. Throws std::invalid_argument for what is none. */
[[nodiscard]] std::string guid_bytes(std::string_view guid);

/** A number as so many bytes, the least significant first. */
[[nodiscard]] std::string little_endian(std::uint64_t number, std::size_t width);

/**
 * Writes a variable store.
 * @param like    a store of the firmware's package, which ours is like but for the variables
 * @param result  the file; as large as `like`, which takes no room on the disk
 * Throws Failure, naming the file that is wrong.
 */
void write_variable_store(const std::filesystem::path& like,
                          const std::vector<EfiVariable>& variables,
                          const std::filesystem::path& result);

/** Types of EFI signature lists (UEFI 2.10, 32.4.1). */
enum class SignatureType {
    certificate,             ///< EFI_CERT_X509_GUID: a certificate in DER
    image_digest,            ///< EFI_CERT_SHA256_GUID: SHA-256 of an image, 32 bytes
    certificate_digest,      ///< EFI_CERT_X509_SHA256_GUID: SHA-256 of the signed part, 32 bytes
    bare_certificate_digest  ///< likewise, without the time of revocation that belongs there
};

/**
 * A signature list with one entry, owned by us. The time of revocation in that of a certificate's
 * digest is zero: it was never to be trusted.
 */
[[nodiscard]] std::string signature_list(SignatureType type, std::string_view data);

}  // namespace kxk::lab
