// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/event_cases.h"

#include <fmt/format.h>

#include <cerrno>
#include <functional>
#include <vector>

#include "host/hostile_cases.h"
#include "host/hostile_steps.h"
#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

/** What somebody has on the function and on the verifier below it for a while. */
struct Events {
    std::string name;
    bool by_kprobes = true;
    std::function<std::string(Scenario&, const std::string& id)> come;
    std::function<std::string(Scenario&, const std::string& id)> go;
    /** That they did happen; in the module's time, if it was there until they went. */
    std::function<Expectation(const std::string& go, bool module_is_there)> seen;
};

/** When they come and go, as the module does. */
struct Order {
    bool come_first = false;
    bool go_first = false;

    [[nodiscard]] std::string words() const {
        return fmt::format("that come {} it and go {} it", come_first ? "before" : "after",
                           go_first ? "before" : "after");
    }
};

constexpr Order orders[] = {{true, true}, {true, false}, {false, true}, {false, false}};

/** Images that keep a verifier busy for a while, too: samples are to hit it. */
void add_verdicts(Scenario& scenario, const std::string& phase) {
    add_witnesses(scenario, phase);
    scenario.step(phase + "/big", LoadImage{guest_image(big_image)});
}

/** The steps of a module's life among events. */
struct Life {
    std::string phase;
    std::string after;  ///< phase of verdicts once the first of them has gone
    std::string come;
    std::string load;
    std::string go;
    std::string unload;
};

Life add_life(Scenario& scenario, const std::string& engine, const Events& events,
              const Order& order) {
    Life life;

    life.phase = fmt::format("{}/{} {}", engine, events.name, order.words());
    life.after = life.phase + "/after";
    const auto come = [&] { life.come = events.come(scenario, life.phase + "/come"); };
    const auto go = [&] { life.go = events.go(scenario, life.phase + "/go"); };

    if (order.come_first) {
        come();
    }
    life.load = load_by(scenario, life.phase + "/load", engine);
    if (!order.come_first) {
        come();
    }
    add_verdicts(scenario, life.phase);
    if (order.go_first) {
        go();
        add_verdicts(scenario, life.after);
    }
    life.unload = scenario.step(life.phase + "/unload", Rmmod{module_name});
    if (!order.go_first) {
        add_verdicts(scenario, life.after);
        go();
    }
    return life;
}

void add_events(Scenario& scenario, const std::string& engine, const Events& events,
                const Order& order) {
    const Life life = add_life(scenario, engine, events, order);

    scenario.expect(
        fmt::format("engine {}: {} {} change no verdict", engine, events.name, order.words()),
        all_of({succeeds(life.come), succeeds(life.load), same_verdicts(life.phase, backport_phase),
                same_verdicts(life.after, order.go_first ? backport_phase : native_phase),
                succeeds(life.unload), succeeds(life.go), events.seen(life.go, order.go_first)}));
}

/**
 * Kprobes of s390x are built on ftrace, and send calls back that another callback had sent
 * elsewhere. Those that are there first keep the module out. Of those that come later it has
 * warned; which of the two has the last word depends on what else has kprobes.
 */
void add_events_where_exposed(Scenario& scenario, const std::string& engine, const Events& events,
                              const Order& order) {
    const Life life = add_life(scenario, engine, events, order);
    const auto happened = all_of({succeeds(life.come), succeeds(life.go),
                                  events.seen(life.go, order.go_first && !order.come_first)});

    if (order.come_first) {
        scenario.expect(
            fmt::format("engine {}: {} {} keep it out, and it says why", engine, events.name,
                        order.words()),
            all_of({happened, fails_with(life.load, EBUSY), logs(life.load, "refused [busy]"),
                    logs(life.load, "kprobe"), same_verdicts(life.phase, native_phase),
                    same_verdicts(life.after, native_phase), fails_with(life.unload, ENOENT)}));
        return;
    }
    scenario.expect(
        fmt::format("engine {}: {} {} give no verdict but the native one and the module's, which "
                    "has warned of them",
                    engine, events.name, order.words()),
        all_of({happened, succeeds(life.load), logs(life.load, "would undo the redirect"),
                either_verdict(life.phase, backport_phase, native_phase),
                same_verdicts(life.after, order.go_first ? backport_phase : native_phase),
                succeeds(life.unload)}));
}

void add_events_in_order(Scenario& scenario, const Arch& arch, const std::string& engine,
                         const Events& events, const Order& order) {
    if (events.by_kprobes && arch.name == "s390x" && engine == "ftrace") {
        add_events_where_exposed(scenario, engine, events, order);
    } else {
        add_events(scenario, engine, events, order);
    }
}

/** At entry and return of the function and of the verifier below it. */
Events tracefs_events(const Arch& arch) {
    const std::string verifier = verifier_of(arch);
    const std::string come = fmt::format(
        "cd {0} && echo >trace && "
        "for f in {1} {2}; do echo p:kxk/p_$f $f && echo r:kxk/r_$f $f; done "
        ">kprobe_events && echo 1 >events/kxk/enable",
        tracing, arch.verify_sig, verifier);
    const std::string go = fmt::format(
        "cd {} && cat trace && echo 0 >events/kxk/enable && echo >kprobe_events", tracing);
    Events events;

    events.name = "kprobe events";
    events.come = [come](Scenario& scenario, const std::string& id) {
        return in_shell(scenario, id, come);
    };
    events.go = [go](Scenario& scenario, const std::string& id) {
        return in_shell(scenario, id, go);
    };
    events.seen = [verifier](const std::string& gone, bool /*module_is_there*/) {
        return all_of({says(gone, "p_" + verifier + ": ("), says(gone, "r_" + verifier + ": (")});
    };
    return events;
}

/** A count that must not be 0, or must be. */
Expectation counted(const std::string& id, const std::string& key, bool any = true) {
    return [=](const Outcome& outcome) -> Complaints {
        const std::string count = value_of(outcome, id, key);

        if (!count.empty() && (count != "0") == any) {
            return {};
        }
        return {fmt::format("{}: {} {}", id, count.empty() ? "nobody knows how many" : count, key)};
    };
}

Events perf_events(const std::string& name, const OpenPerf& open) {
    Events events;

    events.name = name;
    events.by_kprobes = !open.functions.empty();
    events.come = [open](Scenario& scenario, const std::string& id) {
        return scenario.step(id, open);
    };
    events.go = [](Scenario& scenario, const std::string& id) {
        return scenario.step(id, ClosePerf{module_name});
    };
    return events;
}

/** @param program  of BPF, for each event: empty, "count" or "drop" */
Events perf_kprobes(const Arch& arch, const std::string& name, const std::string& program) {
    OpenPerf open;

    open.functions = {arch.verify_sig, verifier_of(arch)};
    open.program = program;
    Events events = perf_events(name, open);
    events.seen = [program](const std::string& gone, bool /*module_is_there*/) {
        return all_of({counted(gone, "calls", program != "drop"),
                       counted(gone, "returns", program != "drop")});
    };
    return events;
}

Events perf_samples() {
    OpenPerf open;

    open.sample_microseconds = 1000;
    Events events = perf_events("samples of all stacks", open);
    events.seen = [](const std::string& gone, bool module_is_there) {
        return all_of(
            {counted(gone, "samples"), counted(gone, "samples_in_module", module_is_there)});
    };
    return events;
}

}  // namespace

void add_kprobe_events(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const Events events = tracefs_events(arch);

    for (const Order& order : orders) {
        add_events_in_order(scenario, arch, engine, events, order);
    }
}

Scenario perf_cases(const Arch& arch, const Variant& variant) {
    const Events kprobes = perf_kprobes(arch, "kprobes of perf", "");
    const Events passing = perf_kprobes(arch, "BPF programs on such", "count");
    const Events dropping = perf_kprobes(arch, "BPF programs that drop every event", "drop");
    const Events samples = perf_samples();
    Scenario scenario = locked_down(variant);

    add_late_keys(scenario, arch);
    for (const std::string& engine : arch.engines) {
        for (const Order& order : orders) {
            add_events_in_order(scenario, arch, engine, kprobes, order);
            add_events_in_order(scenario, arch, engine, samples, order);
            // Each of them once with the module there first, and once as the first.
            const bool nested = order.come_first != order.go_first;
            if (nested) {
                add_events_in_order(scenario, arch, engine, passing, order);
                add_events_in_order(scenario, arch, engine, dropping, order);
            }
        }
    }
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

}  // namespace kxk::lab
