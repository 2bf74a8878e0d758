// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Steps that several scenarios have. */
#pragma once

#include <string>

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/** Where the guest has the module, signed for its kernel: a distribution's, by platform. */
inline constexpr const char* guest_module = "/lab/kexec_keyrings.ko";
/** The same, signed by `kexec-keyrings sign-module`; and that with a bit changed. */
inline constexpr const char* guest_module_by_companion = "/lab/kexec_keyrings-companion.ko";
inline constexpr const char* guest_module_tampered = "/lab/kexec_keyrings-tampered.ko";
/** The same, signed by a key that the kernel does not have; where it is a distribution's. */
inline constexpr const char* guest_module_by_unknown = "/lab/kexec_keyrings-by-unknown.ko";
/** The same without a signature. */
inline constexpr const char* guest_module_unsigned = "/lab/kexec_keyrings-unsigned.ko";
/** Where the guest has the selftests for kexec of the kernel's source, if it has them. */
inline constexpr const char* guest_selftests = "/lab/selftests-kexec";
/** Where the guest has what `make install` of kselftest makes of ours, if it has that. */
inline constexpr const char* guest_kselftest = "/lab/kselftest";
/** The module's name in the kernel. */
inline constexpr const char* module_name = "kexec_keyrings";
/** The same by another name, if the guest has it; see Scenario. */
inline constexpr const char* guest_twin = "/lab/kexec_keyrings_twin.ko";
inline constexpr const char* twin_name = "kexec_keyrings_twin";
/** The fixture, likewise. */
inline constexpr const char* guest_fixture = "/lab/kxk_fixture.ko";
inline constexpr const char* fixture_name = "kxk_fixture";
/** The live patch, likewise, where the kernel can have any. */
inline constexpr const char* guest_livepatch = "/lab/kxk_livepatch.ko";
inline constexpr const char* livepatch_name = "kxk_livepatch";

/** A scenario on a kernel where failed verifications matter. */
[[nodiscard]] Scenario locked_down(const Variant& variant);

/** A scenario on a kernel where they do not. */
[[nodiscard]] Scenario not_locked_down(const Variant& variant);

/** Firmware with Secure Boot on, whose owner has enrolled no keys but those to enrol more. */
[[nodiscard]] FirmwareSetup owners_firmware();

/**
 * Has the key on .platform: the firmware brings it, and verifies the kernel by it. QEMU's s390x has
 * no such thing: there the fixture brings it, and makes the guest count as secure-IPLed.
 */
void add_platform_key(Scenario& scenario, const Arch& arch);

/** The secondary key goes to its keyring, as root would put it there. */
void add_secondary_key(Scenario& scenario);

/** Loads the module by the companion. @return the step's id */
std::string add_load(Scenario& scenario, const std::string& id,
                     const std::vector<std::string>& options, bool required = false);

/** Unloads the module by the companion. @return the step's id */
std::string add_unload(Scenario& scenario, const std::string& id, bool required = false);

/** Reads all that the module shows in sysfs. @return the step's id */
std::string add_attributes(Scenario& scenario, const std::string& id);

/**
 * Loads the image that is signed by the secondary key with stock kexec-tools, and leaves for it.
 * @param marker  a word that the second kernel's command line must bring back
 */
void add_kexec(Scenario& scenario, const Arch& arch, const std::string& marker);

/** The arguments of stock kexec-tools for an image that is signed by a key: how it is loaded. */
[[nodiscard]] std::vector<std::string> kexec_arguments(const Arch& arch, const std::string& marker,
                                                       const std::string& signer,
                                                       const std::vector<std::string>& options);

/** The second kernel came up with the marker. */
[[nodiscard]] Complaints second_kernel_is_up(const Outcome& outcome, const std::string& marker);

}  // namespace kxk::lab
