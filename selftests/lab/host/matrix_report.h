// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The matrix for programs and for people: JSON, and one page that needs nothing else. */
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/matrix_rows.h"

namespace kxk::lab {

/** A boot of the matrix, for the report. */
struct BootSummary {
    std::string arch;
    std::string name;
    std::string role;
    std::string release;
    std::string console;  ///< path of its log; empty when the boot was one of an earlier run
    double seconds = 0;
    Complaints complaints;
    std::vector<std::string> notes;
};

/** All rows of a subject under one enforcement. */
struct KernelSummary {
    std::string name;       ///< for people
    Complaints complaints;  ///< that they prove nothing
};

/** What a run has to tell. */
struct MatrixReport {
    std::vector<KernelSummary> kernels;
    std::vector<BootSummary> boots;
    std::vector<Row> rows;
};

/** Numbers of a report. */
struct MatrixCounts {
    std::size_t cells = 0;           ///< verdicts of subjects that both references answered, too
    std::size_t verdicts = 0;        ///< of all kernels
    std::size_t from_same_code = 0;  ///< rows that differ from reference A, or have no answer
    std::size_t explained = 0;       ///< rows that differ from reference B, by a known change
    std::size_t failed = 0;          ///< rows, boots and kernels with a complaint
};

[[nodiscard]] MatrixCounts count(const MatrixReport& report);

[[nodiscard]] nlohmann::json matrix_json(const MatrixReport& report);

/** One self-contained page. */
[[nodiscard]] std::string matrix_html(const MatrixReport& report);

/** Documentation/supported-kernels.rst. */
[[nodiscard]] std::string supported_kernels_rst(const MatrixReport& report);

}  // namespace kxk::lab
