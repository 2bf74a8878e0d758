// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/inspect.h"

#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "host/efi_variables.h"
#include "host/kernel_config.h"
#include "host/proc_keys.h"
#include "host/text.h"
#include "trust/advisory.h"
#include "trust/assess.h"

namespace kxk::host {
namespace {

using trust::KeyringState;
using trust::Machine;
using trust::SecureBoot;

const std::string module_directory = "/sys/kernel/" KEXEC_KEYRINGS_SYSFS_DIR;
const std::string securityfs = "/sys/kernel/security";

/* The words of the module, which are mostly those of uname(2). */
std::string arch_of(const KernelName& name) {
    return name.machine == "aarch64" ? "arm64" : name.machine;
}

std::optional<std::string> read_value(const System& system, const std::string& path) {
    const auto text = system.read_file(path);
    if (!text)
        return std::nullopt;
    return std::string(trim(*text));
}

/* Whether a path is there. Its absence counts only where its parent can be listed. */
std::optional<bool> is_there(const System& system, const std::string& parent,
                             std::string_view name) {
    const auto names = system.list_directory(parent);
    if (!names)
        return std::nullopt;
    return std::find(names->begin(), names->end(), name) != names->end();
}

SecureBoot read_secure_boot(const System& system, std::string_view arch) {
    SecureBoot boot;
    if (arch == "s390x") {
        boot.firmware = "ipl";
        boot.enabled = read_switch(system, "/sys/firmware/ipl/secure");
        boot.supported = read_switch(system, "/sys/firmware/ipl/has_secure");
        return boot;
    }
    const auto efi = is_there(system, "/sys/firmware", "efi");
    if (!efi)
        return boot;
    if (!*efi) {
        boot.firmware = "none";
        boot.enabled = boot.supported = false;
        return boot;
    }
    boot.firmware = "uefi";
    boot.enabled = read_efi_switch(system, "SecureBoot");
    boot.setup_mode = read_efi_switch(system, "SetupMode");
    if (boot.enabled)
        boot.supported = true;
    return boot;
}

void read_members(const System& system, std::int32_t serial, KeyringState& state) {
    const auto members = system.read_keyring(serial);
    if (!members)
        return;
    state.links.emplace();
    state.contents.emplace();
    for (const auto& member : *members) {
        if (member.type == "keyring")
            state.links->push_back(member.description);
        else
            state.contents->push_back({member.type, member.description});
    }
    state.keys = state.contents->size();
    state.entries = members->size();
}

bool is_placed(const std::vector<KeyringState>& keyrings, const trust::Key& key) {
    return std::any_of(keyrings.begin(), keyrings.end(), [&key](const auto& state) {
        return state.contents && std::find(state.contents->begin(), state.contents->end(), key) !=
                                     state.contents->end();
    });
}

/* Fills in the keyrings, and the keys whose place is not known. */
void read_keyrings(const System& system, Machine& machine) {
    const auto text = system.read_file("/proc/keys");
    const auto list = text ? parse_proc_keys(*text) : KeyringList{};
    const bool absence_counts = text && list.whole && list.shows_system_keyrings();
    std::vector<KeyringState> states;

    for (const auto keyring : trust::all_keyrings) {
        KeyringState state;
        state.keyring = keyring;
        if (const auto* line = list.find_system(trust::kernel_name_of(keyring))) {
            state.present = true;
            state.entries = line->entries;
            read_members(system, line->serial, state);
        } else if (absence_counts) {
            state.present = false;
        }
        states.push_back(std::move(state));
    }
    machine.keyrings = std::move(states);

    const auto unread = [](const auto& state) {
        return state.present.value_or(false) && !state.contents;
    };
    if (std::none_of(machine.keyrings.begin(), machine.keyrings.end(), unread))
        return;
    for (const auto& key : list.keys) {
        if (!is_placed(machine.keyrings, key))
            machine.unplaced_keys.push_back(key);
    }
}

/* Why the rules of IMA cannot be read. The kernel has one errno for several causes. */
std::string explain_rules(int error, const trust::KernelOptions& options) {
    switch (error) {
        case EACCES:
            return options.ima_read_policy.value_or(true)
                       ? "reading them is refused: it takes root, and a kernel with "
                         "CONFIG_IMA_READ_POLICY"
                       : "this kernel was built without CONFIG_IMA_READ_POLICY";
        case EPERM:
            return "reading them takes root (CAP_SYS_ADMIN)";
        case ENOENT:
            return "a custom policy was loaded, and this kernel hides the rules from then on";
        case EBUSY:
            return "somebody else has them open";
        default:
            return fmt::format("reading them failed: {}", std::generic_category().message(error));
    }
}

std::optional<std::vector<std::string>> read_ima_settings(const System& system) {
    const auto text = system.read_file("/proc/cmdline");
    if (!text)
        return std::nullopt;
    std::vector<std::string> settings;
    std::string_view rest = *text;
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
        if (starts_with(word, "ima_"))
            settings.emplace_back(word);
    }
    return settings;
}

trust::Ima read_ima(const System& system, const trust::KernelOptions& options) {
    trust::Ima ima;
    ima.settings = read_ima_settings(system);
    // An empty directory is where securityfs would be mounted.
    const auto names = system.list_directory(securityfs);
    if (names && !names->empty())
        ima.present = std::find(names->begin(), names->end(), "ima") != names->end();
    if (!ima.present) {
        ima.problem = "securityfs is not mounted on /sys/kernel/security, or may not be read";
        return ima;
    }
    if (!*ima.present)
        return ima;
    const auto rules = system.read_file(securityfs + "/ima/policy");
    if (!rules) {
        ima.problem = explain_rules(rules.error(), options);
        return ima;
    }
    ima.rules.emplace();
    for (const auto line : split_lines(*rules)) {
        if (!trim(line).empty())
            ima.rules->emplace_back(trim(line));
    }
    return ima;
}

/* Reading them takes a while, so they are read only where something else leaves a doubt. */
trust::Symbols read_symbols(const System& system, const trust::Machine& machine) {
    trust::Symbols symbols;
    const bool corrected = trust::has_signatures_by_ima(machine.release);
    if (corrected && !machine.options.ima_arch_policy.value_or(true))
        return symbols;
    const auto text = system.read_file("/proc/kallsyms");
    if (!text || text->empty())
        return symbols;
    const auto has = [&text](const char* name) {
        return text->find(fmt::format(" {}\n", name)) != std::string::npos;
    };
    symbols.set_kexec_sig_enforced = has("set_kexec_sig_enforced");
    // Small enough for the compiler to leave no trace of it, so its absence means nothing.
    if (has("prepare_elf_headers"))
        symbols.prepare_elf_headers = true;
    // Later kernels may have it by another name.
    if (has("arch_ima_get_secureboot") || !corrected)
        symbols.arch_ima_get_secureboot = has("arch_ima_get_secureboot");
    return symbols;
}

std::vector<std::pair<std::string, std::uint64_t>> read_stats(const System& system) {
    const std::string directory = module_directory + "/stats";
    std::vector<std::pair<std::string, std::uint64_t>> stats;
    const auto names = system.list_directory(directory);
    if (!names)
        return stats;
    for (const auto& name : *names) {
        const auto value = read_value(system, fmt::format("{}/{}", directory, name));
        const auto count = value ? parse_number<std::uint64_t>(*value) : std::nullopt;
        if (count)
            stats.emplace_back(name, *count);
    }
    return stats;
}

/* The kernel's own copy first: the one in /boot is named after the release and no more. */
std::optional<std::pair<std::string, KernelConfig>> find_kernel_config(const System& system) {
    const auto release = system.kernel_name().release;
    for (const auto& path : {std::string("/proc/config.gz"), "/boot/config-" + release,
                             "/lib/modules/" + release + "/config"}) {
        if (const auto text = system.read_file(path))
            return std::pair(path, KernelConfig::parse(*text));
    }
    return std::nullopt;
}

}  // namespace

std::optional<bool> read_switch(const System& system, const std::string& path) {
    const auto value = read_value(system, path);
    if (value == "1" || value == "Y")
        return true;
    if (value == "0" || value == "N")
        return false;
    return std::nullopt;
}

std::optional<std::string> read_lockdown(const System& system) {
    const auto text = read_value(system, securityfs + "/lockdown");
    if (!text)
        return std::nullopt;
    const auto open = text->find('[');
    const auto close = text->find(']');
    if (open == std::string::npos || close == std::string::npos || close <= open + 1)
        return std::nullopt;
    return text->substr(open + 1, close - open - 1);
}

trust::KernelOptions read_kernel_options(const System& system) {
    trust::KernelOptions options;
    const auto found = find_kernel_config(system);
    if (!found)
        return options;

    const auto& config = found->second;
    options.source = found->first;
    options.kexec_file = config.is_on("KEXEC_FILE");
    // Until 5.3 it was KEXEC_VERIFY_SIG, and enforced (99d5cadfde2b).
    options.kexec_sig = config.is_any_on({"KEXEC_SIG", "KEXEC_VERIFY_SIG"});
    options.kexec_sig_force = config.is_any_on({"KEXEC_SIG_FORCE", "KEXEC_VERIFY_SIG"});
    const auto machine = system.kernel_name().machine;
    if (machine == "x86_64")
        options.image_verify_sig = config.is_on("KEXEC_BZIMAGE_VERIFY_SIG");
    else if (machine == "aarch64")
        options.image_verify_sig = config.is_on("KEXEC_IMAGE_VERIFY_SIG");
    else  // s390x needs no switch of its own
        options.image_verify_sig = options.kexec_sig;
    options.pe_verifier = config.is_on("SIGNED_PE_FILE_VERIFICATION");
    options.platform_keyring = config.is_on("INTEGRITY_PLATFORM_KEYRING");
    options.module_sig = config.is_on("MODULE_SIG");
    options.module_sig_force = config.is_on("MODULE_SIG_FORCE");
    options.preemption = config.is_any_on({"PREEMPTION", "PREEMPT"});
    options.tasks_rcu = config.is_on("TASKS_RCU");
    options.secondary_keyring = config.is_on("SECONDARY_TRUSTED_KEYRING");
    options.uefi_keys = config.is_on("LOAD_UEFI_KEYS");
    options.machine_keyring = config.is_on("INTEGRITY_MACHINE_KEYRING");
    options.machine_keyring_cas = config.is_on("INTEGRITY_CA_MACHINE_KEYRING");
    options.machine_keyring_cas_max = config.is_on("INTEGRITY_CA_MACHINE_KEYRING_MAX");
    options.trusted_ima_keyring = config.is_on("INTEGRITY_TRUSTED_KEYRING");
    options.ima = config.is_on("IMA");
    options.ima_appraise = config.is_on("IMA_APPRAISE");
    options.ima_arch_policy = config.is_on("IMA_ARCH_POLICY");
    options.ima_kexec_signatures = config.is_on("IMA_APPRAISE_REQUIRE_KEXEC_SIGS");
    options.ima_read_policy = config.is_on("IMA_READ_POLICY");
    options.ima_appraise_bootparam = config.is_on("IMA_APPRAISE_BOOTPARAM");
    return options;
}

std::string architecture(const System& system) {
    return arch_of(system.kernel_name());
}

std::optional<bool> is_module_loaded(const System& system) {
    return is_there(system, "/sys/kernel", KEXEC_KEYRINGS_SYSFS_DIR);
}

trust::ModuleAttributes read_module(const System& system) {
    const auto attribute = [&system](const char* name) {
        return read_value(system, module_directory + "/" + name);
    };
    trust::ModuleAttributes module;
    module.version = attribute("version");
    module.mode = attribute("mode");
    module.arch = attribute("arch");
    module.engine = attribute("engine");
    module.target = attribute("target");
    module.native_policy = attribute("native_policy");
    module.active_policy = attribute("active_policy");
    module.stats = read_stats(system);
    return module;
}

Machine inspect_machine(const System& system) {
    const auto name = system.kernel_name();
    Machine machine;
    machine.release = name.release;
    machine.arch = arch_of(name);
    machine.arch_served = trust::is_served(machine.arch);
    machine.module_loaded = is_module_loaded(system);
    if (machine.module_loaded.value_or(false))
        machine.module = read_module(system);
    machine.lockdown = read_lockdown(system);
    machine.options = read_kernel_options(system);
    machine.secure_boot = read_secure_boot(system, machine.arch);
    machine.ima = read_ima(system, machine.options);
    machine.symbols = read_symbols(system, machine);
    read_keyrings(system, machine);
    machine.kexec_loaded = read_switch(system, "/sys/kernel/kexec_loaded");
    machine.kexec_crash_loaded = read_switch(system, "/sys/kernel/kexec_crash_loaded");
    return machine;
}

}  // namespace kxk::host
