// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Rows of the matrix: all verdicts about one image under one enforcement, held against those of
 * the references. Pure functions; what is right is what the references said.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/cells.h"
#include "host/matrix_boots.h"
#include "host/matrix_verdicts.h"

namespace kxk::lab {

/** Why Linux 6.1 may answer otherwise than an older kernel with the policy of 6.0. */
struct KnownDifference {
    std::vector<std::string> images;  ///< names
    std::vector<std::string> arches;  ///< empty: any
    std::string commit;               ///< upstream's, of a change that is not of the series
    std::string text;                 ///< what it changed
};

/** All that are known. */
[[nodiscard]] const std::vector<KnownDifference>& known_differences();

/** One verdict of a row. */
struct RowVerdict {
    std::string phase;
    std::optional<Verdict> verdict;  ///< nothing where the kernel was not asked
};

/** An image under an enforcement on a kernel. */
struct Row {
    std::string arch;
    MatrixKernel kernel;
    Enforcement enforcement = Enforcement::none;
    CatalogueImage image;
    std::vector<RowVerdict> verdicts;             ///< in the order of the phases
    std::optional<Verdict> same_code;             ///< reference A's; of subjects
    std::optional<Verdict> native;                ///< reference B's; of subjects
    const KnownDifference* difference = nullptr;  ///< that B's differs by
    Complaints complaints;                        ///< empty when all is right
};

/** A kernel with all phases that its boots have. */
struct KernelPhases {
    MatrixKernel kernel;
    std::vector<std::string> phases;
    std::vector<Enforcement> enforcements;
};

/** The kernels of boots, each once, with its phases and enforcements. */
[[nodiscard]] std::vector<KernelPhases> kernels_of(const std::vector<MatrixBoot>& boots,
                                                   const Arch& arch);

/** Judges one row. */
[[nodiscard]] Row make_row(const std::string& arch, const KernelPhases& kernel,
                           Enforcement enforcement, const CatalogueImage& image,
                           const Verdicts& verdicts);

/**
 * With nothing accepted that was refused before, a subject's rows would prove nothing.
 * @param rows  of one subject under one enforcement, which is not "none"
 */
[[nodiscard]] Complaints gains_something(const std::vector<const Row*>& rows);

/** The verdict in a word: "accepted", the errno, or "no answer". */
[[nodiscard]] std::string verdict_word(const std::optional<Verdict>& verdict);

}  // namespace kxk::lab
