// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * What is known of a machine, as plain data: filled by host/ from the running one, written and
 * read as JSON, judged by assess.h. An empty optional always means "cannot tell", never "no".
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trust/key.h"
#include "trust/policy.h"

namespace kxk::trust {

/** The attributes in /sys/kernel/kexec_keyrings; empty where one could not be read. */
struct ModuleAttributes {
    std::optional<std::string> version;
    std::optional<std::string> mode;
    std::optional<std::string> arch;
    std::optional<std::string> engine;
    std::optional<std::string> target;
    std::optional<std::string> native_policy;
    std::optional<std::string> active_policy;
    std::vector<std::pair<std::string, std::uint64_t>> stats;  ///< in order of name
};

/** The options of the running kernel's configuration that decide about kexec. */
struct KernelOptions {
    std::optional<std::string> source;  ///< the file they were read from
    std::optional<bool> kexec_file;
    std::optional<bool> kexec_sig;
    std::optional<bool> kexec_sig_force;
    std::optional<bool> image_verify_sig;  ///< the arch's own switch for its images
    std::optional<bool> platform_keyring;
    std::optional<bool> module_sig;
    std::optional<bool> module_sig_force;
    std::optional<bool> preemption;
    std::optional<bool> tasks_rcu;
    std::optional<bool> pe_verifier{};  ///< the kernel can verify PE files, whoever asks it to
    std::optional<bool> secondary_keyring{};
    std::optional<bool> uefi_keys{};                ///< the kernel takes keys from EFI variables
    std::optional<bool> machine_keyring{};          ///< .machine: 5.18 and later
    std::optional<bool> machine_keyring_cas{};      ///< .machine takes authorities alone
    std::optional<bool> machine_keyring_cas_max{};  ///< and of them none that sign anything else
    std::optional<bool> trusted_ima_keyring{};      ///< keys on .ima have to be vouched for
    std::optional<bool> ima{};
    std::optional<bool> ima_appraise{};
    std::optional<bool> ima_arch_policy{};
    std::optional<bool> ima_kexec_signatures{};  ///< a rule of the build: appraise kexec images
    std::optional<bool> ima_read_policy{};
    std::optional<bool> ima_appraise_bootparam{};  ///< there is a setting ima_appraise=
};

/** Whether the firmware verified what it booted. */
struct SecureBoot {
    std::optional<bool> enabled;
    std::string firmware;              ///< "uefi", "ipl", "none" (neither), or empty
    std::optional<bool> setup_mode{};  ///< UEFI: anybody may still enrol keys
    std::optional<bool> supported{};   ///< the firmware can do it
};

/** One system keyring. */
struct KeyringState {
    Keyring keyring = Keyring::builtin;
    std::optional<bool> present;
    std::optional<std::uint64_t> entries;           ///< keys and links together
    std::optional<std::uint64_t> keys;              ///< keys alone
    std::optional<std::vector<std::string>> links;  ///< kernel names of the keyrings linked to
    std::optional<std::vector<Key>> contents;       ///< in the order of the keyring
};

/** The Integrity Measurement Architecture, which has rules of its own for kexec images. */
struct Ima {
    std::optional<bool> present;                       ///< the kernel has it, and it is on
    std::optional<std::vector<std::string>> rules;     ///< those in force, in order
    std::string problem;                               ///< why the rules cannot be told, in words
    std::optional<std::vector<std::string>> settings;  ///< on the kernel command line: ima...
};

/** Functions that tell what the kernel does, where neither release nor configuration tells. */
struct Symbols {
    std::optional<bool> set_kexec_sig_enforced;   ///< af16df54b89d
    std::optional<bool> prepare_elf_headers;      ///< 3751e728cef2; only its presence is evidence
    std::optional<bool> arch_ima_get_secureboot;  ///< IMA can ask the firmware, see 92ad19559ea9
};

/** A machine at a glance. */
struct Machine {
    std::string release;
    std::string arch;  ///< as the module names it: "x86_64", "arm64", "s390x"; else uname's word
    bool arch_served = false;
    std::optional<bool> module_loaded;
    ModuleAttributes module;
    std::optional<std::string> lockdown;
    KernelOptions options;
    SecureBoot secure_boot;
    Ima ima;
    Symbols symbols;
    std::vector<KeyringState> keyrings;
    std::vector<Key> unplaced_keys;  ///< listed, but on one of the keyrings that cannot be read
    std::optional<bool> kexec_loaded;
    std::optional<bool> kexec_crash_loaded;
};

/** What is not known is not yes. */
[[nodiscard]] constexpr bool is_yes(std::optional<bool> fact) {
    return fact.value_or(false);
}

/** What is not known is not no either. */
[[nodiscard]] constexpr bool is_no(std::optional<bool> fact) {
    return fact.has_value() && !*fact;
}

/** What is known of a keyring; nullptr where it was not looked for. */
[[nodiscard]] const KeyringState* find_keyring(const Machine& machine, Keyring keyring);

}  // namespace kxk::trust
