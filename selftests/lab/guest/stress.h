// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The module comes and goes under those who have images verified. */
#pragma once

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/**
 * Loads and unloads the module, as often as asked for, while some tasks call kexec_file_load(2)
 * and others ask the device, without pause.
 *
 * Beforehand, and in peace, it asks for each image's verdict without the module and with it: what
 * comes later must be the one or the other, and exactly the right one where the module was there,
 * or was not there, during the whole call. The device gives verdicts with the module only.
 *
 * Sets error to that of the load or unload that failed; ERANGE when verdicts were wrong, which the
 * output tells. Values: "native", "loaded", "device": the verdicts in peace, in the order of the
 * images; "cycles"; "refused_unloads": as the module was in use; "as_native", "as_loaded",
 * "as_either": calls; "busy": calls that came while another was under way; "asked": the device's
 * verdicts; "wrong"; "slowest_load_ms", "slowest_unload_ms".
 */
void stress_module(const Stress& stress, StepResult& result);

}  // namespace kxk::lab
