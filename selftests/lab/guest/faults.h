// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Faults at every point of the module's life where there can be one. */
#pragma once

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/**
 * Carries an operation out again and again: the first time, its first allocation fails; the next
 * time its second; and so on until it needs no more of them. Where a function is named, it is the
 * fixture that lets its calls fail, and must be there.
 *
 * After each, either all is as it was before the operation, or the operation is done, and whole: by
 * what sysfs and /dev have, and by verdicts of kexec_file_load(2) on both images. An operation that
 * asks for a verdict may fail, but never accept what nobody vouches for.
 *
 * Sets error to ERANGE when that was not so, which the output tells. Values: "points": where a
 * fault was; "failed": operations that failed of it; "wrong".
 */
void inject_faults(const InjectFaults& faults, StepResult& result);

}  // namespace kxk::lab
