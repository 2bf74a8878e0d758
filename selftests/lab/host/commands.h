// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The commands of kxk-lab. Each returns the exit status: 0 when all is as it must be. */
#pragma once

#include <chrono>
#include <string>
#include <vector>

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

/** Test cases in TAP. */
[[nodiscard]] int smoke(const Signals& signals, const Options& options,
                        std::vector<std::string> arches);

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

/** A shell in a guest. */
[[nodiscard]] int shell(const Signals& signals, const Options& options, const std::string& arch,
                        const std::string& kernel);

/** Makes a kernel, and prints its directory. */
[[nodiscard]] int kernel(const Signals& signals, const std::string& arch, const std::string& name);

}  // namespace kxk::lab
