// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Programs that the guest runs. */
#pragma once

#include <string>

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/** Runs a program to its end or its timeout (error ETIMEDOUT), and keeps what it wrote. */
void run_program(const RunProgram& program, StepResult& result);

/** A shell on the console, until it ends. */
void run_shell(const std::string& greeting, StepResult& result);

}  // namespace kxk::lab
