// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The answer of `explain`, for people and for programs. */
#pragma once

#include <string>

#include "cmd/explain_report.h"
#include "trust/machine_json.h"

namespace kxk::cmd {

/** One screen of plain words. */
[[nodiscard]] std::string explain_text(const Report& report, bool colour);

/** The same as JSON; documented with `explain --help`. */
[[nodiscard]] trust::Json to_json(const Report& report);

}  // namespace kxk::cmd
