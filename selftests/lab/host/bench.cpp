// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/text_file.h"
#include "host/bench_report.h"
#include "host/commands.h"
#include "host/failure.h"
#include "host/session.h"
#include "host/variants.h"
#include "image/pe.h"

namespace kxk::lab {

namespace {

/**
 * Whether .machine is measured, too: it takes firmware, and s390x's has no owner's keys. That of
 * x86_64 does not get to the kernel within minutes while QEMU counts instructions.
 */
bool has_owners(const Arch& arch) {
    return arch.name == "arm64";
}

/** An architecture of the run. */
struct Part {
    Arch arch;
    std::vector<BenchImage> images;
    std::vector<BenchImage> owners_images;
    std::optional<Outcome> native;
    std::optional<Outcome> redirected;
    std::optional<Outcome> owners;  ///< stays empty where has_owners() says no

    [[nodiscard]] bool is_complete() const {
        return native && redirected && (owners || !has_owners(arch));
    }
};

/** Where the outcome of a guest belongs to. */
struct Place {
    std::size_t part;
    std::optional<Outcome> Part::*outcome;
};

Crowd make_crowd(const Places& places, const Commands& commands) {
    const int count = *std::max_element(std::begin(bench_crowds), std::end(bench_crowds));
    const std::filesystem::path directory = last_line(commands.ask(
        "the certificates", {(places.lab / "crowd.sh").string(), std::to_string(count)}));
    Crowd crowd;

    for (int i = 1; i <= count; ++i) {
        crowd.push_back(read_file((directory / fmt::format("{}.der", i)).string()));
    }
    return crowd;
}

Part prepare_part(Session& session, Workshop& workshop, const Crowd& crowd) {
    Part part;
    const std::uint16_t machine =
        workshop.arch().name == "x86_64" ? image::pe_machine_x86_64 : image::pe_machine_arm64;

    part.arch = workshop.arch();
    workshop.use_no_images_of(image_kernel);
    part.images = make_bench_images(workshop.signer(), machine);
    session.prepare(workshop, bench_native(part.arch, part.images, crowd));
    session.prepare(workshop, bench_redirected(part.arch, part.images, crowd));
    if (has_owners(part.arch)) {
        part.owners_images = make_owners_bench_images(workshop.signer(), machine);
        session.prepare(workshop, bench_owners(part.owners_images));
    }
    return part;
}

BenchFigures figures_of(const Part& part) {
    for (const auto* outcome : {&part.native, &part.redirected, &part.owners}) {
        if (!*outcome) {
            continue;
        }
        if (const Complaints complaints = ended_well(**outcome); !complaints.empty()) {
            throw Failure(part.arch.name + ": " + complaints.front());
        }
    }
    BenchFigures figures{part.arch.name, part.native->release,
                         measurements_of(*part.native, part.images),
                         measurements_of(*part.redirected, part.images),
                         module_costs_of(*part.redirected, part.arch)};
    if (part.owners) {
        figures.owners_release = part.owners->release;
        figures.owners = measurements_of(*part.owners, part.owners_images);
    }
    return figures;
}

}  // namespace

int bench(const Signals& signals, const Options& options, const BenchOptions& wanted) {
    const Places places = find_places();
    const Commands commands(signals);
    Session session(places, signals, "bench", options);
    std::deque<Workshop> workshops;
    std::vector<Part> parts;
    std::vector<Place> places_of_outcomes;
    std::vector<BenchFigures> figures;
    bool same = true;
    const Crowd crowd = make_crowd(places, commands);

    for (const std::string& name :
         wanted.arches.empty() ? known_arches(places.lab) : wanted.arches) {
        parts.push_back(prepare_part(
            session, workshops.emplace_back(places, commands, read_arch(places.lab, name)), crowd));
        places_of_outcomes.push_back({parts.size() - 1, &Part::native});
        places_of_outcomes.push_back({parts.size() - 1, &Part::redirected});
        if (has_owners(parts.back().arch)) {
            places_of_outcomes.push_back({parts.size() - 1, &Part::owners});
        }
    }
    session.boot([&](std::size_t index, Outcome outcome) {
        Part& part = parts[places_of_outcomes[index].part];

        part.*places_of_outcomes[index].outcome = std::move(outcome);
        if (part.is_complete()) {
            figures.push_back(figures_of(part));
            fmt::print("{}\n", format_bench(figures.back()));
            for (const std::string& complaint : different_verdicts(figures.back())) {
                fmt::print(stderr, "kxk-lab: {}: another verdict: {}\n", part.arch.name, complaint);
                same = false;
            }
            // Each time: what there is outlives a guest that fails later.
            if (!wanted.json.empty()) {
                write_file(wanted.json, bench_json(figures).dump(2) + '\n');
            }
        }
    });
    return same ? 0 : 1;
}

}  // namespace kxk::lab
