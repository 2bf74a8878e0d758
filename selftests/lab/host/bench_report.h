// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What was measured, for people and for programs. */
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/bench_boots.h"

namespace kxk::lab {

/** All figures of an architecture. */
struct BenchFigures {
    std::string arch;
    std::string release;  ///< of the kernel
    std::vector<Measurement> native;
    std::vector<Measurement> redirected;
    std::vector<ModuleCost> module;
    std::string owners_release = {};       ///< of the kernel that has .machine
    std::vector<Measurement> owners = {};  ///< by that; none where the architecture has no firmware
};

/** Images that the module has judged otherwise than the kernel by itself, in words. */
[[nodiscard]] Complaints different_verdicts(const BenchFigures& figures);

/** Instructions that a redirected verification takes more than a native one of the same image. */
struct RedirectCost {
    std::string engine;
    std::string image;
    std::int64_t instructions = 0;
    double share = 0;  ///< of the native verification
};

/** Of each image that was measured with no crowd. */
[[nodiscard]] std::vector<RedirectCost> redirect_costs(const BenchFigures& figures);

/** Tables. */
[[nodiscard]] std::string format_bench(const BenchFigures& figures);

/** All of it. */
[[nodiscard]] nlohmann::json bench_json(const std::vector<BenchFigures>& figures);

}  // namespace kxk::lab
