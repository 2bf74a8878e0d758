// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/steps.h"

#include <fmt/format.h>

#include "host/images.h"

namespace kxk::lab {

Scenario not_locked_down(const Variant& variant) {
    Scenario scenario;

    scenario.name = variant.name;
    scenario.kernel = variant.kernel;
    scenario.command_line = variant.options;
    return scenario;
}

Scenario locked_down(const Variant& variant) {
    Scenario scenario = not_locked_down(variant);

    scenario.command_line =
        "lockdown=integrity" + (variant.options.empty() ? "" : ' ' + variant.options);
    return scenario;
}

FirmwareSetup owners_firmware() {
    FirmwareSetup setup;

    setup.enrolments = {{"PK", SignatureType::certificate, "owner"},
                        {"KEK", SignatureType::certificate, "owner"}};
    setup.kernel_signer = "platform";
    setup.more_images = false;
    return setup;
}

void add_platform_key(Scenario& scenario, const Arch& arch) {
    if (arch.firmware) {
        scenario.firmware = owners_firmware();
        scenario.firmware->enrolments.push_back({"db", SignatureType::certificate, "platform"});
        return;
    }
    scenario.notes.emplace_back(
        "a test-only fixture module puts the key on .platform, and makes the guest count as "
        "secure-IPLed");
    scenario.step("fixture", Insmod{guest_fixture, "path=/lab/keys/platform.der secure_ipl=1"},
                  true);
}

void add_secondary_key(Scenario& scenario) {
    // A signature has its signer's certificate with it, which the verifier follows to the issuer.
    // Were that a builtin key, a kernel that consults builtin alone would accept the image: so
    // there is a key between, and both go to the keyring.
    for (const char* who : {"intermediate", "secondary"}) {
        scenario.step(fmt::format("{}-key", who),
                      AddKey{fmt::format("/lab/keys/{}.der", who), ".secondary_trusted_keys"},
                      true);
    }
}

std::string add_load(Scenario& scenario, const std::string& id,
                     const std::vector<std::string>& options, bool required) {
    std::vector<std::string> argv{"kexec-keyrings", "load", "--module", guest_module};

    argv.insert(argv.end(), options.begin(), options.end());
    return scenario.step(id, RunProgram{argv}, required);
}

std::string add_unload(Scenario& scenario, const std::string& id, bool required) {
    return scenario.step(id, RunProgram{{"kexec-keyrings", "unload"}}, required);
}

std::string add_attributes(Scenario& scenario, const std::string& id) {
    return scenario.step(id, ReadTree{"/sys/kernel/kexec_keyrings"});
}

std::vector<std::string> kexec_arguments(const Arch& arch, const std::string& marker,
                                         const std::string& signer,
                                         const std::vector<std::string>& options) {
    std::vector<std::string> argv{"kexec"};
    // On x86_64, a second kernel does not outlive its first call to an OVMF whose variables only
    // System Management Mode can write to.
    const std::string quiet_firmware = arch.firmware ? "efi=noruntime " : "";

    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(argv.end(),
                {guest_image(signer), "--initrd=/lab/second.cpio",
                 fmt::format("--append=console={} panic=-1 maxcpus=1 {}{}{}", arch.console,
                             quiet_firmware, second_kernel_option, marker)});
    return argv;
}

void add_kexec(Scenario& scenario, const Arch& arch, const std::string& marker) {
    scenario.step("kexec-load",
                  RunProgram{kexec_arguments(arch, marker, "secondary", {"-s", "-l"})}, true);
    scenario.step("kexec-exec", KexecExec{{"kexec", "-e"}}, true);
}

Complaints second_kernel_is_up(const Outcome& outcome, const std::string& marker) {
    if (!outcome.second) {
        return {"the second kernel did not come up: " + outcome.failure};
    }
    if (outcome.second->command_line.find(second_kernel_option + marker) == std::string::npos) {
        return {"the second kernel is another one: " + outcome.second->command_line};
    }
    return {};
}

}  // namespace kxk::lab
