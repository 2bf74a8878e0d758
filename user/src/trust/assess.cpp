// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/assess.h"

#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <algorithm>

namespace kxk::trust {
namespace {

bool observing(const Machine& machine) {
    return machine.module.mode == KEXEC_KEYRINGS_MODE_OBSERVE;
}

std::string next_step_to_load(const Machine& machine) {
    if (!machine.arch_served)
        return fmt::format("none: kexec-keyrings serves x86_64, arm64 and s390x, not {}",
                           machine.arch);
    if (is_no(machine.options.kexec_file))
        return "boot a kernel with CONFIG_KEXEC_FILE=y: this one has no kexec_file_load(2)";
    if (is_no(machine.options.kexec_sig))
        return "boot a kernel with CONFIG_KEXEC_SIG=y: this one does not verify kexec images";
    if (machine.secure_boot.firmware == "ipl" && is_no(machine.secure_boot.enabled))
        return "IPL this machine with secure boot: without it the kernel does not verify kexec "
               "images";
    if (is_no(loader_verifies(machine)) && is_no(loader_verifies_with_module(machine)))
        return "boot a kernel with CONFIG_KEXEC_BZIMAGE_VERIFY_SIG=y (x86_64) or "
               "CONFIG_KEXEC_IMAGE_VERIFY_SIG=y (arm64): this one refuses every image, whoever "
               "signed it";
    if (is_no(loader_verifies(machine)))
        return "run `kexec-keyrings load` as root: this kernel refuses every image, whoever signed "
               "it, and the module gives it the policy of Linux 6.0";
    return "run `kexec-keyrings load` as root: it asks the kernel for its policy, and gives it "
           "that of Linux 6.0 if it is older";
}

}  // namespace

bool is_served(std::string_view arch) {
    return arch == "x86_64" || arch == "arm64" || arch == "s390x";
}

std::optional<Policy> active_policy(const Machine& machine) {
    if (!machine.module_loaded.value_or(false) || !machine.module.active_policy)
        return std::nullopt;
    return parse_policy(*machine.module.active_policy);
}

bool is_module_in_force(const Machine& machine) {
    return machine.module_loaded.value_or(false) &&
           machine.module.mode == KEXEC_KEYRINGS_MODE_BACKPORT;
}

std::optional<bool> loader_verifies(const Machine& machine) {
    const auto& shown = machine.module.native_policy;
    if (!shown)
        return machine.options.image_verify_sig;
    // It has been asked, which is more than to be configured.
    const auto policy = parse_policy(*shown);
    return !policy || !refuses_all(*policy);
}

std::optional<bool> loader_verifies_with_module(const Machine& machine) {
    const auto native = loader_verifies(machine);
    if (is_module_in_force(machine) || is_yes(native))
        return true;
    if (machine.arch != "arm64")
        return native;
    if (machine.module.native_policy)  // the module is there, which takes the verifier
        return true;
    return machine.options.pe_verifier;
}

Answer has_policy_of_linux_6_0(const Machine& machine) {
    const auto policy = active_policy(machine);
    if (!policy)
        return Answer::cannot_tell;
    if (*policy == policy_of_linux_6_0(true))
        return Answer::yes;
    // Linux 6.0 itself stops at the secondary keyring where the kernel has no platform keyring.
    if (is_no(machine.options.platform_keyring) && *policy == policy_of_linux_6_0(false))
        return Answer::yes;
    return Answer::no;
}

std::optional<bool> vouches(const Machine& machine, const KeyringState& keyring) {
    return vouches(machine, keyring.keyring, active_policy(machine));
}

std::optional<bool> vouches(const Machine& machine, Keyring keyring,
                            const std::optional<Policy>& policy) {
    if (!policy || keyring == Keyring::blacklist)
        return std::nullopt;
    if (keyring != Keyring::machine)
        return consults(*policy, keyring, false);

    const auto* secondary = find_keyring(machine, Keyring::secondary);
    if (!consults(*policy, Keyring::secondary, false))
        return false;
    if (secondary == nullptr || !secondary->links)
        return std::nullopt;
    return std::find(secondary->links->begin(), secondary->links->end(),
                     kernel_name_of(Keyring::machine)) != secondary->links->end();
}

std::string next_step(const Machine& machine) {
    if (!machine.module_loaded)
        return "mount sysfs on /sys and run `kexec-keyrings status` again";
    if (!*machine.module_loaded)
        return next_step_to_load(machine);

    switch (has_policy_of_linux_6_0(machine)) {
        case Answer::yes:
            if (observing(machine))
                return "none: this kernel has the policy of Linux 6.0 of its own; "
                       "`kexec-keyrings unload` ends the observation";
            return "none: this kernel gives the verdict of Linux 6.0; load images with "
                   "`kexec -s -l`";
        case Answer::no:
            if (observing(machine) && refuses_all(*active_policy(machine)))
                return "run `kexec-keyrings unload` and `kexec-keyrings load`: this kernel refuses "
                       "every image, whoever signed it, and the module gives it the policy of "
                       "Linux 6.0";
            if (observing(machine))
                return "run `kexec-keyrings unload` and `kexec-keyrings load`: in observe mode "
                       "the kernel keeps its own policy";
            return "run `kexec-keyrings unload` and report this: the policy is not that of "
                   "Linux 6.0 although the module is loaded";
        case Answer::cannot_tell:
            break;
    }
    return "install kexec-keyrings and its module in the same version: what the module shows is "
           "not understood";
}

}  // namespace kxk::trust
