// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Keyrings and policies. A policy is the sequence of keyrings that a kernel consults about the
 * signer of a kexec image, each further one only when those before had no key of the signer. A
 * kernel that consults none has no way to verify an image, and refuses every one.
 */
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kxk::trust {

/** The kernel's system keyrings that have a say in whether an image is trusted. */
enum class Keyring { builtin, secondary, machine, platform, blacklist };

/** All of them, in the order in which people are shown them. */
inline constexpr std::array all_keyrings{Keyring::builtin, Keyring::secondary, Keyring::machine,
                                         Keyring::platform, Keyring::blacklist};

/** The word for a keyring in a policy and in messages, such as "secondary". */
[[nodiscard]] std::string_view word_of(Keyring keyring);

/** The kernel's own name of a keyring, such as ".secondary_trusted_keys". */
[[nodiscard]] std::string_view kernel_name_of(Keyring keyring);

/** Which keyrings are consulted, in order; none: every image is refused. */
struct Policy {
    std::vector<Keyring> keyrings;

    friend bool operator==(const Policy& a, const Policy& b) { return a.keyrings == b.keyrings; }
    friend bool operator!=(const Policy& a, const Policy& b) { return !(a == b); }
};

/** Those that releases of Linux have had, by the keyrings that they consult. */
inline const Policy builtin_alone{{Keyring::builtin}};
inline const Policy secondary_alone{{Keyring::secondary}};
inline const Policy platform_alone{{Keyring::platform}};
inline const Policy secondary_then_platform{{Keyring::secondary, Keyring::platform}};

/**
 * Those of an architecture, oldest first; all of them, where it is not one that the module serves.
 * Where there is no platform keyring, the last is in effect the secondary keyring alone.
 * @param arch in the words of trust/machine.h
 */
[[nodiscard]] std::vector<Policy> policies_of(std::string_view arch);

/** Whether a policy is that of a kernel which refuses every image, whoever signed it. */
[[nodiscard]] bool refuses_all(const Policy& policy);

/**
 * Reads a policy as the module shows it, such as "secondary platform", or "none".
 * @return nothing when a word is not a keyring that a verifier can be pointed at, when one is
 *         named twice, or when there is no word.
 */
[[nodiscard]] std::optional<Policy> parse_policy(std::string_view text);

/** Writes a policy as the module does. */
[[nodiscard]] std::string format_policy(const Policy& policy);

/**
 * The policy of Linux 6.0.
 * @param platform_keyring whether the kernel has one (CONFIG_INTEGRITY_PLATFORM_KEYRING)
 */
[[nodiscard]] Policy policy_of_linux_6_0(bool platform_keyring);

/**
 * Whether a policy makes the kernel trust the keys on a keyring, directly or by a link.
 * @param machine_linked whether the secondary keyring links to the machine keyring. It always
 *        links to the builtin one.
 */
[[nodiscard]] bool consults(const Policy& policy, Keyring keyring, bool machine_linked);

}  // namespace kxk::trust
