// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/kexec_load.h"

#include <cerrno>

#include "trust/ima.h"

namespace kxk::trust {
namespace {

/* All of them; one "no" decides, and otherwise one that is not known leaves it open. */
std::optional<bool> all(std::initializer_list<std::optional<bool>> facts) {
    bool open = false;
    for (const auto& fact : facts) {
        if (is_no(fact))
            return false;
        open |= !fact.has_value();
    }
    return open ? std::nullopt : std::optional<bool>(true);
}

std::optional<bool> has_ima(const Machine& machine) {
    if (is_no(machine.ima.present) || is_no(machine.options.ima))
        return false;
    return machine.ima.present;
}

/* The firmware verified what it booted, and IMA is told so. */
std::optional<bool> by_secure_boot(const Machine& machine) {
    return all({has_ima(machine), machine.options.kexec_sig,
                machine.symbols.arch_ima_get_secureboot, machine.secure_boot.enabled});
}

/* A rule appraises kexec images, for which the call has no file. */
std::optional<bool> by_rule(const Machine& machine) {
    const auto ima = judge_ima(machine);
    std::optional<bool> appraised;
    if (ima.appraised)
        appraised = *ima.appraised != Extent::none;
    std::optional<bool> enforced;
    if (!ima.mode.empty())
        enforced = ima.mode == "enforce";
    // A rule without func= does not speak of images that come without a file.
    if (appraised.value_or(false)) {
        bool names_kexec = false;
        for (const auto& rule : ima.rules)
            names_kexec |= rule.text.rfind("appraise", 0) == 0 &&
                           rule.text.find("func=KEXEC_KERNEL_CHECK") != std::string::npos;
        appraised = names_kexec;
    }
    return all({has_ima(machine), appraised, enforced});
}

}  // namespace

KexecLoadPrediction predict_kexec_load(const Machine& machine) {
    const auto secure = by_secure_boot(machine);
    const auto rule = by_rule(machine);
    if (secure.value_or(false) || rule.value_or(false))
        return {{EACCES},
                secure.value_or(false)
                    ? "IMA refuses it where the firmware has verified what it booted"
                    : "IMA has a rule to appraise kexec images, and this call has no file"};

    KexecLoadPrediction prediction;
    if (!secure || !rule) {
        prediction.outcomes.insert(EACCES);
        prediction.cause = "it cannot be seen whether IMA refuses it";
    }
    if (!machine.lockdown) {
        prediction.outcomes.insert({0, EPERM});
        prediction.cause = "it cannot be seen whether the kernel is locked down";
    } else if (*machine.lockdown == "none") {
        prediction.outcomes.insert(0);
    } else {
        prediction.outcomes.insert(EPERM);
    }
    if (prediction.cause.empty())
        prediction.cause = *machine.lockdown == "none"
                               ? "neither lockdown nor IMA refuses it"
                               : "lockdown refuses kernels that nobody verifies";
    return prediction;
}

}  // namespace kxk::trust
