// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/livepatch_cases.h"

#include <fmt/format.h>

#include <cerrno>

#include "host/hostile_cases.h"
#include "host/hostile_steps.h"
#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* patches = "/sys/kernel/livepatch";

/** A live patch that has been asked for is in force once no task is left in the old function. */
std::string add_transition(Scenario& scenario, const std::string& id) {
    return in_shell(scenario, id,
                    fmt::format("cd {}/{} && for i in $(seq 300); do "
                                "[ $(cat transition) = 1 ] || exit 0; sleep 0.1; done; exit 1",
                                patches, livepatch_name));
}

/** Disables it, and removes its module once the last task has left it. */
std::string add_end_of_patch(Scenario& scenario, const std::string& id) {
    return in_shell(scenario, id,
                    fmt::format("echo 0 >{0}/{1}/enabled && for i in $(seq 300); do "
                                "[ ! -e {0}/{1} ] && rmmod {1} && exit 0; sleep 0.1; done; exit 1",
                                patches, livepatch_name));
}

/** A live patch, from when it is in force until it is gone. */
struct Patched {
    std::string phase;
    std::string begin;
    std::string in_force;
    std::string end = {};

    [[nodiscard]] Expectation came_and_went() const {
        return all_of({succeeds(begin), succeeds(in_force), succeeds(end)});
    }
};

Patched begin_patch(Scenario& scenario, const std::string& phase, const std::string& parameters) {
    const auto begin = scenario.step(phase + "/patch", Insmod{guest_livepatch, parameters});

    return {phase, begin, add_transition(scenario, phase + "/in-force")};
}

void end_patch(Scenario& scenario, Patched& patched) {
    patched.end = add_end_of_patch(scenario, patched.phase + "/unpatch");
}

std::string patch_of(const Arch& arch) {
    return "function=" + arch.verify_sig;
}

/** Verdicts that neither the kernel without a patch nor anybody lax would give. */
Expectation patch_judges(const std::string& phase) {
    return all_of({fails_with(std::string(native_phase) + "/secondary", EPERM),
                   succeeds(phase + "/secondary"), fails_with(phase + "/unknown", EPERM)});
}

/** The patch has another policy than 6.0: the module would change verdicts, and may not. */
void add_patched_before(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const std::string phase = engine + "/patched";
    const std::string refused_phase = phase + "/refused";
    const std::string after = phase + "/after";

    Patched patched = begin_patch(scenario, phase, patch_of(arch));
    add_witnesses(scenario, phase);
    const auto load = load_by(scenario, phase + "/load", engine);
    add_witnesses(scenario, refused_phase);
    end_patch(scenario, patched);
    add_witnesses(scenario, phase + "/native");
    const auto late = load_by(scenario, after + "/load", engine);
    add_witnesses(scenario, after);
    const auto unload = scenario.step(after + "/unload", Rmmod{module_name});

    scenario.expect(
        fmt::format("engine {}: with a live patch of {}(), the module refuses to load, and "
                    "leaves the patch its verdicts",
                    engine, arch.verify_sig),
        all_of({patched.came_and_went(), patch_judges(phase), fails_with(load, EBUSY),
                logs(load, "refused [busy]"), logs(load, "a live patch?"),
                same_verdicts(refused_phase, phase)}));
    scenario.expect(fmt::format("engine {}: once the live patch is gone, the module loads", engine),
                    all_of({same_verdicts(phase + "/native", native_phase), succeeds(late),
                            same_verdicts(after, backport_phase), succeeds(unload)}));
}

/** There is nothing to do where a live patch has done it. */
void add_patched_to_6_0(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const std::string phase = engine + "/mended";

    Patched patched = begin_patch(scenario, phase, patch_of(arch) + " platform=1");
    add_cells(scenario.plan, phase);
    const auto load = load_by(scenario, phase + "/load", engine);
    const auto force =
        scenario.step(phase + "/force", Insmod{guest_module, "force=1 engine=" + engine});
    end_patch(scenario, patched);

    scenario.expect(
        fmt::format("engine {}: a live patch to the policy of 6.0 leaves it nothing to do, and "
                    "force does not override that patch",
                    engine),
        all_of({patched.came_and_went(), fails_with(load, ENODEV), logs(load, "refused [native]"),
                fails_with(force, EBUSY), logs(force, "refused [busy]"),
                [phase](const Outcome& outcome) {
                    return compare_columns(phase, column_of(outcome, phase), backport_phase,
                                           column_of(outcome, backport_phase));
                }}));
}

/** Of its own policy, the kernel with the patch tells as one without. */
void add_patched_observed(Scenario& scenario, const Arch& arch) {
    const std::string phase = "observed";

    Patched patched = begin_patch(scenario, phase, patch_of(arch));
    const auto load = scenario.step(phase + "/load", Insmod{guest_module, "mode=observe"});
    const auto attributes = add_attributes(scenario, phase + "/attributes");
    const auto unload = scenario.step(phase + "/unload", Rmmod{module_name});
    end_patch(scenario, patched);

    scenario.expect(
        "mode observe tells the policy that a live patch gives the kernel",
        all_of({patched.came_and_went(), succeeds(load),
                has_value(attributes, "native_policy", "secondary"), succeeds(unload)}));
}

/** The function is the module's; other functions are not. */
void add_patched_after(Scenario& scenario, const Arch& arch, const std::string& engine) {
    const std::string phase = engine + "/patch-after";
    const std::string beside = phase + "/beside";
    const Insmod patch{guest_livepatch, patch_of(arch)};

    const auto load = load_by(scenario, phase + "/load", engine);
    const auto refused = scenario.step(phase + "/refused", patch);
    add_witnesses(scenario, phase);

    Patched other = begin_patch(scenario, beside, "");
    add_witnesses(scenario, beside);
    const auto version = scenario.step(beside + "/version", ReadFile{"/proc/version"});
    const auto unload = scenario.step(beside + "/unload", Rmmod{module_name});
    add_witnesses(scenario, beside + "/native");
    const auto again = load_by(scenario, beside + "/load", engine);
    end_patch(scenario, other);
    add_witnesses(scenario, phase + "/alone");
    const auto end = scenario.step(phase + "/unload", Rmmod{module_name});

    Patched free = begin_patch(scenario, phase + "/free", patch_of(arch));
    add_witnesses(scenario, phase + "/free");
    end_patch(scenario, free);

    scenario.expect(
        fmt::format("engine {}: a live patch of {}() cannot be enabled beside the module, whose "
                    "verdicts stay; once it is unloaded, it can",
                    engine, arch.verify_sig),
        all_of({succeeds(load), fails_with(refused, EBUSY), same_verdicts(phase, backport_phase),
                succeeds(end), free.came_and_went(), patch_judges(phase + "/free")}));
    scenario.expect(
        fmt::format("engine {}: a live patch of another function comes and goes beside it, and "
                    "it beside that",
                    engine),
        all_of({other.came_and_went(), says(version, "a live patch was here"),
                same_verdicts(beside, backport_phase), succeeds(unload),
                same_verdicts(beside + "/native", native_phase), succeeds(again),
                same_verdicts(phase + "/alone", backport_phase)}));
}

}  // namespace

bool has_live_patches(const Arch& arch) {
    return arch.name != "arm64";
}

Scenario livepatch_cases(const Arch& arch, const Variant& variant) {
    Scenario scenario = locked_down(variant);

    add_late_keys(scenario, arch);
    for (const std::string& engine : arch.engines) {
        add_patched_before(scenario, arch, engine);
        add_patched_to_6_0(scenario, arch, engine);
        add_patched_after(scenario, arch, engine);
    }
    add_patched_observed(scenario, arch);
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

}  // namespace kxk::lab
