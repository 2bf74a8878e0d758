// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/matrix_rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace kxk::lab {

namespace {

/** Images that nobody vouches for: wherever verdicts count, they must be refused. */
bool is_control(const std::string& image) {
    return image == "unknown" || image == "unsigned";
}

std::optional<Verdict> look_up(const Verdicts& verdicts, const Cell& cell) {
    const Verdict* verdict = verdicts.find(cell);

    return verdict == nullptr ? std::nullopt : std::optional<Verdict>(*verdict);
}

bool same(const std::optional<Verdict>& a, const std::optional<Verdict>& b) {
    return a && b && same_answer(*a, *b);
}

std::string with_state(const std::optional<Verdict>& verdict) {
    return fmt::format("{}{}", verdict_word(verdict),
                       verdict && verdict->loaded != (verdict->error == 0)
                           ? verdict->loaded ? ", and a kernel is loaded" : ", and none is loaded"
                           : "");
}

const std::optional<Verdict>* verdict_in(const Row& row, const std::string& phase) {
    const auto found =
        std::find_if(row.verdicts.begin(), row.verdicts.end(),
                     [&phase](const RowVerdict& verdict) { return verdict.phase == phase; });

    return found == row.verdicts.end() ? nullptr : &found->verdict;
}

const KnownDifference* find_difference(const Row& row) {
    const auto& all = known_differences();
    const auto has = [](const std::vector<std::string>& words, const std::string& word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    const auto found = std::find_if(all.begin(), all.end(), [&](const KnownDifference& known) {
        return has(known.images, row.image.name) &&
               (known.arches.empty() || has(known.arches, row.arch));
    });

    return found == all.end() ? nullptr : &*found;
}

/** With the module, a subject answers as both references do. */
void judge_subject(Row& row, const RowVerdict& cell) {
    if (!same(cell.verdict, row.same_code)) {
        row.complaints.push_back(fmt::format("{}: {}; the same code with the policy of 6.0: {}",
                                             cell.phase, with_state(cell.verdict),
                                             with_state(row.same_code)));
    }
    if (same(cell.verdict, row.native)) {
        return;
    }
    row.difference = find_difference(row);
    // What comes from another change, the reference of the same code shows, too.
    if (row.difference == nullptr || !row.native || !same(cell.verdict, row.same_code)) {
        row.complaints.push_back(fmt::format("{}: {}; {}: {}, and no other change explains it",
                                             cell.phase, with_state(cell.verdict),
                                             row.kernel.native, with_state(row.native)));
    }
}

void judge(Row& row) {
    const auto* before = verdict_in(row, phase_absent);

    for (const RowVerdict& cell : row.verdicts) {
        if (!cell.verdict) {
            row.complaints.push_back(fmt::format("{}: no answer", cell.phase));
            continue;
        }
        if (is_control(row.image.name) && row.enforcement != Enforcement::none &&
            (cell.verdict->error == 0 || cell.verdict->loaded)) {
            row.complaints.push_back(
                fmt::format("{}: an image is accepted that nobody vouches for", cell.phase));
        }
        if (row.kernel.role == Role::subject && is_with_module(cell.phase)) {
            judge_subject(row, cell);
        } else if (before == nullptr || !same(cell.verdict, *before)) {
            row.complaints.push_back(
                fmt::format("{}: {}; without the module: {}", cell.phase, with_state(cell.verdict),
                            before == nullptr ? "no answer" : with_state(*before)));
        }
    }
}

}  // namespace

std::vector<KernelPhases> kernels_of(const std::vector<MatrixBoot>& boots, const Arch& arch) {
    std::vector<KernelPhases> kernels;
    const auto add_new = [](auto& list, const auto& more) {
        for (const auto& element : more) {
            if (std::find(list.begin(), list.end(), element) == list.end()) {
                list.push_back(element);
            }
        }
    };

    for (const MatrixBoot& boot : boots) {
        auto found = std::find_if(kernels.begin(), kernels.end(), [&boot](const auto& kernel) {
            return kernel.kernel.name == boot.kernel.name;
        });
        if (found == kernels.end()) {
            found = kernels.insert(found, {boot.kernel, {}, {}});
        }
        add_new(found->phases, phases_of(boot, arch));
        add_new(found->enforcements, boot.enforcements);
    }
    return kernels;
}

Row make_row(const std::string& arch, const KernelPhases& kernel, Enforcement enforcement,
             const CatalogueImage& image, const Verdicts& verdicts) {
    Row row;

    row.arch = arch;
    row.kernel = kernel.kernel;
    row.enforcement = enforcement;
    row.image = image;
    for (const std::string& phase : kernel.phases) {
        row.verdicts.push_back(
            {phase, look_up(verdicts, {kernel.kernel.name, enforcement, phase, image.name})});
    }
    if (row.kernel.role == Role::subject) {
        row.same_code =
            look_up(verdicts, {kernel.kernel.same_code, enforcement, phase_absent, image.name});
        row.native =
            look_up(verdicts, {kernel.kernel.native, enforcement, phase_absent, image.name});
    }
    judge(row);
    return row;
}

Complaints gains_something(const std::vector<const Row*>& rows) {
    const bool any = std::any_of(rows.begin(), rows.end(), [](const Row* row) {
        const auto* before = verdict_in(*row, phase_absent);

        return before != nullptr && *before && (*before)->error != 0 &&
               std::all_of(row->verdicts.begin(), row->verdicts.end(), [](const RowVerdict& cell) {
                   return !is_with_module(cell.phase) || (cell.verdict && cell.verdict->error == 0);
               });
    });

    return any ? Complaints()
               : Complaints{"no image that is refused without the module is accepted with it"};
}

std::string verdict_word(const std::optional<Verdict>& verdict) {
    return verdict ? verdict_word(verdict->error) : "no answer";
}

}  // namespace kxk::lab
