// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/hostile_cases.h"

#include <fmt/format.h>

#include <cerrno>

#include "host/event_cases.h"
#include "host/hostile_steps.h"
#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* ftrace_switch = "/proc/sys/kernel/ftrace_enabled";

Expectation verdicts_of_policy(const std::string& phase, const std::string& policy) {
    return [phase, policy](const Outcome& outcome) {
        return compare_with_policy(column_of(outcome, phase), policy);
    };
}

/** One signer's image is refused while it is not known on a keyring, and accepted once it is. */
Expectation comes_with_its_key(const std::string& signer, const std::string& without,
                               const std::string& with) {
    return all_of({fails_with(without + '/' + signer, EPERM), succeeds(with + '/' + signer)});
}

}  // namespace

void add_late_keys(Scenario& scenario, const Arch& arch) {
    scenario.notes.emplace_back(
        "a test-only fixture module puts the key on .platform, after the module was loaded: what "
        "firmware brings is there before");
    if (!arch.firmware) {
        scenario.step("ipl", Insmod{guest_fixture, "secure_ipl=1"}, true);
        scenario.step("ipl-done", Rmmod{fixture_name}, true);
    }
    const auto load = add_load(scenario, "late/load", {}, true);
    add_cells(scenario.plan, "keyless");
    add_secondary_key(scenario);
    add_cells(scenario.plan, "with-secondary");
    scenario.step("platform-key", Insmod{guest_fixture, "path=/lab/keys/platform.der"}, true);
    scenario.step("platform-key-done", Rmmod{fixture_name}, true);
    add_cells(scenario.plan, backport_phase);
    const auto unload = add_unload(scenario, "late/unload", true);
    add_cells(scenario.plan, native_phase);

    scenario.expect(
        "keys that are added after the module was loaded count at once",
        all_of({succeeds(load), comes_with_its_key("secondary", "keyless", "with-secondary"),
                comes_with_its_key("platform", "with-secondary", backport_phase),
                verdicts_of_policy(backport_phase, "secondary platform")}));
    scenario.expect("unloaded, the kernel has its own verdicts", [unload](const Outcome& outcome) {
        const Column before = column_of(outcome, native_phase);

        return all_of({succeeds(unload), [&before](const Outcome& o) {
                           return gains(before, column_of(o, backport_phase));
                       }})(outcome);
    });
}

namespace {

/** A function has another owner: the module does not load, and changes nothing. */
void add_owner_before(Scenario& scenario, const std::string& engine, const std::string& function) {
    const std::string phase = fmt::format("{}/{}-owned", engine, function);
    const auto own = scenario.step(phase + "/own", Insmod{guest_fixture, "own=" + function});
    const auto load = load_by(scenario, phase + "/load", engine);
    add_witnesses(scenario, phase);
    const auto disown = scenario.step(phase + "/disown", Rmmod{fixture_name});

    scenario.expect(
        fmt::format("engine {}: with another owner of {}(), the module refuses to load, and "
                    "leaves the kernel as it was",
                    engine, function),
        all_of({succeeds(own), fails_with(load, EBUSY), logs(load, "refused [busy]"),
                same_verdicts(phase, native_phase), succeeds(disown)}));
}

}  // namespace

void add_owner_after(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const std::string phase = engine + "/owner";
    const Insmod own{guest_fixture, "own=" + arch.verify_sig};

    const auto load = load_by(scenario, phase + "/load", engine);
    const auto refused = scenario.step(phase + "/refused", own);
    add_witnesses(scenario, phase);
    const auto unload = scenario.step(phase + "/unload", Rmmod{module_name});
    const auto owned = scenario.step(phase + "/own", own);
    const auto disown = scenario.step(phase + "/disown", Rmmod{fixture_name});

    scenario.expect(
        fmt::format("engine {}: nobody else gets to own the function, and its verdicts "
                    "stay; once it is unloaded, anybody does",
                    engine),
        all_of({succeeds(load), fails_with(refused, EBUSY), same_verdicts(phase, backport_phase),
                succeeds(unload), succeeds(owned), succeeds(disown)}));
}

namespace {

/** kernel.ftrace_enabled=0 before, and what comes of it after. */
void add_ftrace_off(Scenario& scenario, const std::string& engine) {
    const std::string phase = engine + "/no-ftrace";

    const auto off = scenario.step(phase + "/off", WriteFile{ftrace_switch, "0"});
    const auto refused = load_by(scenario, phase + "/refused", engine);
    const auto on = scenario.step(phase + "/on", WriteFile{ftrace_switch, "1"});
    const auto load = load_by(scenario, phase + "/load", engine);
    const auto forbidden = scenario.step(phase + "/forbidden", WriteFile{ftrace_switch, "0"});
    add_witnesses(scenario, phase);
    const auto unload = scenario.step(phase + "/unload", Rmmod{module_name});

    scenario.expect(
        fmt::format("engine {}: with kernel.ftrace_enabled=0, it refuses to load; once it is "
                    "loaded, that cannot be set, and its verdicts stay",
                    engine),
        all_of({succeeds(off), fails_with(refused, EBUSY), logs(refused, "refused [busy]"),
                succeeds(on), succeeds(load), fails_with(forbidden, EBUSY),
                same_verdicts(phase, backport_phase), succeeds(unload)}));
}

/** A tracer of functions: on the one that is redirected, the verifier below it, and more. */
std::string add_tracer_on(Scenario& scenario, const Arch& arch, const std::string& id,
                          const std::string& tracer, const std::string& more) {
    return in_shell(scenario, id,
                    fmt::format("cd {} && echo {} {} {} >set_ftrace_filter && echo >trace && "
                                "echo {} >current_tracer",
                                tracing, arch.verify_sig, verifier_of(arch), more, tracer));
}

std::string read_trace(Scenario& scenario, const std::string& id) {
    return scenario.step(id, ReadFile{fmt::format("{}/trace", tracing)});
}

std::string add_tracer_off(Scenario& scenario, const std::string& id) {
    return in_shell(
        scenario, id,
        fmt::format("cd {} && echo nop >current_tracer && echo >set_ftrace_filter", tracing));
}

void add_tracer(Scenario& scenario, const Arch& arch, const std::string& engine,
                const std::string& tracer) {
    const std::string before = fmt::format("{}/{}-before", engine, tracer);
    const std::string after = fmt::format("{}/{}-after", engine, tracer);
    const std::string verifier = verifier_of(arch);

    const auto early = add_tracer_on(scenario, arch, before + "/on", tracer, "");
    const auto load = load_by(scenario, before + "/load", engine);
    add_witnesses(scenario, before);
    const auto traced_early = read_trace(scenario, before + "/trace");
    const auto early_off = add_tracer_off(scenario, before + "/off");

    const auto late = add_tracer_on(scenario, arch, after + "/on", tracer, "kxk_policy_verify");
    add_witnesses(scenario, after);
    const auto traced_late = read_trace(scenario, after + "/trace");
    const auto unload = scenario.step(after + "/unload", Rmmod{module_name});
    add_witnesses(scenario, after + "/unloaded");
    const auto late_off = add_tracer_off(scenario, after + "/off");

    scenario.expect(
        fmt::format("engine {}: with the {} tracer on before it is loaded, its verdicts stay",
                    engine, tracer),
        all_of({succeeds(early), succeeds(load), same_verdicts(before, backport_phase),
                says(traced_early, verifier), succeeds(early_off)}));
    scenario.expect(
        fmt::format("engine {}: with the {} tracer on after that, too, also when it is unloaded",
                    engine, tracer),
        all_of({succeeds(late), same_verdicts(after, backport_phase), says(traced_late, verifier),
                says(traced_late, "kxk_policy_verify"), succeeds(unload),
                same_verdicts(after + "/unloaded", native_phase), succeeds(late_off)}));
}

/** A second copy of the module, by another name. */
void add_twin(Scenario& scenario, const std::vector<std::string>& engines,
              const std::string& engine) {
    const std::string phase = engine + "/twin";
    std::vector<Expectation> forced;

    const auto load = load_by(scenario, phase + "/load", engine);
    const auto refused = scenario.step(phase + "/refused", Insmod{guest_twin, ""});
    for (const std::string& other : engines) {
        const auto id = scenario.step(fmt::format("{}/force-{}", phase, other),
                                      Insmod{guest_twin, "force=1 device=1 engine=" + other});

        forced.push_back(all_of({fails_with(id, EBUSY), logs(id, "refused [busy]")}));
    }
    const auto observe = scenario.step(phase + "/observe", Insmod{guest_twin, "mode=observe"});
    add_witnesses(scenario, phase);
    const auto unload = scenario.step(phase + "/unload", Rmmod{module_name});
    const auto alone = scenario.step(phase + "/alone", Insmod{guest_twin, "engine=" + engine});
    add_witnesses(scenario, phase + "/alone");
    const auto end = scenario.step(phase + "/end", Rmmod{twin_name});

    forced.insert(forced.end(), {fails_with(observe, EBUSY), logs(observe, "refused [busy]")});
    scenario.expect(
        fmt::format("engine {}: a second copy by another name finds nothing to do", engine),
        all_of({succeeds(load), fails_with(refused, ENODEV), logs(refused, "refused [native]"),
                same_verdicts(phase, backport_phase)}));
    scenario.expect(
        fmt::format("engine {}: neither force nor observing gets it in beside the first", engine),
        all_of(std::move(forced)));
    scenario.expect(fmt::format("engine {}: once the first is unloaded, it works", engine),
                    all_of({succeeds(unload), succeeds(alone),
                            same_verdicts(phase + "/alone", backport_phase), succeeds(end)}));
}

/** The second processor goes and comes; each time it does is a line in a file. */
constexpr const char* hotplug_start =
    "cd /sys/devices/system/cpu/cpu1 && "
    "( while [ ! -e /hotplug-stop ]; do echo 0 >online && echo 1 >online && "
    "echo again >>/hotplug; done; touch /hotplug-stopped ) >/hotplug-log 2>&1 &";
constexpr const char* hotplug_end =
    "touch /hotplug-stop; while [ ! -e /hotplug-stopped ]; do sleep 0.1; done; cat /hotplug-log; "
    "[ \"$(wc -l </hotplug)\" -ge 3 ] && [ ! -s /hotplug-log ]";

void add_hotplug(Scenario& scenario, const std::vector<std::string>& engines) {
    std::vector<Expectation> expectations;

    const auto start = in_shell(scenario, "hotplug/start", hotplug_start);
    for (const std::string& engine : engines) {
        const std::string phase = "hotplug/" + engine;
        const auto load = load_by(scenario, phase + "/load", engine);
        add_witnesses(scenario, phase);
        const auto unload = scenario.step(phase + "/unload", Rmmod{module_name});
        add_witnesses(scenario, phase + "/unloaded");

        expectations.push_back(
            all_of({succeeds(load), same_verdicts(phase, backport_phase), succeeds(unload),
                    same_verdicts(phase + "/unloaded", native_phase)}));
    }
    const auto end = in_shell(scenario, "hotplug/end", hotplug_end);
    expectations.insert(expectations.end(), {succeeds(start), succeeds(end)});
    scenario.expect("while a processor goes and comes, it loads, has its verdicts, and unloads",
                    all_of(std::move(expectations)));
}

/**
 * The machine goes to sleep while one verifies, time and again, each time a step deeper. pm_test
 * wakes it up after a second, at the deepest when all that is left is to call the firmware.
 */
constexpr const char* sleep_start =
    "cd /sys/power && echo 1 >/sys/module/suspend/parameters/pm_test_delay && "
    "( while [ ! -e /sleep-stop ]; do for depth in {}; do "
    "echo ${{depth#*/}} >pm_test && echo ${{depth%/*}} >state && echo $depth >>/slept; sleep 0.2; "
    "done; done; touch /sleep-stopped ) >/sleep-log 2>&1 &";
/** Each depth was reached at least once; nothing was said. */
constexpr const char* sleep_end =
    "touch /sleep-stop; while [ ! -e /sleep-stopped ]; do sleep 0.1; done; cat /sleep-log; "
    "sort /slept | uniq -c; for depth in {}; do grep -qx $depth /slept || exit; done; "
    "[ ! -s /sleep-log ]";

/**
 * How deep: a state, and how far pm_test lets it go. The firmware of x86_64 has suspend-to-memory;
 * that of arm64, as QEMU has it, has not.
 */
std::string depths_of(const Arch& arch) {
    std::string depths = "freeze/freezer freeze/devices freeze/platform";

    if (arch.name == "x86_64") {
        depths += " mem/processors mem/core";
    }
    return depths;
}

void add_sleep(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const std::string phase = engine + "/sleep";
    const std::string depths = depths_of(arch);
    const auto load = load_by(scenario, phase + "/load", engine);
    const auto start = in_shell(scenario, phase + "/start", fmt::format(sleep_start, depths));
    const auto big = scenario.step(phase + "/big", LoadImage{guest_image(big_image)});
    add_witnesses(scenario, phase);
    const auto end = in_shell(scenario, phase + "/end", fmt::format(sleep_end, depths));
    const auto unload = scenario.step(phase + "/unload", Rmmod{module_name});

    in_shell(scenario, phase + "/clean", "rm /slept /sleep-*");
    scenario.expect(
        fmt::format("engine {}: its verdicts stay while the machine goes to sleep and wakes up: {}",
                    engine, depths),
        all_of({succeeds(load), succeeds(start), succeeds(big),
                same_verdicts(phase, backport_phase), succeeds(end), succeeds(unload)}));
}

}  // namespace

Scenario hostile_cases(const Arch& arch, const Variant& variant) {
    Scenario scenario = locked_down(variant);

    scenario.name += ", in hostile surroundings";
    scenario.twin = true;
    add_late_keys(scenario, arch);
    for (const std::string& engine : arch.engines) {
        for (const std::string& function : {arch.verify_sig, verifier_of(arch)}) {
            add_owner_before(scenario, engine, function);
        }
        add_owner_after(scenario, arch, engine);
        add_ftrace_off(scenario, engine);
        add_tracer(scenario, arch, engine, "function");
        add_twin(scenario, arch.engines, engine);
    }
    add_hotplug(scenario, arch.engines);
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

Scenario probed_cases(const Arch& arch, const Variant& variant) {
    Scenario scenario = locked_down(variant);

    if (arch.name == "arm64") {
        // All that QEMU has; with 52 bits of physical addresses, 5.10 does not come up.
        scenario.cpu = "max,lpa2=off,pauth-impdef=on";
        const auto features = scenario.step("features", ReadFile{"/proc/cpuinfo"});
        scenario.expect("return addresses are signed, and indirect calls need landing pads",
                        all_of({says(features, " paca "), says(features, " bti")}));
    }
    add_late_keys(scenario, arch);
    for (const std::string& engine : arch.engines) {
        add_tracer(scenario, arch, engine, "function");
        add_tracer(scenario, arch, engine, "function_graph");
        add_kprobe_events(scenario, arch, engine);
        if (arch.name != "s390x") {
            add_sleep(scenario, arch, engine);
        }
    }
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

std::vector<Comparison> hostile_comparisons() {
    return {
        {"every verdict is the reference's", [](const Outcome& subject, const Outcome& reference) {
             return compare_columns(backport_phase, column_of(subject, backport_phase), "reference",
                                    column_of(reference, reference_phase));
         }}};
}

}  // namespace kxk::lab
