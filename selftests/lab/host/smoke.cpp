// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <optional>

#include "host/appraisal_cases.h"
#include "host/commands.h"
#include "host/crash_cases.h"
#include "host/enforcing_cases.h"
#include "host/event_cases.h"
#include "host/failure.h"
#include "host/firmware_cases.h"
#include "host/hostile_cases.h"
#include "host/inserted_key_cases.h"
#include "host/lacking_cases.h"
#include "host/livepatch_cases.h"
#include "host/selftest_cases.h"
#include "host/session.h"
#include "host/smoke_cases.h"
#include "host/steps.h"
#include "host/stress_cases.h"
#include "host/tap.h"

namespace kxk::lab {

namespace {

/** A boot of the run. */
struct Planned {
    std::string arch;
    Scenario scenario;
    std::vector<Comparison> comparisons;  ///< with the reference of the same architecture
    std::string reference;                ///< name of its scenario
    std::optional<Outcome> outcome;
};

/** The same, for a kernel that watches over itself. */
Hardship debugging(Hardship hardship) {
    hardship.debugging = true;
    return hardship;
}

/** Those on kernels that nothing else needs. @param reference  name of the architecture's */
void plan_thorough(const Arch& arch, const Variant& subject, const std::string& reference,
                   std::vector<Planned>& boots) {
    const auto add = [&](Scenario scenario, const std::string& compared_with = {}) {
        auto with = compared_with.empty() ? std::vector<Comparison>() : hostile_comparisons();

        boots.push_back({arch.name, std::move(scenario), std::move(with), compared_with, {}});
    };

    const auto hostile = [&subject](const std::string& name) {
        return Variant{name, "5.10.13-hostile", subject.options};
    };

    add(probed_cases(arch, hostile("5.10.13 with all that traces")), reference);
    add(perf_cases(arch, hostile("5.10.13 with perf")), reference);
    if (has_live_patches(arch)) {
        add(livepatch_cases(arch, hostile("5.10.13 with live patches")), reference);
    }
    if (arch.name == "arm64") {
        Scenario lean = lean_reference_cases();
        const std::string lean_reference = lean.name;

        add(std::move(lean));
        add(lean_cases(), lean_reference);
        add(no_kprobes_cases());
        add(no_verify_sig_cases(arch), reference);
        add(no_pe_cases());
    }
}

/** The boots of an architecture, the reference first. */
void plan_smoke(const Arch& arch, bool thorough, std::vector<Planned>& boots) {
    const Variant subject = subjects_of(arch.name).front();
    Scenario native = native_cases(arch, reference_of(arch.name));
    const std::string reference = native.name;
    const auto add = [&](Scenario scenario, std::vector<Comparison> with = {}) {
        boots.push_back({arch.name, std::move(scenario), std::move(with), reference, {}});
    };

    add(std::move(native));
    for (const Variant& variant : subjects_of(arch.name)) {
        add(subject_cases(arch, variant, make_marker()), comparisons(arch));
    }
    add(lenient_cases(arch, lenient_variant(arch.name)));
    add(strange_cases(arch, strange_variant()));
    add(faulty_cases(faulty_variant()));
    add(hostile_cases(arch, subject), hostile_comparisons());
    add(appraisal_cases(arch, subject));
    add(crash_cases(arch, subject, make_marker()));
    for (Scenario& scenario : firmware_scenarios(arch, subject)) {
        add(std::move(scenario));
    }
    add(selftest_cases(arch, subject));
    add(native_selftest_cases(arch, reference_of(arch.name)));
    add(stress_cases(arch, subject, Hardship()), comparisons(arch));
    add(fault_cases(arch, subject, Hardship()));
    if (arch.name == "arm64") {
        add(inserted_key_cases(subject));
    }
    if (arch.name == "x86_64") {
        add(enforcing_cases(arch, {"5.10.13 that enforces signatures", "5.10.13-force",
                                   "kexec_lab_policy=builtin"}));
        add(stock_cases("debian-5.10"));
    }
    if (thorough) {
        plan_thorough(arch, subject, reference, boots);
    }
}

/** Those under fire, likewise. */
void plan_stress(const Arch& arch, const StressOptions& wanted, std::vector<Planned>& boots) {
    const Variant subject = subjects_of(arch.name).front();
    const Variant debug = debugging_variant(arch.name);
    const Hardship hard{wanted.cycles, wanted.seconds, wanted.stride, wanted.stride == 1, false};
    Scenario native = native_cases(arch, reference_of(arch.name));
    const std::string reference = native.name;
    const auto add = [&](Scenario scenario, std::vector<Comparison> with = {}) {
        boots.push_back({arch.name, std::move(scenario), std::move(with), reference, {}});
    };

    add(std::move(native));
    add(stress_cases(arch, subject, hard), comparisons(arch));
    add(fault_cases(arch, subject, hard));
    add(stress_cases(arch, debug, debugging(hard)), comparisons(arch));
    add(fault_cases(arch, debug, debugging(hard)));
    add(subject_cases(arch, debug, make_marker()), comparisons(arch));
}

/** For people; of no other boot. */
std::string name_of(const Planned& boot) {
    return boot.arch + ' ' + boot.scenario.name;
}

/** The boot is what another one is compared with. */
bool is_reference_of(const Planned& boot, const Planned& other) {
    return !other.comparisons.empty() && other.arch == boot.arch &&
           other.reference == boot.scenario.name;
}

/** Leaves the boots with a text in their name, and what those are compared with. */
void keep_only(std::vector<Planned>& boots, const std::string& text) {
    std::vector<std::string> names;
    std::vector<Planned> kept;
    const auto is_wanted = [&text](const Planned& boot) {
        return name_of(boot).find(text) != std::string::npos;
    };

    names.reserve(boots.size());
    for (const Planned& boot : boots) {
        names.push_back(name_of(boot));
        if (is_wanted(boot) || std::any_of(boots.begin(), boots.end(), [&](const Planned& other) {
                return is_wanted(other) && is_reference_of(boot, other);
            })) {
            kept.push_back(boot);
        }
    }
    if (kept.empty()) {
        throw UsageError(fmt::format("no guest has \"{}\" in its name; there are \"{}\"", text,
                                     fmt::format("{}", fmt::join(names, "\", \""))));
    }
    boots = std::move(kept);
}

const Outcome& reference_outcome(const std::vector<Planned>& boots, const Planned& boot) {
    return *std::find_if(boots.begin(), boots.end(), [&boot](const Planned& other) {
                return is_reference_of(other, boot);
            })->outcome;
}

std::size_t count_cases(const std::vector<Planned>& boots) {
    std::size_t count = 0;

    for (const Planned& boot : boots) {
        count += boot.scenario.cases.size() + boot.comparisons.size();
    }
    return count;
}

/** The end of a console: what somebody wants to see who cannot look into the file. */
void comment_end(Tap& tap, const std::filesystem::path& console) {
    constexpr std::size_t shown = 20;
    std::ifstream file(console);
    std::deque<std::string> lines;

    for (std::string line; std::getline(file, line);) {
        line.erase(std::remove_if(line.begin(), line.end(),
                                  [](unsigned char byte) { return byte < ' ' || byte > '~'; }),
                   line.end());
        lines.push_back(line);
        if (lines.size() > shown) {
            lines.pop_front();
        }
    }
    tap.comment("console: " + console.string() + ", which ends with");
    for (const std::string& line : lines) {
        tap.comment("| " + line);
    }
}

void report(Tap& tap, const std::vector<Planned>& boots, std::size_t index,
            const std::filesystem::path& console) {
    const Planned& boot = boots[index];
    const std::string prefix = name_of(boot) + ": ";
    bool all_well = true;

    for (const std::string& note : boot.scenario.notes) {
        tap.comment(prefix + note);
    }
    for (const Case& test : boot.scenario.cases) {
        const Complaints complaints = test.judge(*boot.outcome);

        all_well = all_well && complaints.empty();
        tap.result(prefix + test.name, complaints);
    }
    if (!all_well) {
        comment_end(tap, console);
    }
    tap.comment(fmt::format("{}{:.0f} s", prefix, boot.outcome->seconds));
}

void report_comparisons(Tap& tap, const std::vector<Planned>& boots, std::size_t index) {
    const Planned& boot = boots[index];

    for (const Comparison& comparison : boot.comparisons) {
        tap.result(name_of(boot) + ": " + comparison.name,
                   comparison.judge(*boot.outcome, reference_outcome(boots, boot)));
    }
}

using Planner = std::function<void(const Arch&, std::vector<Planned>&)>;

int run(const Signals& signals, const Options& options, const std::string& run_name,
        std::vector<std::string> names, const std::string& only, const Planner& plan) {
    const Places places = find_places();
    const Commands commands(signals);
    std::deque<Workshop> workshops;
    std::vector<Planned> boots;
    Session session(places, signals, run_name, options);

    if (names.empty()) {
        names = known_arches(places.lab);
    }
    for (const std::string& name : names) {
        plan(read_arch(places.lab, name), boots);
    }
    keep_only(boots, only);
    for (const Planned& boot : boots) {
        if (workshops.empty() || workshops.back().arch().name != boot.arch) {
            workshops.emplace_back(places, commands, read_arch(places.lab, boot.arch));
            workshops.back().use_images_of(image_kernel);
        }
        session.prepare(workshops.back(), boot.scenario);
    }

    Tap tap(count_cases(boots));
    session.boot([&](std::size_t index, Outcome outcome) {
        boots[index].outcome = std::move(outcome);
        report(tap, boots, index, session.console_log(index));
    });
    for (std::size_t i = 0; i < boots.size(); ++i) {
        report_comparisons(tap, boots, i);
    }
    return tap.all_passed() ? 0 : 1;
}

}  // namespace

int smoke(const Signals& signals, const Options& options, std::vector<std::string> arches,
          const std::string& only, bool thorough) {
    return run(signals, options, "smoke", std::move(arches), only,
               [thorough](const Arch& arch, std::vector<Planned>& boots) {
                   plan_smoke(arch, thorough, boots);
               });
}

int stress(const Signals& signals, const Options& options, const StressOptions& wanted) {
    return run(signals, options, "stress", wanted.arches, wanted.only,
               [&wanted](const Arch& arch, std::vector<Planned>& boots) {
                   plan_stress(arch, wanted, boots);
               });
}

}  // namespace kxk::lab
