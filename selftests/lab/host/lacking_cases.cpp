// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lacking_cases.h"

#include <cerrno>

#include "host/foretold.h"
#include "host/hostile_cases.h"
#include "host/images.h"
#include "host/smoke_cases.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* after = "after";

/** Whatever was tried, the kernel has the verdicts that it had. */
Expectation as_before() {
    return [](const Outcome& outcome) {
        return compare_columns(after, column_of(outcome, after), native_phase,
                               column_of(outcome, native_phase));
    };
}

/** The module is refused in either mode, with a code and a line; the kernel stays as it was. */
void add_refusals(Scenario& scenario, int error, const std::string& code, const std::string& line) {
    std::vector<Expectation> expectations{as_before()};

    add_secondary_key(scenario);
    add_cells(scenario.plan, native_phase);
    for (const char* parameters : {"", "force=1", "engine=kprobe", "mode=observe"}) {
        const auto load =
            scenario.step(std::string("load/") + parameters, Insmod{guest_module, parameters});

        expectations.push_back(all_of(
            {fails_with(load, error), logs(load, "refused [" + code + ']'), logs(load, line)}));
    }
    add_cells(scenario.plan, after);
    scenario.expect("the module refuses to load, says why, and leaves the kernel as it was",
                    all_of(std::move(expectations)));
}

}  // namespace

Scenario lean_cases() {
    Scenario scenario = locked_down({"5.10.13 that lacks most", "5.10.13-lean", ""});

    add_secondary_key(scenario);
    add_cells(scenario.plan, native_phase);
    const auto load = scenario.step("load", Insmod{guest_module, ""});
    const auto attributes = add_attributes(scenario, "attributes");
    add_cells(scenario.plan, backport_phase);
    const auto unload = scenario.step("unload", Rmmod{module_name});
    const auto companion = add_unload(scenario, "unload-by-companion");
    add_cells(scenario.plan, after);
    scenario.expect(
        "it loads, and gives the policy that 6.0 has there",
        all_of({succeeds(load), has_value(attributes, "native_policy", "builtin"),
                has_value(attributes, "active_policy", "secondary"), [](const Outcome& outcome) {
                    return gains(column_of(outcome, native_phase),
                                 column_of(outcome, backport_phase));
                }}));
    scenario.expect(
        "it cannot be unloaded, and goes on",
        all_of({fails_with(unload, ENOSYS), exits_with(companion, 1), [](const Outcome& outcome) {
                    return compare_columns(after, column_of(outcome, after), backport_phase,
                                           column_of(outcome, backport_phase));
                }}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario lean_reference_cases() {
    Scenario scenario =
        locked_down({"5.10.13 that lacks most, with the policy of 6.0 in its source",
                     "5.10.13-lean", "kexec_lab_policy=secondary-platform"});

    add_secondary_key(scenario);
    add_cells(scenario.plan, reference_phase);
    const auto load = scenario.step("load", Insmod{guest_module, ""});
    scenario.expect("the module finds nothing to do",
                    all_of({fails_with(load, ENODEV), logs(load, "refused [native]")}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario no_kprobes_cases() {
    Scenario scenario = locked_down({"5.10.13 without kprobes", "5.10.13-no-kprobes", ""});

    add_refusals(scenario, EOPNOTSUPP, "no-engine", "no kprobes");
    const auto load = add_load(scenario, "companion", {});
    scenario.expect("the companion says what kernel it takes",
                    all_of({exits_with(load, 1), says(load, "CONFIG_KPROBES=y")}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario no_verify_sig_cases(const Arch& arch) {
    const Variant variant{"5.10.13 whose loader cannot verify", "5.10.13-no-verify-sig", ""};
    Scenario scenario = locked_down(variant);
    Arch other = arch;

    other.verify_sig = "arch_kexec_kernel_verify_sig";
    add_late_keys(scenario, other);
    add_explanations(scenario, native_phase, variant);
    for (const std::string& engine : arch.engines) {
        add_owner_after(scenario, other, engine);
    }
    const auto load = scenario.step("attributes/load", Insmod{guest_module, ""});
    const auto attributes = add_attributes(scenario, "attributes");
    add_explanations(scenario, backport_phase, variant);
    const auto unload = scenario.step("attributes/unload", Rmmod{module_name});
    const auto observe = scenario.step("observe/load", Insmod{guest_module, "mode=observe"});
    const auto observed = add_attributes(scenario, "observe/attributes");
    add_cells(scenario.plan, after);
    add_explanations(scenario, after, variant);
    const auto end = scenario.step("observe/unload", Rmmod{module_name});
    scenario.expect(
        "it is found, redirected in the loader's stead, and given back",
        all_of({succeeds(load), has_value(attributes, "target", other.verify_sig),
                has_value(attributes, "native_policy", "none"),
                has_value(attributes, "active_policy", "secondary platform"), succeeds(unload)}));
    scenario.expect("observe: no keyring is consulted, no verdict changes",
                    all_of({succeeds(observe), has_value(observed, "active_policy", "none"),
                            as_before(), succeeds(end)}));
    scenario.expect("explain foretells every verdict, with the module, without, and observed",
                    all_of({foretold(native_phase), foretold(backport_phase), foretold(after)}));
    scenario.expect("natively, every image is refused", [](const Outcome& outcome) {
        const Column column = column_of(outcome, native_phase);

        return column.size() == signers.size() && accepted(column) == 0
                   ? Complaints()
                   : Complaints{"some were accepted, or not asked for"};
    });
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario no_pe_cases() {
    Scenario scenario = locked_down({"5.10.13 without a verifier", "5.10.13-no-pe", ""});

    add_refusals(scenario, ENODEV, "no-verifier", "verify_pefile_signature()");
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

}  // namespace kxk::lab
