// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Events of perf, with no perf in the guest. */
#pragma once

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/**
 * Counts the calls and returns of functions by kprobes of perf, each with a BPF program if that is
 * asked for: "count" lets every event count, "drop" none. Samples the stacks of whatever runs.
 * Throws std::system_error.
 */
void open_perf(const OpenPerf& events);

/**
 * Ends all of that. Sets the values
 *   calls, returns     how many events there were of every function together
 *   samples            of stacks
 *   samples_in_module  of these, in how many the module had a part, if it is loaded still
 */
void close_perf(const ClosePerf& close, StepResult& result);

}  // namespace kxk::lab
