// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/inserted_key_cases.h"

#include <cerrno>

#include "host/foretold.h"
#include "host/steps.h"

namespace kxk::lab {

Scenario inserted_key_cases(const Variant& variant) {
    constexpr const char* before = "before";
    constexpr const char* loaded = "loaded";
    Scenario scenario = locked_down(variant);
    const auto answers = [](const std::string& phase) {
        return [phase](const Outcome& outcome) {
            return compare_columns(phase, column_of(outcome, phase),
                                   "those of two builtin keys and no others",
                                   {{"builtin", 0},
                                    {"unknown", 0},
                                    {"secondary", EPERM},
                                    {"platform", EPERM},
                                    {"unsigned", EPERM},
                                    {"tampered", EPERM}});
        };
    };

    scenario.name += ", with a key inserted after the build";
    scenario.inserted_key = "unknown";
    const auto list = scenario.step("list", ListKeys{".builtin_trusted_keys"});
    add_cells(scenario.plan, before);
    add_explanations(scenario, before, variant);
    const auto load = add_load(scenario, "load", {}, true);
    add_cells(scenario.plan, loaded);
    add_explanations(scenario, loaded, variant);
    scenario.expect("both keys are builtin ones",
                    all_of({says(list, "lab builtin key"), says(list, "lab unknown key")}));
    scenario.expect("native: the images of both are accepted, and no others", answers(before));
    scenario.expect("loaded: the same, as no other keyring has a key",
                    all_of({succeeds(load), answers(loaded)}));
    scenario.expect("explain foretells every verdict",
                    all_of({foretold(before), foretold(loaded)}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

}  // namespace kxk::lab
