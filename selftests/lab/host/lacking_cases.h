// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Kernels that lack what the module uses, or what others verify images with. */
#pragma once

#include "host/conf.h"
#include "host/scenario.h"

namespace kxk::lab {

/** No .platform keyring, data in no symbol table, and modules stay. */
[[nodiscard]] Scenario lean_cases();

/** What the one before is held against: the same with the policy of 6.0 in its source. */
[[nodiscard]] Scenario lean_reference_cases();

/** No kprobes: the module cannot find a function. */
[[nodiscard]] Scenario no_kprobes_cases();

/** Loaders that cannot verify, but a verifier: the module gives them 6.0's verdict. */
[[nodiscard]] Scenario no_verify_sig_cases(const Arch& arch);

/** Loaders that cannot verify, and no verifier either. */
[[nodiscard]] Scenario no_pe_cases();

}  // namespace kxk::lab
