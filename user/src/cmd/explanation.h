// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Why something was refused, for people and for programs. */
#pragma once

#include <string>

#include "cmd/context.h"
#include "trust/assess.h"
#include "trust/errno_name.h"
#include "trust/machine_json.h"

namespace kxk::cmd {

/** A cause and a remedy, each one sentence without its full stop. */
struct Explanation {
    std::string code;  ///< stable; those of the module are in linux/kexec_keyrings.h
    int error = 0;     ///< the errno that came with it
    std::string cause;
    std::string remedy;
};

/** How a program ends that was asked a question with this answer. */
[[nodiscard]] Exit exit_of(trust::Answer answer);

using trust::errno_name;

/** code, errno, errno_name, cause, remedy. */
[[nodiscard]] trust::Json to_json(const Explanation& explanation);

/** `kexec-keyrings: cause` and `remedy: ...`. */
void print_for_people(const Explanation& explanation, const Context& context);

}  // namespace kxk::cmd
