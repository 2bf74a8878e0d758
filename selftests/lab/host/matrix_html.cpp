// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "host/matrix_report.h"

namespace kxk::lab {

namespace {

// Colours that differ in brightness as well, and a symbol beside each.
constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>kexec-keyrings: the matrix</title><style>
body { font: 15px/1.4 sans-serif; margin: 1.5em; color: #111; background: #fff; }
table { border-collapse: collapse; margin: .5em 0 1.5em; }
th, td { border: 1px solid #bbb; padding: .15em .5em; text-align: left; vertical-align: top; }
th { background: #eee; font-weight: 600; position: sticky; top: 0; }
td.yes { background: #d6f0d6; } td.no { background: #e4e8f2; } td.bad { background: #ffb3a8; }
td.none { background: #fff3b0; } td.known { outline: 2px dashed #a60; outline-offset: -2px; }
summary { cursor: pointer; white-space: nowrap; list-style: none; }
details pre { margin: .3em 0; max-width: 60em; white-space: pre-wrap; font-size: 12px; }
.kernel > summary { font-size: 1.15em; font-weight: 600; margin: .6em 0; }
</style></head><body><h1>kexec-keyrings: the matrix</h1>
)";

std::string escaped(std::string_view text) {
    std::string result;

    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string excerpt(const std::optional<Verdict>& verdict) {
    std::string lines;

    if (!verdict) {
        return lines;
    }
    for (const std::string& line : verdict->log) {
        lines += "\n    | " + line;
    }
    return lines;
}

/** What a cell opens to: every verdict that it is to be held against, and what kernels logged. */
std::string details(const Row& row, const RowVerdict& cell) {
    std::string text =
        fmt::format("{}: {}{}", cell.phase, verdict_word(cell.verdict), excerpt(cell.verdict));

    if (row.kernel.role == Role::subject) {
        text += fmt::format("\n{}: {}{}\n{}: {}{}", row.kernel.same_code,
                            verdict_word(row.same_code), excerpt(row.same_code), row.kernel.native,
                            verdict_word(row.native), excerpt(row.native));
    }
    if (row.difference != nullptr) {
        text += fmt::format("\n{} differs by {}: {}", row.kernel.native, row.difference->commit,
                            row.difference->text);
    }
    for (const std::string& complaint : row.complaints) {
        text += "\nWRONG: " + complaint;
    }
    return text;
}

std::string table_cell(const Row& row, const RowVerdict& cell) {
    const bool concerned = std::any_of(
        row.complaints.begin(), row.complaints.end(),
        [&cell](const std::string& text) { return text.rfind(cell.phase + ':', 0) == 0; });
    const char* look = concerned                  ? "bad"
                       : !cell.verdict            ? "none"
                       : cell.verdict->error == 0 ? "yes"
                                                  : "no";
    const char* symbol = concerned                  ? "&#9888;"
                         : !cell.verdict            ? "?"
                         : cell.verdict->error == 0 ? "&#10003;"
                                                    : "&#10007;";

    return fmt::format(
        "<td class=\"{}{}\"><details><summary>{} {}</summary><pre>{}</pre></details></td>", look,
        row.difference == nullptr ? "" : " known", symbol, escaped(verdict_word(cell.verdict)),
        escaped(details(row, cell)));
}

/** The rows of one kernel, whose order is: enforcement, then image. */
std::string kernel_table(const std::vector<const Row*>& rows) {
    const Row& first = *rows.front();
    const auto failed = std::count_if(rows.begin(), rows.end(),
                                      [](const Row* row) { return !row->complaints.empty(); });
    std::string page = fmt::format(
        "<details class=\"kernel\"{}><summary>{} {} {} ({}): {}</summary>\n<table><tr>"
        "<th>Enforcement</th><th>Image</th>",
        failed != 0 ? " open" : "", failed != 0 ? "&#9888;" : "&#10003;", escaped(first.arch),
        escaped(first.kernel.name), word_of(first.kernel.role),
        failed != 0 ? fmt::format("{} of {} rows wrong", failed, rows.size())
                    : fmt::format("{} rows, all as they must be", rows.size()));

    for (const RowVerdict& cell : first.verdicts) {
        page += fmt::format("<th>{}</th>", escaped(cell.phase));
    }
    page += "</tr>\n";
    for (const Row* row : rows) {
        page += fmt::format("<tr><td>{}</td><td title=\"{}\">{}</td>", word_of(row->enforcement),
                            escaped(row->image.text), escaped(row->image.name));
        for (const RowVerdict& cell : row->verdicts) {
            page += table_cell(*row, cell);
        }
        page += "</tr>\n";
    }
    return page + "</table></details>\n";
}

std::string boot_table(const std::vector<BootSummary>& boots) {
    std::string page =
        "<details><summary>Boots</summary><table><tr><th>Guest</th><th>Role</th>"
        "<th>Release</th><th>Seconds</th><th>Notes</th></tr>\n";

    for (const BootSummary& boot : boots) {
        std::string notes;

        for (const std::string& note : boot.notes) {
            notes += escaped(note) + "<br>";
        }
        for (const std::string& complaint : boot.complaints) {
            notes += "WRONG: " + escaped(complaint) + "<br>";
        }
        page += fmt::format(
            "<tr><td>{} {}</td><td>{}</td><td>{}</td><td>{:.0f}</td>"
            "<td class=\"{}\">{}</td></tr>\n",
            escaped(boot.arch), escaped(boot.name), boot.role, escaped(boot.release), boot.seconds,
            boot.complaints.empty() ? "" : "bad", notes);
    }
    return page + "</table></details>\n";
}

}  // namespace

std::string matrix_html(const MatrixReport& report) {
    const MatrixCounts counts = count(report);
    std::string page(head);

    page += fmt::format(
        "<p>{} cells of subjects with the verdicts of both references; {} verdicts in all. "
        "{} rows differ from the same code with the policy of 6.0, {} from native 6.1 by a known "
        "change. <b>{}</b></p>\n<p>&#10003; loaded; &#10007; refused; &#9888; not as the "
        "references; ? no answer; dashed: a known change of another kind. Every cell opens.</p>\n",
        counts.cells, counts.verdicts, counts.from_same_code, counts.explained,
        counts.failed == 0 ? "All is as it must be."
                           : fmt::format("{} rows, boots or kernels are wrong.", counts.failed));
    for (const KernelSummary& kernel : report.kernels) {
        for (const std::string& complaint : kernel.complaints) {
            page +=
                fmt::format("<p>&#9888; {}: {}</p>\n", escaped(kernel.name), escaped(complaint));
        }
    }
    for (auto row = report.rows.begin(); row != report.rows.end();) {
        const auto end = std::find_if(row, report.rows.end(), [&row](const Row& other) {
            return other.arch != row->arch || other.kernel.name != row->kernel.name;
        });
        std::vector<const Row*> rows;

        for (; row != end; ++row) {
            rows.push_back(&*row);
        }
        page += kernel_table(rows);
    }
    return page + boot_table(report.boots) + "</body></html>\n";
}

}  // namespace kxk::lab
