// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/appraisal_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "host/foretold.h"
#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* rules = "/sys/kernel/security/ima/policy";
constexpr const char* some_rule =
    "appraise func=KEXEC_KERNEL_CHECK fowner=65534 appraise_type=imasig\n";
constexpr const char* rule_for_all = "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig\n";
constexpr const char* modsig_rule =
    "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig|modsig\n";

/** Those that are given to nobody, and so appraised by the rule for some files. */
constexpr std::string_view owned_by_nobody[] = {"builtin", "unsigned"};

/** Any file but a kernel image. */
constexpr std::string_view no_image = "no-image";

/** The images of all signers, and that file. */
const ImageNames& all_names() {
    static const ImageNames names = [] {
        ImageNames all = signer_names();

        all.push_back(no_image);
        return all;
    }();
    return names;
}

void add_phase(Scenario& scenario, const std::string& phase, const Variant& variant) {
    add_cells(scenario.plan, phase, all_names());
    add_explanations(scenario, phase, variant, all_names());
}

/** IMA refuses what is no image before any loader looks at it. */
Expectation all_refused(const std::string& phase) {
    return [phase](const Outcome& outcome) {
        const Column column = column_of(outcome, phase, all_names());
        Complaints complaints;

        for (const std::string_view name : all_names()) {
            const auto cell = column.find(std::string(name));

            if (cell == column.end() || cell->second != EACCES) {
                complaints.push_back(
                    fmt::format("{} image, {}: {}", name, phase,
                                cell == column.end() ? "not tried" : verdict_word(cell->second)));
            }
        }
        return complaints;
    };
}

/** Exactly the files of that owner are refused, and all others are as they were before. */
Expectation owner_refused(const std::string& phase, const std::string& expected) {
    return [phase, expected](const Outcome& outcome) {
        Column column = column_of(outcome, expected);

        for (const std::string_view name : owned_by_nobody) {
            column[std::string(name)] = EACCES;
        }
        return compare_columns(phase, column_of(outcome, phase), expected + " and the rule",
                               column);
    };
}

/** The kernel has no code for it: the rule is not taken, and changes nothing. */
void add_modsig_rule(Scenario& scenario) {
    const auto write = scenario.step("modsig", WriteFile{rules, modsig_rule});
    const auto read = scenario.step("modsig/rules", ReadFile{rules});

    scenario.expect("a rule about appended signatures is not taken without the code for them",
                    all_of({fails_with(write, EINVAL), says_nothing_of(read, "appraise")}));
}

}  // namespace

Scenario appraisal_cases(const Arch& arch, const Variant& variant) {
    Scenario scenario = not_locked_down(variant);

    scenario.name = variant.name + " with rules of IMA";
    add_platform_key(scenario, arch);
    scenario.step(
        "no-image",
        RunProgram{{"sh", "-c",
                    fmt::format("dd if=/dev/zero of={} bs=100000 count=1", guest_image(no_image))}},
        true);
    for (const std::string_view name : owned_by_nobody) {
        scenario.step(fmt::format("chown/{}", name),
                      RunProgram{{"busybox", "chown", "65534", guest_image(name)}}, true);
    }

    add_modsig_rule(scenario);
    add_phase(scenario, "before", variant);
    scenario.expect("no rule: explain foretells every verdict", foretold("before", all_names()));

    const auto some = scenario.step("write-some", WriteFile{rules, some_rule});
    add_phase(scenario, "some", variant);
    scenario.expect("a rule for the files of an owner: the kernel refuses those, and no others",
                    all_of({succeeds(some), owner_refused("some", "before")}));
    scenario.expect("a rule for the files of an owner: explain cannot tell, and excludes no errno",
                    all_of({not_foretold("some"), not_excluded("some", all_names())}));

    const auto all = scenario.step("write-all", WriteFile{rules, rule_for_all});
    add_phase(scenario, "all", variant);
    scenario.expect("a rule for all files: the kernel refuses all, whoever signed them",
                    all_of({succeeds(all), all_refused("all")}));
    scenario.expect("a rule for all files: explain foretells it", foretold("all", all_names()));

    const auto load = add_load(scenario, "load", {});
    add_phase(scenario, "loaded", variant);
    scenario.expect("the module does not change what IMA refuses",
                    all_of({succeeds(load), all_refused("loaded")}));
    scenario.expect("with the module, explain foretells it", foretold("loaded", all_names()));

    const auto lock =
        scenario.step("lock", WriteFile{"/sys/kernel/security/lockdown", "integrity"});
    add_phase(scenario, "locked", variant);
    scenario.expect("in lockdown, IMA comes first all the same",
                    all_of({succeeds(lock), all_refused("locked")}));
    scenario.expect("in lockdown, explain foretells it", foretold("locked", all_names()));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

}  // namespace kxk::lab
