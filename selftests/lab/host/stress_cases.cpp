// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/stress_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* before = "before";
constexpr const char* debugfs = "/sys/kernel/debug";
/** Called in the middle of each verification, with and without the module. */
constexpr const char* beneath = "pkcs7_parse_message";

/** Every function by which loading can fail, other than for want of memory. */
constexpr const char* needed_functions[] = {
    "register_kprobe",    "ftrace_set_filter_ip",   "register_ftrace_function",
    "sysfs_create_group", "kobject_create_and_add", "misc_register",
};
/** Of these, the one that gives no errno. */
constexpr const char* gives_pointer = "kobject_create_and_add";

std::string loaded_phase(const std::string& engine) {
    return engine + "/loaded";
}

std::string parameters_of(const std::string& engine) {
    return "device=1 engine=" + engine;
}

long number(const Outcome& outcome, const std::string& step, const std::string& name) {
    const std::string text = value_of(outcome, step, name);

    return text.empty() ? 0 : std::stol(text);
}

long sum(const Outcome& outcome, const std::vector<std::string>& steps, const char* name) {
    long total = 0;

    for (const std::string& step : steps) {
        total += number(outcome, step, name);
    }
    return total;
}

/** All of a step's output that explains why it failed. */
Expectation well(const std::string& id) {
    return [id](const Outcome& outcome) {
        Complaints complaints = succeeds(id)(outcome);
        const StepResult* result = outcome.find(id);

        if (result != nullptr && !result->output.empty()) {
            complaints.push_back(id + ": " + result->output);
        }
        return complaints;
    };
}

/** The verdicts that the guest held the others against are those of a column. */
Expectation held_against(const std::string& step, const char* value, const std::string& phase) {
    return [=](const Outcome& outcome) -> Complaints {
        const Column column = column_of(outcome, phase);
        std::string expected;

        for (const std::string_view signer : signer_names()) {
            const auto cell = column.find(std::string(signer));
            expected += fmt::format("{}{}", expected.empty() ? "" : " ",
                                    cell == column.end() ? -1 : cell->second);
        }
        return has_value(step, value, expected)(outcome);
    };
}

/** All that a storm is for has happened, and how often. */
Expectation happened(const std::vector<std::string>& steps, const Hardship& hardship) {
    return [=](const Outcome& outcome) {
        Complaints complaints;
        const long cycles = sum(outcome, steps, "cycles");

        if (hardship.seconds == 0 && cycles != hardship.cycles) {
            complaints.push_back(fmt::format("{} cycles of {}", cycles, hardship.cycles));
        } else if (cycles == 0) {
            complaints.emplace_back("no cycle");
        }
        for (const char* what :
             {"refused_unloads", "as_native", "as_loaded", "as_either", "asked"}) {
            if (sum(outcome, steps, what) == 0) {
                complaints.push_back(fmt::format("{}: none", what));
            }
        }
        return complaints;
    };
}

/** A few cycles, or seconds, for each step, so that it can be seen how far it is. */
std::vector<std::string> add_storm(Scenario& scenario, const std::string& engine,
                                   const Hardship& hardship) {
    constexpr int portion = 10;
    Stress stress;
    std::vector<std::string> steps;

    stress.module = guest_module;
    stress.name = module_name;
    stress.parameters = parameters_of(engine);
    stress.callers = 3;
    stress.askers = 1;
    for (const std::string_view signer : signer_names()) {
        stress.images.push_back(guest_image(signer));
    }
    const bool by_time = hardship.seconds != 0;
    const int all = by_time ? hardship.seconds : hardship.cycles;
    for (int done = 0; done < all; done += portion) {
        const int part = std::min(portion, all - done);

        stress.seconds = by_time ? part : 0;
        stress.cycles = by_time ? std::numeric_limits<int>::max() : part;
        steps.push_back(scenario.step(fmt::format("{}/storm/{}", engine, done), stress));
    }
    return steps;
}

void add_stress(Scenario& scenario, const std::string& engine, const Hardship& hardship) {
    const auto load = add_load(scenario, engine + "/load", {"--engine", engine}, true);
    add_cells(scenario.plan, loaded_phase(engine));
    const auto unload = add_unload(scenario, engine + "/unload", true);
    scenario.step(engine + "/slow", Insmod{guest_fixture, fmt::format("slow={}", beneath)}, true);
    const auto storm = add_storm(scenario, engine, hardship);
    scenario.step(engine + "/fast", Rmmod{fixture_name}, true);
    const auto after = engine + "/after";
    add_cells(scenario.plan, after);

    std::vector<Expectation> right{succeeds(load), succeeds(unload)};
    for (const std::string& step : storm) {
        right.push_back(well(step));
        right.push_back(held_against(step, "native", before));
        right.push_back(held_against(step, "loaded", loaded_phase(engine)));
    }
    scenario.expect(fmt::format("engine {}: {} under fire, and no verdict is wrong", engine,
                                hardship.seconds != 0
                                    ? fmt::format("loads and unloads for {} s", hardship.seconds)
                                    : fmt::format("{} loads and unloads", hardship.cycles)),
                    all_of(std::move(right)));
    scenario.expect(fmt::format("engine {}: there was fire", engine), happened(storm, hardship));
    scenario.expect(fmt::format("engine {}: afterwards, the native verdicts are back", engine),
                    [after](const Outcome& outcome) {
                        return compare_columns(after, column_of(outcome, after), before,
                                               column_of(outcome, before));
                    });
}

/** A kernel that is locked down only once the files of debugfs have been written to. */
Scenario locked_down_after(const Variant& variant, const Hardship& hardship) {
    Scenario scenario = hardship.debugging ? not_locked_down(variant) : locked_down(variant);

    if (!hardship.debugging) {
        return scenario;
    }
    scenario.command_line += " panic_on_warn=1";
    scenario.memory_mib = 2048;
    const auto set = [&scenario](const std::string& file, const std::string& text) {
        scenario.step("set/" + file, WriteFile{fmt::format("{}/{}", debugfs, file), text}, true);
    };
    // All allocations count, also those that may wait; and each without a word.
    for (const char* kind : {"failslab", "fail_page_alloc"}) {
        set(fmt::format("{}/ignore-gfp-wait", kind), "N");
        set(fmt::format("{}/verbose", kind), "0");
    }
    set("fail_page_alloc/ignore-gfp-highmem", "N");
    set("fail_page_alloc/min-order", hardship.pages ? "0" : "1");
    set("kmemleak", "scan=10");
    set("kmemleak", "scan=on");
    scenario.step("lockdown", WriteFile{"/sys/kernel/security/lockdown", "integrity"}, true);
    return scenario;
}

/** Long enough for the kernel to have looked for leaks twice: the log has what it found. */
void add_leak_search(Scenario& scenario) {
    scenario.step("leaks", RunProgram{{"sleep", "45"}, 120});
}

Scenario begin(const Arch& arch, const Variant& variant, const Hardship& hardship) {
    Scenario scenario = locked_down_after(variant, hardship);

    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    if (!arch.firmware) {
        // The key stays where the fixture put it.
        scenario.step("fixture-out", Rmmod{fixture_name}, true);
    }
    add_cells(scenario.plan, before);
    return scenario;
}

/** What the kernel says of an allocation that failed by our will is no fault of its. */
Complaints ended_well_for_faults(const Outcome& outcome) {
    Outcome rest = outcome;
    auto& trouble = rest.trouble;

    trouble.erase(std::remove_if(trouble.begin(), trouble.end(),
                                 [](const std::string& line) {
                                     return line == "Call Trace:" || line == "Call trace:";
                                 }),
                  trouble.end());
    return ended_well(rest);
}

/** @param effective  some of the faults must have made the operation fail */
void expect_faults(Scenario& scenario, const std::string& name, const std::string& id,
                   bool effective) {
    scenario.expect(name, [=](const Outcome& outcome) {
        Complaints complaints = well(id)(outcome);

        if (effective && number(outcome, id, "failed") == 0) {
            complaints.push_back(id + ": nothing failed");
        }
        return complaints;
    });
}

/** An image that only the module has accepted, by way of one keyring or of two. */
std::string gained_image(const Arch& arch, const std::string& engine) {
    return guest_image(arch.firmware && engine == "ftrace" ? "platform" : "secondary");
}

InjectFaults faults_in(const Arch& arch, const std::string& operation, const std::string& engine) {
    InjectFaults faults;

    faults.operation = operation;
    faults.module = guest_module;
    faults.name = module_name;
    faults.parameters = parameters_of(engine);
    faults.image = gained_image(arch, engine);
    faults.stranger = guest_image("unknown");
    return faults;
}

/**
 * Somebody has a kprobe on the function that is redirected. Kprobes of arm64 are not built on
 * ftrace; those of s390x are, and send calls back that another callback had sent elsewhere; those
 * of x86_64 let them go.
 */
void add_others_kprobe(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const bool exposed = arch.name == "s390x" && engine == "ftrace";
    const std::string kprobe = fmt::format("slow={} slow_us=0", arch.verify_sig);
    const auto id = [&engine](const char* step) {
        return fmt::format("{}/other/{}", engine, step);
    };
    const auto load = [&](const char* name) {
        return add_load(scenario, id(name), {"--engine", engine});
    };

    scenario.step(id("first"), Insmod{guest_fixture, kprobe}, true);
    const auto second = load("second");
    const auto gained = scenario.step(id("second/gained"), LoadImage{gained_image(arch, engine)});
    const auto unload = add_unload(scenario, id("second/unload"));
    scenario.step(id("first/out"), Rmmod{fixture_name}, true);
    scenario.expect(
        fmt::format("engine {}: somebody's kprobe is there before: {}", engine,
                    exposed ? "the module refuses to load, and says why" : "both do their work"),
        exposed ? all_of({exits_with(second, 1), logs(second, "refused [busy]"),
                          says(second, "kprobe"), fails_with(gained, EPERM)})
                : all_of({succeeds(second), succeeds(gained), succeeds(unload)}));

    const auto ours = load("ours");
    scenario.step(id("theirs"), Insmod{guest_fixture, kprobe}, true);
    const auto still = scenario.step(id("ours/gained"), LoadImage{gained_image(arch, engine)});
    const auto stranger = scenario.step(id("ours/stranger"), LoadImage{guest_image("unknown")});
    scenario.step(id("theirs/out"), Rmmod{fixture_name}, true);
    const auto last = add_unload(scenario, id("ours/unload"));
    // Which of the two has the last word there depends on what else has kprobes.
    scenario.expect(fmt::format("engine {}: somebody's kprobe comes later: {}", engine,
                                exposed ? "the module has warned of it" : "both do their work"),
                    all_of({succeeds(ours), fails_with(stranger, EPERM), succeeds(last),
                            exposed ? logs(ours, "would undo the redirect") : succeeds(still)}));
}

/**
 * Kprobes that are built on ftrace call the same functions, also to disarm, and the kernel itself
 * does not outlive that: there, ours are not to be told from its own.
 */
bool is_ours(const std::string& engine, const std::string& function) {
    return engine == "ftrace" || function.find("ftrace") == std::string::npos;
}

void add_failing_functions(Scenario& scenario, const Arch& arch, const std::string& engine) {
    for (const std::string function : needed_functions) {
        if (!is_ours(engine, function)) {
            continue;
        }
        const std::string step = fmt::format("{}/{}", engine, function);
        const std::string with = function == gives_pointer ? " fail_with=0" : "";
        InjectFaults faults = faults_in(arch, "load", engine);

        faults.function = function;
        scenario.step(step + "/fixture",
                      Insmod{guest_fixture, fmt::format("fail={}{}", function, with)}, true);
        expect_faults(scenario,
                      fmt::format("engine {}: each call of {}() that fails leaves no half a load",
                                  engine, function),
                      scenario.step(step, faults), true);
        scenario.step(step + "/fixture-out", Rmmod{fixture_name}, true);
    }
}

void add_failing_allocations(Scenario& scenario, const Arch& arch, const std::string& engine,
                             int stride) {
    for (const char* operation : {"load", "ask", "verify", "unload"}) {
        InjectFaults faults = faults_in(arch, operation, engine);

        // Few points, and none of them need make it fail.
        const bool unload = std::string(operation) == "unload";
        faults.stride = unload ? 1 : stride;
        expect_faults(scenario,
                      fmt::format("engine {}: {}: each allocation that fails leaves it whole",
                                  engine, operation),
                      scenario.step(fmt::format("{}/allocations/{}", engine, operation), faults),
                      !unload);
    }
}

}  // namespace

Scenario stress_cases(const Arch& arch, const Variant& variant, const Hardship& hardship) {
    Scenario scenario = begin(arch, variant, hardship);

    scenario.name += ", under fire";
    for (const std::string& engine : arch.engines) {
        add_stress(scenario, engine, hardship);
    }
    if (hardship.debugging) {
        add_leak_search(scenario);
    }
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario fault_cases(const Arch& arch, const Variant& variant, const Hardship& hardship) {
    Scenario scenario = begin(arch, variant, hardship);

    scenario.name += ", where all fails";
    for (const std::string& engine : arch.engines) {
        add_others_kprobe(scenario, arch, engine);
        add_failing_functions(scenario, arch, engine);
        if (hardship.debugging) {
            add_failing_allocations(scenario, arch, engine, hardship.stride);
        }
    }
    if (hardship.debugging) {
        add_leak_search(scenario);
    }
    scenario.expect("the guest comes to its end without a fault", ended_well_for_faults);
    return scenario;
}

}  // namespace kxk::lab
