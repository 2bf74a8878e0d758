// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/smoke_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "host/device_cases.h"
#include "host/foretold.h"
#include "host/images.h"
#include "host/judgements.h"
#include "host/keyring_cases.h"
#include "host/steps.h"
#include "host/watch_cases.h"

namespace kxk::lab {

namespace {

constexpr const char* policy_of_6_0 = "secondary platform";
constexpr const char* before = "before";
constexpr const char* tracing = "/sys/kernel/tracing";
constexpr const char* ftrace_switch = "/proc/sys/kernel/ftrace_enabled";
constexpr unsigned nobody = 65534;
constexpr const char* event = "/sys/kernel/tracing/events/kexec_keyrings/verify/enable";

/** A column must be as another one of the same guest. */
Expectation same_columns(const std::string& phase, const std::string& expected) {
    return [phase, expected](const Outcome& outcome) {
        return compare_columns(phase, column_of(outcome, phase), expected,
                               column_of(outcome, expected));
    };
}

Expectation strangers_refused(const std::string& phase) {
    return [phase](const Outcome& outcome) {
        return refuses_strangers(phase, column_of(outcome, phase));
    };
}

/** The column that the kernel itself gives is the one that the probed policy means. */
Expectation probe_is_right(const std::string& attributes) {
    return [attributes](const Outcome& outcome) {
        return compare_with_policy(column_of(outcome, before),
                                   value_of(outcome, attributes, "native_policy"));
    };
}

long counter(const Outcome& outcome, const std::string& step, const std::string& name) {
    const std::string text = value_of(outcome, step, "stats/" + name);

    return text.empty() ? -1 : std::stol(text);
}

/** The counters between two readings tell of the cells of a phase, no more and no less. */
Expectation counters_agree(const std::string& start, const std::string& end,
                           const std::string& phase) {
    return [start, end, phase](const Outcome& outcome) -> Complaints {
        const auto grown = [&](const char* name) {
            return counter(outcome, end, name) - counter(outcome, start, name);
        };
        const Column column = column_of(outcome, phase);
        const long verifications = grown("verifications");
        const long kept = grown("secondary_accepted") + grown("platform_accepted");
        long sum = 0;
        Complaints complaints;

        if (counter(outcome, end, "verifications") < 0) {
            return {"there are no counters"};
        }
        for (const char* name :
             {"accepted", "enokey", "ekeyrejected", "enodata", "enopkg", "other"}) {
            sum += grown(name);
        }
        if (verifications != static_cast<long>(column.size()) || verifications != sum) {
            complaints.push_back(fmt::format("{} images; verifications: {}; outcomes: {}",
                                             column.size(), verifications, sum));
        }
        if (grown("accepted") != accepted(column) || kept != accepted(column)) {
            complaints.push_back(
                fmt::format("accepted images: {}; accepted: {}; by secondary or platform: {}",
                            accepted(column), grown("accepted"), kept));
        }
        // Unsigned is -ENODATA in a PE image, and -EKEYREJECTED without an appended signature.
        if (grown("enokey") != 1 || grown("enodata") + grown("ekeyrejected") != 2) {
            complaints.push_back(
                fmt::format("unknown, unsigned, tampered; enokey: {}, enodata: {}, "
                            "ekeyrejected: {}",
                            grown("enokey"), grown("enodata"), grown("ekeyrejected")));
        }
        return complaints;
    };
}

/**
 * The tracepoint saw the cells of a column, and of each the keyrings in the order of Linux 6.0:
 * platform only for an image whose signer is not on secondary. A verdict alone would not show
 * that platform is asked after another error, which could overrule a revocation.
 */
Expectation asked_in_order(const std::string& trace, Signature form) {
    return [trace, form](const Outcome& outcome) -> Complaints {
        const StepResult* result = outcome.find(trace);
        std::istringstream lines(result == nullptr ? std::string() : result->output);
        std::size_t cell = 0;
        Complaints complaints;

        for (std::string line; std::getline(lines, line);) {
            const auto found = line.find(" keyrings=");

            if (found == std::string::npos || cell == signers.size()) {
                continue;
            }
            const std::string_view signer = signers[cell++];
            const bool stranger = signer == "platform" || signer == "unknown";
            // That an image has no signature appended is seen before any keyring is asked.
            const bool asks_none = signer == "unsigned" && form == Signature::appended;
            const std::string known = stranger ? "secondary,platform" : "secondary";
            const std::string asked = asks_none ? "" : known;

            if (line.find(fmt::format(" keyrings={} ", asked)) == std::string::npos) {
                complaints.push_back(fmt::format("{} image:{}", signer, line.substr(found)));
            }
        }
        if (cell != signers.size()) {
            complaints.push_back(fmt::format("{} events for {} images", cell, signers.size()));
        }
        return complaints;
    };
}

/** The errno of an image that was loaded meanwhile, and that of the attempt to unload. */
Expectation refused_in_flight(const std::string& id) {
    return all_of({fails_with(id, EWOULDBLOCK), has_value(id, "load", "0")});
}

std::string loaded_phase(const std::string& engine) {
    return engine + "/loaded";
}

/** Nobody takes the redirect away behind our back: not by sysctl, not by owning the function. */
void add_disarming(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const std::string name = "engine " + engine;
    const auto id = [&engine](const char* step) { return engine + '/' + step; };

    const auto off = scenario.step(id("ftrace-off"), WriteFile{ftrace_switch, "0"});
    const auto accepted_still = scenario.step(id("disarmed"), LoadImage{guest_image("secondary")});
    const auto refused_still =
        scenario.step(id("disarmed-unknown"), LoadImage{guest_image("unknown")});
    scenario.step(id("ftrace-on"), WriteFile{ftrace_switch, "1"});
    std::vector<Expectation> expectations{succeeds(accepted_still),
                                          fails_with(refused_still, EPERM)};
    if (engine == "ftrace") {
        expectations.push_back(fails_with(off, EBUSY));
    }
    scenario.expect(name + ": kernel.ftrace_enabled=0 does not disarm it",
                    all_of(std::move(expectations)));

    if (engine == "ftrace") {
        const auto own = scenario.step(id("own"), Insmod{guest_fixture, "own=" + arch.verify_sig});
        scenario.expect(name + ": nobody else gets to own the function", fails_with(own, EBUSY));
    }
}

/** A function that somebody else owns is left alone, and the companion says whose turn it is. */
void add_owned(Scenario& scenario, const Arch& arch) {
    const auto own =
        scenario.step("owned/own", Insmod{guest_fixture, "own=" + arch.verify_sig}, true);
    const auto load = add_load(scenario, "owned/load", {});
    const auto disown = scenario.step("owned/disown", Rmmod{fixture_name}, true);
    scenario.expect(
        "a function that has an owner: the module refuses to load, "
        "and the companion says why",
        all_of({succeeds(own), exits_with(load, 1), logs(load, "refused [busy]"),
                says(load, "owned by"), succeeds(disown)}));

    scenario.step("no-ftrace/off", WriteFile{ftrace_switch, "0"}, true);
    const auto load_without = add_load(scenario, "no-ftrace/load", {"--engine", "ftrace"});
    scenario.step("no-ftrace/on", WriteFile{ftrace_switch, "1"}, true);
    scenario.expect(
        "kernel.ftrace_enabled=0: the module refuses to load, "
        "and the companion says why",
        all_of({exits_with(load_without, 1), logs(load_without, "refused [busy]"),
                says(load_without, "sysctl kernel.ftrace_enabled=1")}));
}

/** What the kernel refuses before the module has its say. */
void add_refusals_of_the_kernel(Scenario& scenario) {
    const auto insmod = scenario.step("unsigned/insmod", Insmod{guest_module_unsigned, ""});
    const auto load = scenario.step(
        "unsigned/load", RunProgram{{"kexec-keyrings", "load", "--module", guest_module_unsigned}});
    scenario.expect(
        "lockdown: an unsigned module is refused, and the companion says why",
        all_of({fails_with(insmod, EPERM), exits_with(load, 1), says(load, "lockdown")}));

    const auto user = scenario.step(
        "user/load",
        RunProgram{{"kexec-keyrings", "load", "--module", guest_module_unsigned}, 60, nobody});
    scenario.expect("without root: the companion says so",
                    all_of({exits_with(user, 1), says(user, "needs root")}));

    const auto missing = scenario.step("missing/load", RunProgram{{"kexec-keyrings", "load"}});
    scenario.expect("no module and no headers: the companion says which to install",
                    all_of({exits_with(missing, 1), says(missing, "install linux-headers-")}));
}

/** The device of a module that redirects. */
void add_device(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const std::string phase = engine + "/device";

    const auto load = add_load(scenario, phase + "/load", {"--engine", engine, "--device"});
    const auto start = add_attributes(scenario, phase + "/attributes");
    add_device_judgements(scenario, arch, phase, start, loaded_phase(engine));
    const auto end = add_attributes(scenario, phase + "/attributes-after");
    add_open_device(scenario, phase);
    const auto unload = add_unload(scenario, phase + "/unload");
    scenario.expect(phase + ": it comes and goes with the module",
                    all_of({succeeds(load), succeeds(unload)}));
    scenario.expect(phase + ": its questions are not counted",
                    all_of({has_value(start, "stats/verifications", "0"),
                            has_value(end, "stats/verifications", "0")}));
}

void add_engine(Scenario& scenario, const Arch& arch, const Variant& variant,
                const std::string& engine) {
    const std::string name = "engine " + engine;
    const auto id = [&engine](const char* step) { return engine + '/' + step; };

    const auto load = add_load(scenario, id("load"), {"--engine", engine});
    const auto start = add_attributes(scenario, id("attributes"));
    scenario.expect(name + ": the companion loads the module",
                    all_of({succeeds(load), logs(load, "redirected by " + engine)}));
    scenario.expect(
        name + ": the attributes say so",
        all_of({has_value(start, "engine", engine), has_value(start, "mode", "backport"),
                has_value(start, "arch", arch.name),
                has_value(start, "active_policy", policy_of_6_0)}));
    scenario.expect(name + ": the probed native policy is that of the verdicts",
                    probe_is_right(start));

    const auto phase = loaded_phase(engine);
    scenario.step(id("trace-clear"), WriteFile{fmt::format("{}/trace", tracing), ""});
    scenario.step(id("trace-on"), WriteFile{event, "1"});
    add_cells(scenario.plan, phase);
    const auto trace = scenario.step(id("trace"), ReadFile{fmt::format("{}/trace", tracing)});
    scenario.step(id("trace-off"), WriteFile{event, "0"});
    const auto end = add_attributes(scenario, id("attributes-after"));
    add_explanations(scenario, phase, variant);
    scenario.expect(name + ": refused images are accepted", [phase](const Outcome& outcome) {
        return gains(column_of(outcome, before), column_of(outcome, phase));
    });
    scenario.expect(name + ": unknown, unsigned and tampered images are refused",
                    strangers_refused(phase));
    scenario.expect(name + ": the counters agree with the verdicts",
                    counters_agree(start, end, phase));

    scenario.expect(name + ": explain foretells every verdict, and what the verifier returns",
                    all_of({foretold(phase), foretold_by_trace(phase, trace)}));
    scenario.expect(name + ": platform is asked only after secondary has no key",
                    asked_in_order(trace, arch.signature));

    add_disarming(scenario, arch, engine);
    add_watching(scenario, name, engine);

    const auto deviceless = scenario.step(
        id("deviceless"), RunProgram{{"kexec-keyrings", "verify", guest_image("builtin")}});
    scenario.expect(name + ": without --device there is none, and the companion says so",
                    all_of({exits_with(deviceless, 3), says(deviceless, "load --device")}));

    const auto twice = scenario.step(id("load-twice"), Insmod{guest_module, "engine=" + engine});
    scenario.expect(name + ": a second load is refused", fails_with(twice, EEXIST));

    const auto busy =
        scenario.step(id("unload-in-flight"), InFlightUnload{guest_image(big_image), module_name});
    const auto unload = add_unload(scenario, id("unload"));
    scenario.expect(name + ": unloading during a verification is refused", refused_in_flight(busy));
    scenario.expect(name + ": unloading afterwards works", succeeds(unload));

    add_cells(scenario.plan, id("unloaded"));
    add_explanations(scenario, id("unloaded"), variant);
    scenario.expect(name + ": unloaded, the native verdicts are back",
                    same_columns(id("unloaded"), before));
    scenario.expect(name + ": unloaded, explain foretells them", foretold(id("unloaded")));
    add_device(scenario, arch, engine);
}

void add_observation(Scenario& scenario, const Arch& arch, const Variant& variant) {
    const auto load = add_load(scenario, "observe/load", {"--mode", "observe"});
    const auto attributes = add_attributes(scenario, "observe/attributes");
    add_cells(scenario.plan, "observe");
    add_explanations(scenario, "observe", variant);
    add_device_judgements(scenario, arch, "observe", attributes, "observe");
    add_open_device(scenario, "observe");
    add_nothing_to_watch(scenario, "observe", "observe");
    const auto unload = add_unload(scenario, "observe/unload");

    scenario.expect("observe: it loads and unloads", all_of({succeeds(load), succeeds(unload)}));
    scenario.expect("observe: the active policy is the native one",
                    [attributes](const Outcome& outcome) {
                        const auto native = value_of(outcome, attributes, "native_policy");

                        return all_of({has_value(attributes, "mode", "observe"),
                                       has_value(attributes, "active_policy", native),
                                       probe_is_right(attributes)})(outcome);
                    });
    scenario.expect("observe: no verdict changes", same_columns("observe", before));
    scenario.expect("observe: explain foretells every verdict", foretold("observe"));
}

void add_bad_parameters(Scenario& scenario) {
    for (const char* parameter : {"engine=steam", "mode=lenient"}) {
        const auto id =
            scenario.step(fmt::format("bad/{}", parameter), Insmod{guest_module, parameter});

        scenario.expect(fmt::format("{} is refused", parameter),
                        all_of({fails_with(id, EINVAL), logs(id, "refused [parameter]")}));
    }
}

/** What only s390x has: a machine that verifies nothing until it counts as secure-IPLed. */
void add_unverified(Scenario& scenario) {
    constexpr const char* unverified = "unverified";
    const auto insmod = scenario.step("unverified/insmod", Insmod{guest_module, ""});
    const auto load = add_load(scenario, "unverified/load", {});

    scenario.expect("without secure IPL: the module refuses to load",
                    all_of({fails_with(insmod, ENODEV), logs(insmod, "refused [unverified]")}));
    scenario.expect("without secure IPL: the companion says why",
                    all_of({exits_with(load, 1), says(load, "secure")}));

    // QEMU's firmware does not say whether it was a secure IPL.
    add_explanations(scenario, unverified, {});
    scenario.expect("without secure IPL: explain says that it cannot tell",
                    not_foretold(unverified));
}

/** What the companion signed counts like what the tools of others did, where 6.0's policy holds. */
void add_companions_image(Scenario& scenario) {
    const auto whole =
        scenario.step("signed/by-companion", LoadImage{guest_image(companions_image)});
    const auto damaged =
        scenario.step("signed/tampered", LoadImage{guest_image(companions_tampered_image)});

    scenario.expect("an image signed by kexec-keyrings sign is accepted", succeeds(whole));
    scenario.expect("an image signed by kexec-keyrings sign is refused when tampered with",
                    fails_with(damaged, EPERM));
}

/** The same for modules, which every kernel of the lab wants signed. */
void add_companions_module(Scenario& scenario) {
    const auto damaged = scenario.step("module/tampered", Insmod{guest_module_tampered, ""});
    const auto whole = scenario.step("module/by-companion", Insmod{guest_module_by_companion, ""});
    const auto unload = scenario.step("module/unload", Rmmod{module_name});

    scenario.expect("a module signed by kexec-keyrings sign-module is accepted",
                    all_of({succeeds(whole), succeeds(unload)}));
    scenario.expect("a module signed by kexec-keyrings sign-module is refused when tampered with",
                    fails_with(damaged, EKEYREJECTED));
}

/** The distribution's own image, and the same with a bit changed. */
constexpr std::string_view own_image = "own";
constexpr std::string_view own_tampered_image = "own-tampered";

const ImageNames& stock_names() {
    static const ImageNames names = [] {
        ImageNames all = signer_names();

        all.insert(all.end(), {own_image, own_tampered_image});
        return all;
    }();
    return names;
}

void add_own_images(Scenario& scenario) {
    const auto own = guest_image(own_image);
    const auto twin = guest_image(own_tampered_image);

    scenario.step(
        "own-images",
        RunProgram{{"sh", "-c",
                    fmt::format("busybox cp /lab/stock-image {0} && busybox cp {0} {1} && "
                                "echo changed | dd of={1} bs=1M seek=2 conv=notrunc",
                                own, twin)}},
        true);
}

/** Without lockdown, an unsigned module may come: its device says what will be refused under it. */
void add_stock_judgements(Scenario& scenario, const std::string& phase) {
    const auto load =
        scenario.step(phase + "/load", RunProgram{{"kexec-keyrings", "load", "--mode", "observe",
                                                   "--module", guest_module_unsigned}});
    const auto attributes = add_attributes(scenario, phase + "/attributes");

    add_judgements(scenario.plan, phase, stock_names());
    const auto unload = add_unload(scenario, phase + "/unload");
    scenario.expect("observe: it loads, probes the policy of 6.0, and unloads",
                    all_of({succeeds(load), has_value(attributes, "native_policy", policy_of_6_0),
                            succeeds(unload)}));
}

}  // namespace

Scenario subject_cases(const Arch& arch, const Variant& variant, const std::string& marker) {
    Scenario scenario = locked_down(variant);

    if (arch.name == "s390x") {
        add_unverified(scenario);
    }
    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    add_keyrings(scenario);
    add_cells(scenario.plan, before);
    add_explanations(scenario, before, variant);
    scenario.expect("native: explain foretells every verdict", foretold(before));
    scenario.expect("native: unknown, unsigned and tampered images are refused",
                    strangers_refused(before));
    add_bad_parameters(scenario);
    add_refusals_of_the_kernel(scenario);
    if (!arch.firmware) {
        // The key stays where the fixture put it.
        scenario.step("fixture-out", Rmmod{fixture_name}, true);
    }
    add_owned(scenario, arch);
    for (const std::string& engine : arch.engines) {
        add_engine(scenario, arch, variant, engine);
    }
    add_observation(scenario, arch, variant);

    const auto status = scenario.step("status", RunProgram{{"kexec-keyrings", "status", "--json"}});
    scenario.expect("the companion tells the status", says(status, "\"lockdown\""));

    add_companions_module(scenario);

    const auto load = add_load(scenario, "last-load", {});
    add_companions_image(scenario);
    add_kexec(scenario, arch, marker);
    scenario.expect("kexec: the image signed by secondary is loaded by kexec -s",
                    all_of({succeeds(load), succeeds("kexec-load")}));
    scenario.expect("kexec: the second kernel comes up", [marker](const Outcome& outcome) {
        return second_kernel_is_up(outcome, marker);
    });
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario native_cases(const Arch& arch, const Variant& variant) {
    Scenario scenario = locked_down(variant);

    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    add_cells(scenario.plan, reference_phase);
    add_explanations(scenario, reference_phase, variant);
    scenario.expect("explain foretells every verdict", foretold(reference_phase));
    scenario.expect("unknown, unsigned and tampered images are refused",
                    strangers_refused(reference_phase));
    scenario.expect("the other images are accepted", [](const Outcome& outcome) {
        return compare_with_policy(column_of(outcome, reference_phase), policy_of_6_0);
    });

    add_companions_image(scenario);

    const auto insmod = scenario.step("native/insmod", Insmod{guest_module, ""});
    const auto load = add_load(scenario, "native/load", {});
    scenario.expect("the module refuses to load",
                    all_of({fails_with(insmod, ENODEV), logs(insmod, "refused [native]")}));
    scenario.expect("the companion says why", all_of({exits_with(load, 1), says(load, "6.0")}));

    const auto force = add_load(scenario, "native/force", {"--force"});
    add_cells(scenario.plan, "forced");
    const auto unload = add_unload(scenario, "native/unload");
    add_cells(scenario.plan, "unforced");
    scenario.expect("force: the module loads and unloads",
                    all_of({succeeds(force), succeeds(unload)}));
    scenario.expect("force: no verdict changes",
                    all_of({same_columns("forced", reference_phase),
                            same_columns("unforced", reference_phase)}));

    const auto observe = add_load(scenario, "observe/load", {"--mode", "observe"});
    const auto attributes = add_attributes(scenario, "observe/attributes");
    scenario.expect("observe: it loads", succeeds(observe));
    add_device_judgements(scenario, arch, "observe", attributes, reference_phase);
    add_device_misuse(scenario, arch);
    add_device_crowd(scenario);
    add_attribute_abuse(scenario, attributes);
    add_open_device(scenario, "observe");
    add_device_permissions(scenario);
    const auto last = add_unload(scenario, "observe/unload");
    const auto gone = scenario.step(
        "observe/gone", RunProgram{{"kexec-keyrings", "verify", guest_image("builtin")}});
    scenario.expect("observe: it unloads, and the device is gone",
                    all_of({succeeds(last), exits_with(gone, 3), says(gone, "not loaded")}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario lenient_cases(const Arch& arch, const Variant& variant) {
    constexpr const char* kprobes_switch = "/sys/kernel/debug/kprobes/enabled";
    constexpr const char* not_known = "\"consulted\": null";
    Scenario scenario = not_locked_down(variant);
    const auto verify = [&scenario](const std::string& id, std::string_view signer) {
        return scenario.step(
            id, RunProgram{{"kexec-keyrings", "verify", "--json", guest_image(signer)}});
    };

    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    const auto observe = add_load(scenario, "load", {"--mode", "observe"});
    const auto loaded = scenario.step("unknown", LoadImage{guest_image("unknown")});
    const auto refused = verify("armed/unknown", "unknown");
    scenario.expect("an image that verify refuses is loaded all the same",
                    all_of({succeeds(observe), succeeds(loaded), exits_with(refused, 1),
                            says(refused, "ENOKEY"), says(refused, "\"platform\"")}));

    scenario.step("disarm", WriteFile{kprobes_switch, "0"}, true);
    const auto unknown = verify("disarmed/unknown", "unknown");
    const auto builtin = verify("disarmed/builtin", "builtin");
    scenario.step("arm", WriteFile{kprobes_switch, "1"}, true);
    scenario.expect(
        "without kprobes: the verdict is right, the keyrings are not known",
        all_of({exits_with(unknown, 1), says(unknown, "ENOKEY"), says(unknown, not_known),
                exits_with(builtin, 0), says(builtin, not_known)}));

    const auto again = verify("armed/builtin", "builtin");
    scenario.expect("with kprobes again: they are",
                    all_of({exits_with(again, 0), says(again, "\"secondary\""),
                            says_nothing_of(again, not_known)}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario strange_cases(const Arch& arch, const Variant& variant) {
    Scenario scenario = locked_down(variant);

    add_platform_key(scenario, arch);
    const auto load = add_load(scenario, "load", {});
    const auto force = add_load(scenario, "force", {"--force"});
    scenario.expect("the module refuses to load, and the companion says why",
                    all_of({exits_with(load, 1), logs(load, "refused [unknown-policy]"),
                            says(load, "platform secondary")}));
    scenario.expect("force does not help",
                    all_of({exits_with(force, 1), logs(force, "refused [unknown-policy]")}));

    const auto observe = add_load(scenario, "observe", {"--mode", "observe"});
    const auto attributes = add_attributes(scenario, "attributes");
    scenario.expect(
        "observe: the policy is told",
        all_of({succeeds(observe), has_value(attributes, "native_policy", "platform secondary"),
                has_value(attributes, "engine", "none")}));
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario faulty_cases(const Variant& variant) {
    Scenario scenario = locked_down(variant);

    scenario.step("warn", Insmod{guest_fixture, "fault=warn"}, true);
    scenario.step("out", Rmmod{fixture_name}, true);
    scenario.step("panic", Insmod{guest_fixture, "fault=panic"});
    scenario.step("never", ReadFile{"/proc/version"});
    scenario.expect("the lab sees a kernel that warns", [](const Outcome& outcome) {
        const auto warned = [](const std::string& line) {
            return line.find("WARNING: CPU:") != std::string::npos;
        };
        const bool seen = std::any_of(outcome.trouble.begin(), outcome.trouble.end(), warned);

        return seen ? Complaints() : Complaints{"nothing of the warning was reported"};
    });
    scenario.expect("the lab sees a kernel that panics", [](const Outcome& outcome) {
        if (outcome.find("never") == nullptr &&
            outcome.failure.find("Kernel panic") != std::string::npos) {
            return Complaints();
        }
        return Complaints{"what the lab saw: " + outcome.failure};
    });
    return scenario;
}

Scenario stock_cases(const std::string& kernel) {
    constexpr const char* locked = "locked";
    constexpr const char* observed = "observed";
    constexpr const char* forced = "locked-forced";
    Scenario scenario;

    scenario.name = kernel;
    scenario.kernel = kernel;

    const auto load = scenario.step(
        "load", RunProgram{{"kexec-keyrings", "load", "--module", guest_module_unsigned}});
    const auto insmod = scenario.step("insmod", Insmod{guest_module_unsigned, ""});
    scenario.expect("the module refuses to load",
                    all_of({fails_with(insmod, ENODEV), logs(insmod, "refused [native]")}));
    scenario.expect("the companion says why", all_of({exits_with(load, 1), says(load, "6.0")}));

    add_own_images(scenario);
    add_stock_judgements(scenario, observed);
    const auto force = scenario.step("force", Insmod{guest_module_unsigned, "force=1"});
    const auto lock =
        scenario.step("lockdown", WriteFile{"/sys/kernel/security/lockdown", "integrity"}, true);
    add_cells(scenario.plan, forced, stock_names());
    const auto unload = scenario.step("unload", Rmmod{module_name});
    add_cells(scenario.plan, locked, stock_names());
    add_explanations(scenario, locked, {kernel, kernel, "", policy_of_6_0}, stock_names());
    scenario.expect("force: the module loads and unloads",
                    all_of({succeeds(force), succeeds(lock), succeeds(unload)}));
    scenario.expect("force: no verdict changes", same_columns(forced, locked));
    scenario.expect("the distribution's own image is accepted, with and without the module",
                    all_of({succeeds(fmt::format("{}/{}", forced, own_image)),
                            succeeds(fmt::format("{}/{}", locked, own_image)),
                            fails_with(fmt::format("{}/{}", forced, own_tampered_image), EPERM),
                            fails_with(fmt::format("{}/{}", locked, own_tampered_image), EPERM)}));
    scenario.expect("verify says what the kernel does, of its own image and of others",
                    [=](const Outcome& outcome) {
                        return compare_with_loads(outcome, observed,
                                                  column_of(outcome, locked, stock_names()),
                                                  stock_names());
                    });
    scenario.expect("explain foretells every verdict, and what the verifier returns",
                    all_of({foretold(locked, stock_names()),
                            foretold_by_verify(locked, observed, stock_names())}));
    scenario.expect("unknown, unsigned and tampered images are refused",
                    all_of({strangers_refused(forced), strangers_refused(locked)}));

    add_refusals_of_the_kernel(scenario);
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

std::vector<Comparison> comparisons(const Arch& arch) {
    std::vector<Comparison> all;

    for (const std::string& engine : arch.engines) {
        const std::string phase = loaded_phase(engine);

        all.push_back({fmt::format("engine {}: every verdict is the reference's", engine),
                       [phase](const Outcome& subject, const Outcome& reference) {
                           return compare_columns(phase, column_of(subject, phase), "reference",
                                                  column_of(reference, reference_phase));
                       }});
    }
    return all;
}

}  // namespace kxk::lab
