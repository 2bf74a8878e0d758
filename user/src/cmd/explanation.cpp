// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/explanation.h"

#include <fmt/format.h>

#include <ostream>

namespace kxk::cmd {

Exit exit_of(trust::Answer answer) {
    switch (answer) {
        case trust::Answer::yes:
            return Exit::yes;
        case trust::Answer::no:
            return Exit::no;
        case trust::Answer::cannot_tell:
            break;
    }
    return Exit::cannot_tell;
}

trust::Json to_json(const Explanation& explanation) {
    return {
        {"code", explanation.code},
        {"errno", explanation.error},
        {"errno_name", errno_name(explanation.error)},
        {"cause", explanation.cause},
        {"remedy", explanation.remedy},
    };
}

void print_for_people(const Explanation& explanation, const Context& context) {
    context.err << fmt::format("kexec-keyrings: {}\nremedy: {}\n", explanation.cause,
                               explanation.remedy);
}

}  // namespace kxk::cmd
