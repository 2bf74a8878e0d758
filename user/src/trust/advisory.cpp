// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/advisory.h"

#include <fmt/format.h>

#include "trust/release.h"

namespace kxk::trust {
namespace {

constexpr const char* update = "update the kernel to one whose changelog names the correction";

bool locked_down(const Machine& machine) {
    return machine.lockdown == "integrity" || machine.lockdown == "confidentiality";
}

/* The sources of this release had it from the start; an earlier one may have got it since. */
bool release_is_at_least(std::string_view text, unsigned version, unsigned patchlevel) {
    const auto release = parse_release(text);
    return release && release->is_at_least(version, patchlevel);
}

void answer(Advisory& advisory, Answer affected, std::string how, std::string next_step = {}) {
    advisory.affected = affected;
    advisory.how = std::move(how);
    advisory.next_step = std::move(next_step);
}

Advisory lockdown_bypass(const Machine& machine) {
    Advisory advisory{"CVE-2022-21505",
                      "543ce63b664e",
                      "a rule of IMA that is not enforced lifts lockdown from kexec",
                      Answer::cannot_tell,
                      {},
                      {}};
    const auto& options = machine.options;
    if (release_is_at_least(machine.release, 5, 19))
        answer(advisory, Answer::no, "Linux has the correction since 5.19");
    else if (machine.lockdown == "none")
        answer(advisory, Answer::no, "lockdown is off, there is nothing to lift");
    else if (is_no(options.ima_appraise))
        answer(advisory, Answer::no, "CONFIG_IMA_APPRAISE is off in this kernel");
    else if (is_no(options.trusted_ima_keyring))
        answer(advisory, Answer::no, "CONFIG_INTEGRITY_TRUSTED_KEYRING is off in this kernel");
    else if (is_yes(machine.secure_boot.enabled))
        answer(advisory, Answer::no, "with Secure Boot, IMA ignores ima_appraise=");
    else
        answer(advisory, Answer::cannot_tell,
               "whether a kernel older than 5.19 has the correction shows nowhere",
               locked_down(machine) ? update : "");
    return advisory;
}

Advisory unsigned_with_secure_boot(const Machine& machine) {
    Advisory advisory{"af16df54b89d",
                      "af16df54b89d",
                      "unsigned images load although Secure Boot is on",
                      Answer::cannot_tell,
                      {},
                      {}};
    const auto& options = machine.options;
    if (is_no(machine.secure_boot.enabled))
        answer(advisory, Answer::no, "Secure Boot is off");
    else if (locked_down(machine))
        answer(advisory, Answer::no, "lockdown refuses them");
    else if (is_yes(options.kexec_sig_force))
        answer(advisory, Answer::no, "CONFIG_KEXEC_SIG_FORCE refuses them");
    else if (is_no(options.kexec_sig))
        answer(advisory, Answer::no, "CONFIG_KEXEC_SIG is off: IMA has the rule, not the verifier");
    else if (is_no(options.ima_arch_policy))
        answer(advisory, Answer::no,
               "CONFIG_IMA_ARCH_POLICY is off: nothing says that they are refused");
    else if (is_yes(machine.symbols.set_kexec_sig_enforced))
        answer(advisory, Answer::no, "the kernel has set_kexec_sig_enforced(), the correction");
    else if (has_signatures_by_ima(machine.release))
        answer(advisory, Answer::no, "Linux has the correction since 5.19");
    else if (is_no(machine.symbols.set_kexec_sig_enforced) && machine.lockdown == "none" &&
             is_yes(machine.secure_boot.enabled) && is_yes(options.kexec_sig) &&
             is_yes(options.ima_arch_policy) && is_no(options.kexec_sig_force))
        answer(advisory, Answer::yes,
               "the kernel has no set_kexec_sig_enforced(), the correction, and lockdown is off",
               "boot with lockdown=integrity, or update the kernel");
    else
        answer(advisory, Answer::cannot_tell,
               "not all of Secure Boot, lockdown, configuration and /proc/kallsyms is readable",
               "run `kexec-keyrings status` as root");
    return advisory;
}

Advisory verified_for_nothing(const Machine& machine) {
    Advisory advisory{"fd7af71be542",
                      "fd7af71be542",
                      "an image whose verification fails is loaded all the same",
                      Answer::cannot_tell,
                      {},
                      {}};
    const auto& options = machine.options;
    const bool may_be_enforced_by_ima = options.ima_arch_policy.value_or(true) &&
                                        machine.secure_boot.enabled.value_or(true) &&
                                        machine.symbols.set_kexec_sig_enforced.value_or(true);
    if (locked_down(machine))
        answer(advisory, Answer::no, "lockdown refuses it");
    else if (is_yes(options.kexec_sig_force))
        answer(advisory, Answer::no, "CONFIG_KEXEC_SIG_FORCE refuses it");
    else if (is_no(options.kexec_sig))
        answer(advisory, Answer::no,
               "CONFIG_KEXEC_SIG is off: nothing is verified, nor said to be");
    else if (!release_is_at_least(machine.release, 5, 10))
        answer(advisory, Answer::cannot_tell,
               "Linux before 5.10 refuses most of them; whether this kernel was changed shows "
               "nowhere");
    else if (machine.lockdown == "none" && is_yes(options.kexec_sig) &&
             is_no(options.kexec_sig_force) && !may_be_enforced_by_ima)
        answer(advisory, Answer::yes,
               "neither lockdown nor CONFIG_KEXEC_SIG_FORCE is on, and Linux needs one of them "
               "since 5.10",
               "boot with lockdown=integrity");
    else
        answer(advisory, Answer::cannot_tell,
               "not all of Secure Boot, lockdown and configuration is known, or IMA may enforce it",
               "run `kexec-keyrings status` as root");
    return advisory;
}

Advisory crash_kernel(const Machine& machine) {
    Advisory advisory{"3751e728cef2",
                      "3751e728cef2",
                      "kexec_file_load(2) of a crash kernel is refused with EOPNOTSUPP",
                      Answer::cannot_tell,
                      {},
                      {}};
    if (machine.arch != "arm64")
        answer(advisory, Answer::no, fmt::format("it concerns arm64, not {}", machine.arch));
    else if (release_is_at_least(machine.release, 5, 5))
        answer(advisory, Answer::no, "Linux has the correction since 5.5");
    else if (is_yes(machine.symbols.prepare_elf_headers))
        answer(advisory, Answer::no, "the kernel has prepare_elf_headers(), the correction");
    else
        answer(advisory, Answer::cannot_tell,
               "whether a kernel older than 5.5 has the correction shows nowhere", update);
    return advisory;
}

}  // namespace

bool has_signatures_by_ima(std::string_view release) {
    constexpr unsigned version = 5;
    constexpr unsigned patchlevel = 19;
    return release_is_at_least(release, version, patchlevel);
}

std::vector<Advisory> advisories(const Machine& machine) {
    return {lockdown_bypass(machine), unsigned_with_secure_boot(machine),
            verified_for_nothing(machine), crash_kernel(machine)};
}

}  // namespace kxk::trust
