// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A kernel that crashes, with one for the dump that only the module lets in. */
#pragma once

#include <string>

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/**
 * Stock kexec-tools load the dump kernel (-s -p), and a kernel by whichever system call works (-a);
 * then the kernel crashes, and the dump kernel has to come up.
 * @param marker  a word that the dump kernel's command line must bring back
 */
[[nodiscard]] Scenario crash_cases(const Arch& arch, const Variant& variant,
                                   const std::string& marker);

}  // namespace kxk::lab
