// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The system calls about modules, and a module that is in use. */
#pragma once

#include <string>

#include "common/verdict.h"

namespace kxk::lab {

/** @return 0, or the errno */
[[nodiscard]] int insert_module(const std::string& file, const std::string& parameters);

/** Does not wait for users of the module to go. @return 0, or the errno */
[[nodiscard]] int remove_module(const std::string& name);

/**
 * Tries to remove a module while another process is in the middle of kexec_file_load(2), and the
 * module in use for that.
 *
 * Sets error to what remove_module() gave meanwhile (ETIME if the module never was in use), and
 * the values "load" to the errno of the load and "tries" to the number of attempts.
 */
void remove_module_in_flight(const std::string& image, const std::string& name, StepResult& result);

}  // namespace kxk::lab
