// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/matrix_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kxk::lab {

namespace {

nlohmann::json to_json(const std::optional<Verdict>& verdict) {
    if (!verdict) {
        return nullptr;
    }
    return {{"verdict", verdict_word(verdict->error)},
            {"errno", verdict->error},
            {"loaded", verdict->loaded}};
}

nlohmann::json to_json(const Row& row) {
    nlohmann::json json{{"arch", row.arch},
                        {"kernel", row.kernel.name},
                        {"role", word_of(row.kernel.role)},
                        {"enforcement", word_of(row.enforcement)},
                        {"image", row.image.name},
                        {"group", row.image.group},
                        {"complaints", row.complaints}};

    for (const RowVerdict& cell : row.verdicts) {
        json["verdicts"][cell.phase] = to_json(cell.verdict);
    }
    if (row.kernel.role == Role::subject) {
        json["references"] = {{"same_code", to_json(row.same_code)},
                              {"native", to_json(row.native)}};
    }
    if (row.difference != nullptr) {
        json["difference"] = {{"commit", row.difference->commit}, {"text", row.difference->text}};
    }
    return json;
}

bool answered(const std::optional<Verdict>& verdict) {
    return verdict.has_value();
}

}  // namespace

MatrixCounts count(const MatrixReport& report) {
    MatrixCounts counts;

    for (const BootSummary& boot : report.boots) {
        counts.failed += boot.complaints.empty() ? 0 : 1;
    }
    for (const KernelSummary& kernel : report.kernels) {
        counts.failed += kernel.complaints.empty() ? 0 : 1;
    }
    for (const Row& row : report.rows) {
        const auto verdicts = static_cast<std::size_t>(
            std::count_if(row.verdicts.begin(), row.verdicts.end(),
                          [](const RowVerdict& cell) { return answered(cell.verdict); }));

        counts.verdicts += verdicts;
        counts.failed += row.complaints.empty() ? 0 : 1;
        counts.explained += row.difference != nullptr && row.complaints.empty() ? 1 : 0;
        if (row.kernel.role != Role::subject) {
            continue;
        }
        counts.cells += answered(row.same_code) && answered(row.native) ? verdicts : 0;
        for (const RowVerdict& cell : row.verdicts) {
            if (is_with_module(cell.phase) &&
                (!cell.verdict || !row.same_code || !same_answer(*cell.verdict, *row.same_code))) {
                ++counts.from_same_code;
                break;
            }
        }
    }
    return counts;
}

nlohmann::json matrix_json(const MatrixReport& report) {
    const MatrixCounts counts = count(report);
    nlohmann::json json{{"schema", "kexec-keyrings/matrix-1"},
                        {"counts",
                         {{"cells", counts.cells},
                          {"verdicts", counts.verdicts},
                          {"rows", report.rows.size()},
                          {"differ_from_same_code", counts.from_same_code},
                          {"differ_from_native_explained", counts.explained},
                          {"failed", counts.failed}}},
                        {"boots", nlohmann::json::array()},
                        {"rows", nlohmann::json::array()}};

    for (const BootSummary& boot : report.boots) {
        json["boots"].push_back({{"arch", boot.arch},
                                 {"name", boot.name},
                                 {"role", boot.role},
                                 {"release", boot.release},
                                 {"seconds", boot.seconds},
                                 {"notes", boot.notes},
                                 {"complaints", boot.complaints}});
    }
    for (const Row& row : report.rows) {
        json["rows"].push_back(to_json(row));
    }
    return json;
}

}  // namespace kxk::lab
