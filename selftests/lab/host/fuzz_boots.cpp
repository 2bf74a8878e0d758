// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/fuzz_boots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "host/keyring_setup.h"
#include "host/steps.h"
#include "host/variants.h"

namespace kxk::lab {

namespace {

constexpr const char* step_prefix = "mutants/";
constexpr const char* taint_step = "taint";

/** Bits of /proc/sys/kernel/tainted: an oops, a warning, a soft lockup. */
constexpr unsigned long taint_of_faults = 1U << 7U | 1U << 9U | 1U << 14U;

/** Images of a step: their answers are less than a guest's output may be. */
constexpr std::uint64_t images_per_step = 500;

/**
 * Most mutants have a kernel say something. The console is slow, and all of what a step has it say
 * must still be there when the step ends.
 */
constexpr const char* log_options = "loglevel=3 log_buf_len=4M";

std::string guest_base(const FuzzBase& base) {
    return "/run/base-" + base.name;
}

/** Judges the images from one number to another. */
void add_images(Scenario& scenario, const Arch& arch, const FuzzWork& work, std::uint64_t from,
                std::uint64_t to) {
    FuzzDevice fuzz;

    fuzz.appended = arch.signature == Signature::appended;
    fuzz.seed = work.seed;
    for (const FuzzBase& base : work.bases) {
        fuzz.bases.push_back(guest_base(base));
    }
    for (fuzz.first = from; fuzz.first < to; fuzz.first += fuzz.count) {
        fuzz.count = static_cast<unsigned>(std::min(images_per_step, to - fuzz.first));
        scenario.step(fmt::format("{}{}", step_prefix, fuzz.first), fuzz, true);
    }
}

Variant variant_of(FuzzGuest guest, const Arch& arch) {
    switch (guest) {
        case FuzzGuest::subject:
            return subjects_of(arch.name).front();
        case FuzzGuest::same_code:
            return reference_of(arch.name);
        case FuzzGuest::native:
            break;
    }
    return {"6.1", "6.1", ""};
}

}  // namespace

Scenario fuzz_scenario(FuzzGuest guest, const Arch& arch, const Catalogue& catalogue,
                       const FuzzWork& work) {
    const auto& any_file = guest_certificate("builtin");
    Scenario scenario = not_locked_down(variant_of(guest, arch));

    scenario.command_line += (scenario.command_line.empty() ? "" : " ") + std::string(log_options);
    for (const FuzzBase& base : work.bases) {
        scenario.plan.files.push_back(
            {guest_base(base), any_file, base.contents.size(), {{0, base.contents}}});
    }
    fill_keyrings(scenario, arch, catalogue, Shim::absent);
    if (scenario.firmware) {
        scenario.firmware->more_images = false;
    }
    if (guest == FuzzGuest::subject) {
        const std::size_t engines = arch.engines.size();

        for (std::size_t i = 0; i < engines; ++i) {
            const std::string& engine = arch.engines[i];

            add_load(scenario, engine + "/load", {"--engine", engine, "--device"}, true);
            add_images(scenario, arch, work, work.count * i / engines,
                       work.count * (i + 1) / engines);
            add_unload(scenario, engine + "/unload", true);
        }
    } else {
        add_load(scenario, "load", {"--mode", "observe"}, true);
        add_images(scenario, arch, work, 0, work.count);
        add_unload(scenario, "unload", true);
    }
    scenario.step(taint_step, ReadFile{"/proc/sys/kernel/tainted"}, true);
    return scenario;
}

std::vector<std::string> fuzz_fingerprints(const Outcome& outcome) {
    std::vector<std::string> prints;

    for (const StepResult& result : outcome.results) {
        if (const auto found = result.values.find("fingerprint"); found != result.values.end()) {
            prints.push_back(found->second);
        }
    }
    return prints;
}

std::vector<std::string> own_fingerprints(const Mutator& mutator, const Scenario& scenario) {
    std::vector<std::string> prints;

    for (const Step& step : scenario.plan.steps) {
        if (const auto* fuzz = std::get_if<FuzzDevice>(&step.action)) {
            std::uint64_t print = fingerprint("");

            for (unsigned i = 0; i < fuzz->count; ++i) {
                print = fingerprint(mutator.make(fuzz->first + i).bytes, print);
            }
            prints.push_back(std::to_string(print));
        }
    }
    return prints;
}

std::vector<std::string> fuzz_answers(const Outcome& outcome) {
    std::vector<std::string> answers;

    for (const StepResult& result : outcome.results) {
        if (result.id.rfind(step_prefix, 0) == 0) {
            std::istringstream lines(result.output);

            for (std::string line; std::getline(lines, line);) {
                answers.push_back(line);
            }
        }
    }
    return answers;
}

Complaints fuzz_ended_well(const Outcome& outcome, const FuzzWork& work) {
    Complaints complaints = ended_well(outcome);
    const std::size_t judged = fuzz_answers(outcome).size();
    const StepResult* taint = outcome.find(taint_step);

    if (judged != work.count) {
        complaints.push_back(fmt::format("{} of {} images were judged", judged, work.count));
    }
    if (taint == nullptr ||
        (std::strtoul(taint->output.c_str(), nullptr, 10) & taint_of_faults) != 0) {
        complaints.push_back("the kernel is tainted by a fault of its own: " +
                             (taint == nullptr ? "no answer" : taint->output));
    }
    return complaints;
}

}  // namespace kxk::lab
