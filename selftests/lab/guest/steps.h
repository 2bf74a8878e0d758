// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Steps of a plan, carried out. */
#pragma once

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/** Does what a step says. What fails is in the result; nothing is thrown. */
[[nodiscard]] StepResult execute(const Step& step);

/** Whether a step did what it was there for. */
[[nodiscard]] bool succeeded(const StepResult& result);

}  // namespace kxk::lab
