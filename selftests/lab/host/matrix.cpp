// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

#include "common/text_file.h"
#include "host/commands.h"
#include "host/failure.h"
#include "host/matrix_report.h"
#include "host/session.h"
#include "host/tap.h"
#include "image/digest.h"

namespace kxk::lab {

namespace {

/** A boot of the run. */
struct Planned {
    MatrixBoot boot;
    Scenario scenario;
    std::filesystem::path record_path;
    std::string key;
    std::optional<std::size_t> session_index;  ///< nothing when an earlier run has the answer
    BootRecord record;
};

/** An architecture of the run. */
struct Part {
    Arch arch;
    std::vector<CatalogueImage> images;
    std::vector<Planned> boots;
};

std::string digest_of_file(const std::filesystem::path& path) {
    const std::string bytes = read_file(path);

    return image::digest_of(image::ByteView(bytes), "sha256");
}

/** Leaves the boots of a kernel and of what it is held against. */
void keep_kernel(std::vector<MatrixBoot>& boots, const std::string& name) {
    std::vector<std::string> kept{name};

    for (const MatrixBoot& boot : boots) {
        if (boot.kernel.name == name && boot.kernel.role == Role::subject) {
            kept.insert(kept.end(), {boot.kernel.same_code, boot.kernel.native});
        }
    }
    boots.erase(std::remove_if(boots.begin(), boots.end(),
                               [&kept](const MatrixBoot& boot) {
                                   return std::find(kept.begin(), kept.end(), boot.kernel.name) ==
                                          kept.end();
                               }),
                boots.end());
}

std::vector<std::string> names_of(const std::vector<MatrixBoot>& boots) {
    std::vector<std::string> names;

    for (const MatrixBoot& boot : boots) {
        if (std::find(names.begin(), names.end(), boot.kernel.name) == names.end()) {
            names.push_back(boot.kernel.name);
        }
    }
    return names;
}

Part plan_part(const Places& places, const MatrixOptions& wanted, Session& session,
               Workshop& workshop) {
    const Extent extent = wanted.sample ? Extent::sample : Extent::all;
    Part part;

    part.arch = workshop.arch();
    auto boots = matrix_boots(part.arch, extent);
    if (!wanted.kernel.empty()) {
        const auto names = names_of(boots);
        keep_kernel(boots, wanted.kernel);
        if (boots.empty()) {
            throw UsageError(fmt::format("the matrix of {} has no kernel \"{}\"; it has \"{}\"",
                                         part.arch.name, wanted.kernel,
                                         fmt::format("{}", fmt::join(names, "\", \""))));
        }
    }
    const Catalogue& catalogue = workshop.use_catalogue_of(image_kernel);
    part.images = matrix_images(catalogue, extent);
    for (const MatrixBoot& boot : boots) {
        Planned planned;

        planned.boot = boot;
        planned.scenario = matrix_scenario(part.arch, boot, catalogue, part.images);
        planned.record_path = places.build / "matrix" / (wanted.sample ? "sample" : "all") /
                              (file_name(part.arch.name + ' ' + boot.variant.name) + ".json");
        const Guest& guest = session.prepare(workshop, planned.scenario);
        // What is signed for the firmware is signed anew each time.
        planned.key = fmt::format(
            "{} {} {} {}", digest_of_file(workshop.kernel(planned.scenario.kernel) / "image"),
            digest_of_file(guest.initramfs),
            guest.firmware ? digest_of_file(guest.firmware->variables) : "-", guest.command_line);
        const auto earlier =
            wanted.fresh ? std::nullopt : load_record(planned.record_path, planned.key);
        if (earlier) {
            planned.record = *earlier;
            session.drop_last();
        } else {
            planned.session_index = session.size() - 1;
        }
        part.boots.push_back(std::move(planned));
    }
    return part;
}

Verdicts verdicts_of(const Part& part) {
    Verdicts verdicts;

    for (const Planned& planned : part.boots) {
        for (const Enforcement enforcement : planned.boot.enforcements) {
            for (const std::string& phase : phases_of(planned.boot, part.arch)) {
                for (const CatalogueImage& image : part.images) {
                    const auto found =
                        planned.record.verdicts.find(matrix_step(enforcement, phase, image.name));
                    if (found != planned.record.verdicts.end()) {
                        verdicts.add({planned.boot.kernel.name, enforcement, phase, image.name},
                                     found->second);
                    }
                }
            }
        }
    }
    return verdicts;
}

void add_rows(MatrixReport& report, const Part& part) {
    std::vector<MatrixBoot> boots;
    const Verdicts verdicts = verdicts_of(part);

    for (const Planned& planned : part.boots) {
        boots.push_back(planned.boot);
    }
    for (const KernelPhases& kernel : kernels_of(boots, part.arch)) {
        for (const Enforcement enforcement : kernel.enforcements) {
            for (const CatalogueImage& image : part.images) {
                report.rows.push_back(
                    make_row(part.arch.name, kernel, enforcement, image, verdicts));
            }
        }
    }
}

void add_boots(MatrixReport& report, const Part& part, const Session& session) {
    for (const Planned& planned : part.boots) {
        BootSummary boot;

        boot.arch = part.arch.name;
        boot.name = planned.boot.variant.name;
        boot.role = word_of(planned.boot.kernel.role);
        boot.release = planned.record.release;
        boot.seconds = planned.record.seconds;
        boot.notes = planned.scenario.notes;
        if (planned.session_index) {
            boot.console = session.console_log(*planned.session_index);
        }
        if (!planned.record.failure.empty()) {
            boot.complaints.push_back(planned.record.failure);
        }
        boot.complaints.insert(boot.complaints.end(), planned.record.trouble.begin(),
                               planned.record.trouble.end());
        report.boots.push_back(std::move(boot));
    }
}

/** The rows of a kernel under an enforcement that makes its verdicts count, if it is a subject. */
std::vector<const Row*> counting_rows(const MatrixReport& report, const Row& like) {
    std::vector<const Row*> rows;

    for (const Row& row : report.rows) {
        if (row.arch == like.arch && row.kernel.name == like.kernel.name &&
            row.enforcement == like.enforcement) {
            rows.push_back(&row);
        }
    }
    return rows;
}

bool begins_group(const std::vector<Row>& rows, std::size_t index) {
    return index == 0 || rows[index - 1].kernel.name != rows[index].kernel.name ||
           rows[index - 1].arch != rows[index].arch ||
           rows[index - 1].enforcement != rows[index].enforcement;
}

void add_kernels(MatrixReport& report) {
    for (std::size_t i = 0; i < report.rows.size(); ++i) {
        const Row& row = report.rows[i];

        if (begins_group(report.rows, i) && row.kernel.role == Role::subject &&
            row.enforcement != Enforcement::none) {
            report.kernels.push_back(
                {fmt::format("{} {}, {}", row.arch, row.kernel.name, word_of(row.enforcement)),
                 gains_something(counting_rows(report, row))});
        }
    }
}

void print_tap(const MatrixReport& report, Tap& tap) {
    for (const BootSummary& boot : report.boots) {
        Complaints complaints = boot.complaints;

        if (!complaints.empty() && !boot.console.empty()) {
            complaints.push_back("console: " + boot.console);
        }
        tap.result(
            fmt::format("{} {}: the guest comes to its end without a fault", boot.arch, boot.name),
            complaints);
    }
    for (const KernelSummary& kernel : report.kernels) {
        tap.result(kernel.name + ": the module makes a difference", kernel.complaints);
    }
    for (const Row& row : report.rows) {
        tap.result(fmt::format("{} {}, {}: {}", row.arch, row.kernel.name, word_of(row.enforcement),
                               row.image.name),
                   row.complaints);
    }
}

}  // namespace

int matrix(const Signals& signals, const Options& options, const MatrixOptions& wanted) {
    constexpr std::chrono::seconds least_timeout{3600};
    const Places places = find_places();
    const Commands commands(signals);
    Options patient = options;
    std::deque<Workshop> workshops;
    std::deque<Part> parts;
    MatrixReport report;

    patient.timeout = std::max(options.timeout, least_timeout);
    Session session(places, signals, wanted.sample ? "matrix-sample" : "matrix", patient);
    for (const std::string& name :
         wanted.arches.empty() ? known_arches(places.lab) : wanted.arches) {
        Workshop& workshop = workshops.emplace_back(places, commands, read_arch(places.lab, name));
        parts.push_back(plan_part(places, wanted, session, workshop));
    }

    std::vector<Planned*> running;
    for (Part& part : parts) {
        for (Planned& planned : part.boots) {
            if (planned.session_index) {
                running.push_back(&planned);
            }
        }
    }
    session.boot([&running](std::size_t index, const Outcome& outcome) {
        Planned& planned = *running.at(index);

        planned.record = record_of(outcome, planned.key);
        save_record(planned.record_path, planned.record);
    });
    for (const Part& part : parts) {
        add_boots(report, part, session);
        add_rows(report, part);
    }
    add_kernels(report);

    const auto directory = places.top / "build" / (wanted.sample ? "matrix-sample" : "matrix");
    std::filesystem::create_directories(directory);
    Tap tap(report.boots.size() + report.kernels.size() + report.rows.size(),
            directory / "matrix.tap");
    print_tap(report, tap);
    write_file(
        directory / "matrix.json",
        matrix_json(report).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
    write_file(directory / "matrix.html", matrix_html(report));
    write_file(directory / "supported-kernels.rst", supported_kernels_rst(report));
    const MatrixCounts counts = count(report);
    tap.comment(
        fmt::format("{} cells with both references; {} rows differ from the same code with "
                    "the policy of 6.0; {} from 6.1 by a known change; {} wrong",
                    counts.cells, counts.from_same_code, counts.explained, counts.failed));
    tap.comment("report: " + (directory / "matrix.html").string());
    return tap.all_passed() ? 0 : 1;
}

}  // namespace kxk::lab
