// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/table.h"

#include <fmt/format.h>

#include "host/images.h"

namespace kxk::lab {

namespace {

constexpr int width = 14;
constexpr const char* green = "\033[32m";
constexpr const char* red = "\033[1;31m";
constexpr const char* plain = "\033[0m";

std::string cell_of(const TitledColumn& column, const std::string& signer, bool colours) {
    const auto cell = column.column.find(signer);
    const auto expected = column.expected.find(signer);
    const bool known = cell != column.column.end();
    const bool right =
        known && expected != column.expected.end() && cell->second == expected->second;
    std::string text = known ? verdict_word(cell->second) : "-";

    if (!right) {
        text += " (!)";
    }
    text = fmt::format("{:<{}}", text, width);
    if (colours && !right) {
        return red + text + plain;
    }
    return colours && cell->second == 0 ? green + text + plain : text;
}

}  // namespace

std::string format_table(const std::vector<TitledColumn>& columns, bool colours) {
    std::string table = fmt::format("  {:<{}}", "image signed by", width + 2);
    const auto end_line = [&table] {
        table.erase(table.find_last_not_of(' ') + 1);
        table += '\n';
    };

    for (const TitledColumn& column : columns) {
        table += fmt::format("{:<{}}", column.title, width);
    }
    end_line();
    for (const std::string_view signer : signers) {
        std::string name(signer);

        if (name == "unsigned") {
            name = "(unsigned)";
        } else if (name == "tampered") {
            name = "(tampered)";
        }
        table += fmt::format("  {:<{}}", name, width + 2);
        for (const TitledColumn& column : columns) {
            table += cell_of(column, std::string(signer), colours);
        }
        end_line();
    }
    return table;
}

}  // namespace kxk::lab
