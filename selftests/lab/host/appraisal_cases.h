// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Rules of IMA that somebody writes to a running kernel. */
#pragma once

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/**
 * Rules that appraise kexec images, those of some files first and then those of all: what the
 * kernel makes of them before it verifies anything, with the module and without, and what `explain`
 * foretells. The guest's files cannot bear IMA's signatures: what is appraised is refused.
 */
[[nodiscard]] Scenario appraisal_cases(const Arch& arch, const Variant& variant);

}  // namespace kxk::lab
