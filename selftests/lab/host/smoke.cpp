// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <optional>

#include "host/commands.h"
#include "host/failure.h"
#include "host/firmware_cases.h"
#include "host/session.h"
#include "host/smoke_cases.h"
#include "host/steps.h"
#include "host/tap.h"

namespace kxk::lab {

namespace {

/** A boot of the run. */
struct Planned {
    std::string arch;
    Scenario scenario;
    std::vector<Comparison> comparisons;  ///< with the reference of the same architecture
    std::size_t reference = 0;            ///< index of its boot
    std::optional<Outcome> outcome;
};

/** The boots of an architecture, the reference first. */
void plan_arch(const Arch& arch, std::vector<Planned>& boots) {
    const std::size_t reference = boots.size();

    boots.push_back({arch.name, native_cases(arch, reference_of(arch.name)), {}, reference, {}});
    for (const Variant& variant : subjects_of(arch.name)) {
        boots.push_back({arch.name,
                         subject_cases(arch, variant, make_marker()),
                         comparisons(arch),
                         reference,
                         {}});
    }
    boots.push_back(
        {arch.name, lenient_cases(arch, lenient_variant(arch.name)), {}, reference, {}});
    boots.push_back({arch.name, strange_cases(arch, strange_variant()), {}, reference, {}});
    boots.push_back({arch.name, faulty_cases(faulty_variant()), {}, reference, {}});
    for (Scenario& scenario : firmware_scenarios(arch, subjects_of(arch.name).front())) {
        boots.push_back({arch.name, std::move(scenario), {}, reference, {}});
    }
    if (arch.name == "x86_64") {
        boots.push_back({arch.name, stock_cases("debian-5.10"), {}, reference, {}});
    }
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
    const std::string prefix = boot.arch + ' ' + boot.scenario.name + ": ";
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
        tap.result(boot.arch + ' ' + boot.scenario.name + ": " + comparison.name,
                   comparison.judge(*boot.outcome, *boots[boot.reference].outcome));
    }
}

}  // namespace

int smoke(const Signals& signals, const Options& options, std::vector<std::string> names) {
    const Places places = find_places();
    const Commands commands(signals);
    std::deque<Workshop> workshops;
    std::vector<Planned> boots;
    Session session(places, signals, "smoke", options);

    if (names.empty()) {
        names = known_arches(places.lab);
    }
    for (const std::string& name : names) {
        const Arch arch = read_arch(places.lab, name);
        const std::size_t first = boots.size();

        plan_arch(arch, boots);
        Workshop& workshop = workshops.emplace_back(places, commands, arch);
        workshop.use_images_of(image_kernel);
        for (std::size_t i = first; i < boots.size(); ++i) {
            session.prepare(workshop, boots[i].scenario);
        }
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

}  // namespace kxk::lab
