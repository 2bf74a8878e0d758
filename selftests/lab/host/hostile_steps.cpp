// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/hostile_steps.h"

#include <fmt/format.h>

#include "host/steps.h"

namespace kxk::lab {

std::string verifier_of(const Arch& arch) {
    return arch.signature == Signature::pe ? "verify_pefile_signature" : "verify_pkcs7_signature";
}

const ImageNames& witnesses() {
    static const ImageNames names{"secondary", "unknown"};

    return names;
}

void add_witnesses(Scenario& scenario, const std::string& phase) {
    add_cells(scenario.plan, phase, witnesses());
}

Expectation same_verdicts(const std::string& phase, const std::string& expected) {
    return [phase, expected](const Outcome& outcome) {
        const Column column = column_of(outcome, phase, witnesses());
        const Column other = column_of(outcome, expected, witnesses());
        Complaints complaints;

        for (const std::string_view word : witnesses()) {
            const std::string name(word);

            if (column.count(name) == 0 || other.count(name) == 0) {
                complaints.push_back(fmt::format("{} image: no answer in {}", name, phase));
            } else if (column.at(name) != other.at(name)) {
                complaints.push_back(fmt::format("{} image, {}: {}; {}: {}", name, phase,
                                                 verdict_word(column.at(name)), expected,
                                                 verdict_word(other.at(name))));
            }
        }
        return complaints;
    };
}

Expectation either_verdict(const std::string& phase, const std::string& one,
                           const std::string& other) {
    return [=](const Outcome& outcome) -> Complaints {
        Complaints complaints = same_verdicts(phase, one)(outcome);

        if (complaints.empty() || same_verdicts(phase, other)(outcome).empty()) {
            return {};
        }
        return complaints;
    };
}

std::string load_by(Scenario& scenario, const std::string& id, const std::string& engine) {
    return scenario.step(id, Insmod{guest_module, "engine=" + engine});
}

std::string in_shell(Scenario& scenario, const std::string& id, const std::string& command) {
    return scenario.step(id, RunProgram{{"sh", "-c", command}});
}

}  // namespace kxk::lab
