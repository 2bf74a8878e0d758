// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * The boots of the matrix: which kernels, what enforces their verdicts, and what is done to each.
 */
#pragma once

#include <string>
#include <vector>

#include "host/catalogue.h"
#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/** What a kernel is there for. */
enum class Role {
    subject,    ///< it lacks the policy of 6.0, and the module is to give it that
    same_code,  ///< reference A: a subject's code with the policy of 6.0 in its source
    native,     ///< reference B: a kernel that came with the policy of 6.0
    bystander   ///< a distribution's kernel that has the policy: the module must change nothing
};

/** "subject", "same-code", "native", "bystander". */
[[nodiscard]] const char* word_of(Role role);

/**
 * What makes a failed verification matter: nothing, lockdown of either kind, or the kernel's
 * configuration, of either option. Lockdown can only be raised, so that one boot has the first
 * three in this order.
 */
enum class Enforcement {
    none,
    integrity,
    confidentiality,
    force,  ///< CONFIG_KEXEC_SIG_FORCE
    ima     ///< CONFIG_IMA_ARCH_POLICY, where the firmware says Secure Boot
};

/** "none", "integrity", "confidentiality", "force", "ima". */
[[nodiscard]] const char* word_of(Enforcement enforcement);

/** A kernel of the matrix, and the two that say what is right for it. */
struct MatrixKernel {
    std::string name;  ///< for people; of all boots that tell about the same kernel
    Role role = Role::subject;
    std::string same_code = {};  ///< name of reference A; for subjects
    std::string native = {};     ///< name of reference B; for subjects
};

/** One boot of it. */
struct MatrixBoot {
    MatrixKernel kernel;
    Variant variant;
    std::vector<Enforcement> enforcements;
    bool module = true;  ///< of a bystander, which has a boot with the module and one without
};

/** Phases: without the module, with it by each engine or in spite of its refusal, after it. */
inline constexpr const char* phase_absent = "absent";
inline constexpr const char* phase_forced = "forced";
inline constexpr const char* phase_unloaded = "unloaded";

/** Whether the module is there in a phase. */
[[nodiscard]] bool is_with_module(const std::string& phase);

/** How much of the matrix. */
enum class Extent {
    all,
    sample  ///< some images of each group, fewer enforcements and kernels: for every day
};

/** The boots for an architecture, the references first. */
[[nodiscard]] std::vector<MatrixBoot> matrix_boots(const Arch& arch, Extent extent);

/** The images of a run. */
[[nodiscard]] std::vector<CatalogueImage> matrix_images(const Catalogue& catalogue, Extent extent);

/** Id of the step that loads an image. */
[[nodiscard]] std::string matrix_step(Enforcement enforcement, const std::string& phase,
                                      const std::string& image);

/** The phases that a boot has, in order. */
[[nodiscard]] std::vector<std::string> phases_of(const MatrixBoot& boot, const Arch& arch);

/** What the guest of a boot does. */
[[nodiscard]] Scenario matrix_scenario(const Arch& arch, const MatrixBoot& boot,
                                       const Catalogue& catalogue,
                                       const std::vector<CatalogueImage>& images);

}  // namespace kxk::lab
