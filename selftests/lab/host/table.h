// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The table of a demo. */
#pragma once

#include <string>
#include <vector>

#include "host/cells.h"

namespace kxk::lab {

/** A column with its title; cells that differ from `expected` are marked. */
struct TitledColumn {
    std::string title;
    Column column;
    Column expected;
};

/** A line for each signer, a column for each phase. Colours are for terminals. */
[[nodiscard]] std::string format_table(const std::vector<TitledColumn>& columns, bool colours);

}  // namespace kxk::lab
