// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What kexec_load(2) must answer, the older call: no signature concerns it. */
#pragma once

#include <string>

#include "trust/verdict.h"

namespace kxk::trust {

/** What becomes of kexec_load(2). */
struct KexecLoadPrediction {
    Outcomes outcomes;  ///< errno of the call, if the kernel has it; 0: permitted
    std::string cause;  ///< half a sentence
};

/**
 * Whether the caller with CAP_SYS_BOOT is permitted to load a kernel that nobody verifies. IMA has
 * its say before lockdown: kexec_load_check() in kernel/kexec.c, ima_load_data() in
 * security/integrity/ima/ima_main.c.
 */
[[nodiscard]] KexecLoadPrediction predict_kexec_load(const Machine& machine);

}  // namespace kxk::trust
