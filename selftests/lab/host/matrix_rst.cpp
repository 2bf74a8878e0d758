// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "host/matrix_report.h"

namespace kxk::lab {

namespace {

constexpr const char* introduction = R"(.. SPDX-License-Identifier: LGPL-2.1-or-later
.. Written by "make matrix": build/matrix/supported-kernels.rst

Supported kernels
=================

What these kernels said to the images of the lab's catalogue, when "make matrix" last asked
them. The rows of a kernel are its images under each enforcement: none, lockdown of both
kinds, and where the lab has such a kernel KEXEC_SIG_FORCE, or IMA's rules for Secure Boot
("make matrix" tells each by itself).

"Gained" are rows that are refused without the module and accepted with it. A row is "as the
references" when every verdict with the module, by each engine, is that of the same code with
the policy of Linux 6.0 in its source, and that of Linux 6.1 but for changes that are not of
the policy; for kernels that have the policy already, when the forced module changes nothing.

)";

/** What is told of a kernel. */
struct Summary {
    std::string arch;
    const MatrixKernel* kernel = nullptr;
    std::size_t rows = 0;
    std::size_t gained = 0;
    std::size_t explained = 0;
    std::size_t wrong = 0;
};

bool is_gain(const Row& row) {
    return std::all_of(row.verdicts.begin(), row.verdicts.end(), [](const RowVerdict& cell) {
        return cell.verdict && (cell.verdict->error == 0) == is_with_module(cell.phase);
    });
}

std::string what_for(Role role) {
    switch (role) {
        case Role::subject:
            return "needs the module";
        case Role::same_code:
            return "reference, same code";
        case Role::native:
            return "reference, native";
        case Role::bystander:
            break;
    }
    return "has the policy already";
}

/** What `uname -r` says in a boot of a kernel; the variants of a kernel differ in their options. */
std::string release_of(const MatrixReport& report, const std::string& arch,
                       const std::string& kernel) {
    const auto found =
        std::find_if(report.boots.begin(), report.boots.end(), [&](const BootSummary& boot) {
            return boot.arch == arch && boot.name.rfind(kernel, 0) == 0 && !boot.release.empty();
        });

    return found == report.boots.end() ? "?" : found->release;
}

/** A table in RST's grid-less form, whose columns are as wide as they need be. */
template <std::size_t Columns>
std::string simple_table(const std::vector<std::array<std::string, Columns>>& rows) {
    std::array<std::size_t, Columns> widths{};
    std::string rule;
    std::string table;

    for (const auto& row : rows) {
        for (std::size_t i = 0; i < Columns; ++i) {
            widths.at(i) = std::max(widths.at(i), row.at(i).size());
        }
    }
    for (const std::size_t width : widths) {
        rule += (rule.empty() ? "" : "  ") + std::string(width, '=');
    }
    rule += '\n';
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::string line;

        table += i < 2 ? rule : "";
        for (std::size_t column = 0; column < Columns; ++column) {
            line += fmt::format("{:<{}}  ", rows[i].at(column), widths.at(column));
        }
        line.erase(line.find_last_not_of(' ') + 1);
        table += line + '\n';
    }
    return table + rule;
}

}  // namespace

std::string supported_kernels_rst(const MatrixReport& report) {
    std::vector<Summary> summaries;
    std::vector<std::array<std::string, 8>> table{{"Architecture", "Kernel", "Release", "Role",
                                                   "Rows", "Gained", "As the references",
                                                   "Otherwise in 6.1"}};
    std::map<std::string, const KnownDifference*> differences;
    std::string page = introduction;

    for (const Row& row : report.rows) {
        if (summaries.empty() || summaries.back().arch != row.arch ||
            summaries.back().kernel->name != row.kernel.name) {
            summaries.push_back({row.arch, &row.kernel, 0, 0, 0, 0});
        }
        Summary& summary = summaries.back();
        ++summary.rows;
        summary.gained += row.kernel.role == Role::subject && is_gain(row) ? 1 : 0;
        summary.wrong += row.complaints.empty() ? 0 : 1;
        if (row.difference != nullptr) {
            ++summary.explained;
            differences[row.difference->commit] = row.difference;
        }
    }
    for (const Summary& summary : summaries) {
        const bool subject = summary.kernel->role == Role::subject;

        table.push_back({summary.arch, summary.kernel->name,
                         release_of(report, summary.arch, summary.kernel->name),
                         what_for(summary.kernel->role), std::to_string(summary.rows),
                         subject ? std::to_string(summary.gained) : "-",
                         summary.wrong == 0 ? "all" : fmt::format("{} are not", summary.wrong),
                         subject ? std::to_string(summary.explained) : "-"});
    }
    page += simple_table(table);
    if (!differences.empty()) {
        page +=
            "\nWhere Linux 6.1 answers otherwise, and the same code with the policy of 6.0 does "
            "not,\nit is because of:\n\n";
        for (const auto& [commit, difference] : differences) {
            page += fmt::format("- {}: {}\n", commit, difference->text);
        }
    }
    return page;
}

}  // namespace kxk::lab
