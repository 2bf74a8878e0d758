// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/matrix_boots.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "host/keyring_setup.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* policy_6_0 = "kexec_lab_policy=secondary-platform";
constexpr const char* native_name = "6.1";

const std::vector<Enforcement> lockdowns{Enforcement::none, Enforcement::integrity,
                                         Enforcement::confidentiality};

/** A kernel in all its enforcements but IMA's. Only x86 has a choice: CONFIG_KEXEC_SIG_FORCE. */
void add_kernel(std::vector<MatrixBoot>& boots, const Arch& arch, const MatrixKernel& kernel,
                const std::string& release, const std::string& plain, const std::string& options) {
    boots.push_back({kernel, {kernel.name, plain, options}, lockdowns});
    if (arch.name == "x86_64") {
        boots.push_back({kernel,
                         {kernel.name + " that enforces signatures", release + "-force", options},
                         {Enforcement::force}});
    }
}

std::string reference_name(const std::string& release) {
    return release + " with the policy of 6.0";
}

/** Names of subjects that are one kernel, and what gives each its policy. */
using Subjects = std::vector<std::pair<std::string, std::string>>;

/** Subjects that are one kernel, and the reference of the same code. */
void add_family(std::vector<MatrixBoot>& boots, const Arch& arch, const std::string& release,
                const Subjects& subjects) {
    const std::string reference = reference_name(release);
    const std::string plain = release + "-policy";

    add_kernel(boots, arch, {reference, Role::same_code}, release, plain, policy_6_0);
    for (const auto& [name, options] : subjects) {
        add_kernel(boots, arch, {name, Role::subject, reference, native_name}, release, plain,
                   options);
    }
}

/**
 * The same where IMA's rules for Secure Boot have the kernel enforce signatures: on x86, in
 * 5.10.13 not yet (af16df54b89d).
 */
void add_ima_family(std::vector<MatrixBoot>& boots, const std::string& release,
                    const Subjects& subjects) {
    const std::string reference = reference_name(release);
    const auto add = [&boots](const MatrixKernel& kernel, const std::string& image_of,
                              const std::string& options) {
        boots.push_back(
            {kernel, {kernel.name + " with IMA's rules", image_of, options}, {Enforcement::ima}});
    };

    add({native_name, Role::native}, std::string(native_name) + "-ima", "");
    add({reference, Role::same_code}, release + "-ima", policy_6_0);
    for (const auto& [name, options] : subjects) {
        add({name, Role::subject, reference, native_name}, release + "-ima", options);
    }
}

void add_bystander(std::vector<MatrixBoot>& boots, const std::string& name) {
    const MatrixKernel kernel{name, Role::bystander};

    boots.push_back({kernel, {name, name, ""}, lockdowns, false});
    boots.push_back({kernel, {name + " with the module", name, ""}, lockdowns, true});
}

void enforce(Scenario& scenario, Enforcement enforcement) {
    if (enforcement == Enforcement::integrity || enforcement == Enforcement::confidentiality) {
        scenario.step(fmt::format("lockdown-{}", word_of(enforcement)),
                      WriteFile{"/sys/kernel/security/lockdown", word_of(enforcement)}, true);
    }
}

void add_column(Scenario& scenario, Enforcement enforcement, const std::string& phase,
                const std::vector<CatalogueImage>& images) {
    for (const CatalogueImage& image : images) {
        scenario.step(matrix_step(enforcement, phase, image.name), LoadImage{image.file.path});
    }
}

/** The module comes, its column is filled, and it goes. */
void add_module_column(Scenario& scenario, Enforcement enforcement, const std::string& phase,
                       const std::vector<CatalogueImage>& images) {
    const auto id = [&](const char* step) {
        return fmt::format("{}/{}:{}", word_of(enforcement), phase, step);
    };
    const std::vector<std::string> options = phase == phase_forced
                                                 ? std::vector<std::string>{"--force"}
                                                 : std::vector<std::string>{"--engine", phase};

    add_load(scenario, id("load"), options, true);
    add_column(scenario, enforcement, phase, images);
    add_unload(scenario, id("unload"), true);
}

/** Not without force=1. */
const std::string refused_as_native =
    fmt::format("! insmod {} && dmesg | grep -F 'refused [native]'", guest_module_unsigned);

/**
 * Nobody has signed the module for a distribution's kernel: it is there before lockdown, and its
 * twin boot without the module shows what the kernel says by itself.
 */
void add_bystander_columns(Scenario& scenario, const MatrixBoot& boot, const std::string& phase,
                           const std::vector<CatalogueImage>& images) {
    if (boot.module) {
        scenario.step("native", RunProgram{{"sh", "-c", refused_as_native}}, true);
        scenario.step("load", Insmod{guest_module_unsigned, "force=1"}, true);
    }
    for (const Enforcement enforcement : boot.enforcements) {
        enforce(scenario, enforcement);
        add_column(scenario, enforcement, phase, images);
    }
    if (boot.module) {
        scenario.step("unload", Rmmod{module_name}, true);
    }
}

/**
 * The key of the machine's owner came to the keyring that the kernel has for it. The native one
 * takes it only where it can tell that Secure Boot is on, which IMA's policy for it does.
 */
void check_owners_key(Scenario& scenario, const MatrixBoot& boot) {
    const auto present = [](const char* keyring) {
        return fmt::format("keyctl list %:{} | grep -F ': lab machine key: '", keyring);
    };
    std::string check = present(".platform");

    if (boot.kernel.role == Role::native) {
        check = boot.enforcements.front() == Enforcement::ima
                    ? present(".machine")
                    : fmt::format("! {} && ! {}", present(".machine"), check);
    }
    scenario.step("owners-key", RunProgram{{"sh", "-c", check}}, true);
}

}  // namespace

const char* word_of(Role role) {
    switch (role) {
        case Role::subject:
            return "subject";
        case Role::same_code:
            return "same-code";
        case Role::native:
            return "native";
        case Role::bystander:
            break;
    }
    return "bystander";
}

const char* word_of(Enforcement enforcement) {
    switch (enforcement) {
        case Enforcement::none:
            return "none";
        case Enforcement::integrity:
            return "integrity";
        case Enforcement::confidentiality:
            return "confidentiality";
        case Enforcement::force:
            return "force";
        case Enforcement::ima:
            break;
    }
    return "ima";
}

bool is_with_module(const std::string& phase) {
    return phase != phase_absent && phase != phase_unloaded;
}

std::vector<MatrixBoot> matrix_boots(const Arch& arch, Extent extent) {
    std::vector<MatrixBoot> boots;

    add_kernel(boots, arch, {native_name, Role::native}, native_name, native_name, "");
    if (arch.name == "x86_64") {
        add_family(boots, arch, "5.10.13",
                   {{"5.10.13 with the policy of 4.18", "kexec_lab_policy=builtin"},
                    {"5.10.13 with the policy of 4.19", "kexec_lab_policy=secondary"}});
        add_ima_family(boots, "5.10.223",
                       {{"5.10.223 with the policy of 4.18", "kexec_lab_policy=builtin"},
                        {"5.10.223 with the policy of 4.19", "kexec_lab_policy=secondary"}});
        for (const char* stock : {"debian-5.10", "debian-6.1", "debian-6.12", "debian-forky"}) {
            add_bystander(boots, stock);
        }
    } else {
        add_family(boots, arch, "5.10.13", {{"5.10.13", ""}});
    }
    if (arch.name == "arm64") {
        add_family(boots, arch, "5.10.223", {{"5.10.223", ""}});
    }
    if (extent == Extent::sample) {
        const auto left_out = [](const MatrixBoot& boot) {
            return boot.kernel.role == Role::bystander ||
                   boot.enforcements.front() == Enforcement::ima ||
                   boot.kernel.name.rfind("5.10.223", 0) == 0;
        };
        boots.erase(std::remove_if(boots.begin(), boots.end(), left_out), boots.end());
        for (MatrixBoot& boot : boots) {
            if (boot.enforcements == lockdowns) {
                boot.enforcements = {Enforcement::none, Enforcement::integrity};
            }
        }
    }
    return boots;
}

std::vector<CatalogueImage> matrix_images(const Catalogue& catalogue, Extent extent) {
    constexpr int sampled = 3;
    std::vector<CatalogueImage> images;
    std::map<std::string, int> taken;

    for (const CatalogueImage& image : catalogue.images) {
        // Each row is held against this one, which nobody vouches for.
        if (extent == Extent::all || taken[image.group]++ < sampled || image.name == "unknown") {
            images.push_back(image);
        }
    }
    return images;
}

std::string matrix_step(Enforcement enforcement, const std::string& phase,
                        const std::string& image) {
    return fmt::format("{}/{}/{}", word_of(enforcement), phase, image);
}

std::vector<std::string> phases_of(const MatrixBoot& boot, const Arch& arch) {
    std::vector<std::string> phases;

    switch (boot.kernel.role) {
        case Role::subject:
            phases.emplace_back(phase_absent);
            phases.insert(phases.end(), arch.engines.begin(), arch.engines.end());
            phases.emplace_back(phase_unloaded);
            return phases;
        case Role::bystander:
            return {boot.module ? phase_forced : phase_absent};
        case Role::same_code:
        case Role::native:
            break;
    }
    return {phase_absent, phase_forced, phase_unloaded};
}

Scenario matrix_scenario(const Arch& arch, const MatrixBoot& boot, const Catalogue& catalogue,
                         const std::vector<CatalogueImage>& images) {
    Scenario scenario = not_locked_down(boot.variant);
    const auto phases = phases_of(boot, arch);

    // All images are there at once.
    scenario.memory_mib = 3072;
    for (const CatalogueImage& image : images) {
        if (!image.directory) {
            scenario.plan.files.push_back(image.file);
        }
    }
    if (boot.kernel.role == Role::bystander) {
        scenario.notes.emplace_back("none of the lab's keys is on a keyring of this kernel");
        add_bystander_columns(scenario, boot, phases.front(), images);
        return scenario;
    }
    fill_keyrings(scenario, arch, catalogue, Shim::present);
    if (arch.firmware) {
        check_owners_key(scenario, boot);
    }
    for (const Enforcement enforcement : boot.enforcements) {
        enforce(scenario, enforcement);
        for (const std::string& phase : phases) {
            if (is_with_module(phase)) {
                add_module_column(scenario, enforcement, phase, images);
            } else {
                add_column(scenario, enforcement, phase, images);
            }
        }
    }
    return scenario;
}

}  // namespace kxk::lab
