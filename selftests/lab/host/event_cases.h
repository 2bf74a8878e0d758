// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Events of tracefs and of perf, on the functions that the module redirects or calls. */
#pragma once

#include <string>

#include "host/conf.h"
#include "host/scenario.h"
#include "host/variants.h"

namespace kxk::lab {

/** Kprobe events of tracefs that come before the module or after it, and go before it or after. */
void add_kprobe_events(Scenario& scenario, const Arch& arch, const std::string& engine);

/**
 * The same by perf, which has kprobes of its own, with BPF programs, and samples stacks. Gives
 * native_phase and backport_phase, as hostile_cases() does.
 */
[[nodiscard]] Scenario perf_cases(const Arch& arch, const Variant& variant);

}  // namespace kxk::lab
