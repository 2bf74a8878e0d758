// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The commands of kxk-lab. Each returns the exit status: 0 when all is as it must be. */
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "host/bisect_question.h"
#include "host/signals.h"

namespace kxk::lab {

/** What all commands may be told. */
struct Options {
    bool keep = false;  ///< leave the initramfs of each guest in place
    std::chrono::seconds timeout{240};
    std::string engine = "auto";
};

/** One table: what the module changes. */
[[nodiscard]] int demo(const Signals& signals, const Options& options, const std::string& arch);

/**
 * Test cases in TAP.
 * @param arches  empty: all
 * @param only    a text in the names of the guests; empty: all
 * @param thorough  also guests whose kernels are made for nothing else
 */
[[nodiscard]] int smoke(const Signals& signals, const Options& options,
                        std::vector<std::string> arches, const std::string& only, bool thorough);

/** How hard the module is tried. */
struct StressOptions {
    std::vector<std::string> arches;  ///< empty: all
    std::string only;                 ///< a text in the names of the guests; empty: all
    int cycles = 1000;                ///< loads and unloads by each engine
    int seconds = 0;                  ///< not 0: as many as there are in that time
    int stride = 1;  ///< from one fault to the next; but for 1, single pages can always be had
};

/** The module under fire and among faults, also by kernels that watch over themselves; in TAP. */
[[nodiscard]] int stress(const Signals& signals, const Options& options,
                         const StressOptions& wanted);

/** What part of the matrix. */
struct MatrixOptions {
    std::vector<std::string> arches;  ///< empty: all
    std::string kernel;               ///< a subject, with its references; empty: all
    bool sample = false;              ///< a tenth of it
    bool fresh = false;               ///< boots all, whatever an earlier run has found out
};

/** Every verdict beside those of the references: TAP, and a report in build/. */
[[nodiscard]] int matrix(const Signals& signals, const Options& options,
                         const MatrixOptions& wanted);

/** What images are fuzzed. */
struct FuzzOptions {
    std::vector<std::string> arches;  ///< empty: all
    std::uint64_t images = 2000;      ///< of each architecture
    std::uint64_t seed = 1;
};

/** What kernels say of images each a little wrong, in TAP; what is strange is kept in build/. */
[[nodiscard]] int fuzz(const Signals& signals, const Options& options, const FuzzOptions& wanted);

/** What is measured. */
struct BenchOptions {
    std::vector<std::string> arches;  ///< empty: all
    std::string json;                 ///< a file that gets all figures; or empty
};

/**
 * What a verification costs, in instructions of the guest: by the kernel's own policy and by the
 * module. A table, and all figures as JSON. @return 1 when verdicts differ
 */
[[nodiscard]] int bench(const Signals& signals, const Options& options, const BenchOptions& wanted);

/** A step of a bisection. */
struct BisectOptions {
    std::string arch;
    std::string tree = ".";  ///< the kernel's source, in git
    BisectQuestion question;
};

/**
 * Builds the commit that is checked out, boots it, and asks. @return what `git bisect run` takes:
 * 0, 1, 125; bisect_broken for trouble that is not the commit's
 */
[[nodiscard]] int bisect(const Signals& signals, const Options& options,
                         const BisectOptions& wanted);

/** git ends the bisection, and can be told to go on later. */
inline constexpr int bisect_broken = 255;

/** A shell in a guest. */
[[nodiscard]] int shell(const Signals& signals, const Options& options, const std::string& arch,
                        const std::string& kernel);

/** Makes a kernel, and prints its directory. */
[[nodiscard]] int kernel(const Signals& signals, const std::string& arch, const std::string& name);

}  // namespace kxk::lab
