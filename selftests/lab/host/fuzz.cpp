// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "common/text_file.h"
#include "host/commands.h"
#include "host/fuzz_answers.h"
#include "host/fuzz_boots.h"
#include "host/fuzz_differences.h"
#include "host/session.h"
#include "host/tap.h"
#include "host/variants.h"
#include "image/pe.h"

namespace kxk::lab {

namespace {

/** An architecture of the run. */
struct Part {
    Arch arch;
    FuzzWork work;
    std::vector<Scenario> scenarios;               ///< one of each guest
    std::vector<std::optional<Outcome>> outcomes;  ///< likewise
};

/** Results of each architecture, besides those of its guests. */
constexpr std::size_t results_of_part = 5;

/** More findings of a kind are not kept: the images can be made again. */
constexpr std::size_t most_kept = 50;

std::uint16_t pe_machine(const Arch& arch) {
    return arch.name == "x86_64" ? image::pe_machine_x86_64 : image::pe_machine_arm64;
}

Part plan_part(Session& session, Workshop& workshop, const FuzzOptions& wanted) {
    Part part;

    part.arch = workshop.arch();
    workshop.use_no_images_of(image_kernel);
    const Signer signer = workshop.signer();
    part.work = {make_fuzz_bases(signer, pe_machine(part.arch)), wanted.seed, wanted.images};
    const Catalogue catalogue = catalogue_of_keys(signer);
    for (const FuzzGuest guest : fuzz_guests) {
        part.scenarios.push_back(fuzz_scenario(guest, part.arch, catalogue, part.work));
        session.prepare(workshop, part.scenarios.back());
    }
    part.outcomes.resize(part.scenarios.size());
    return part;
}

Mutator mutator_of(const Part& part) {
    std::vector<std::string> bases;

    for (const FuzzBase& base : part.work.bases) {
        bases.push_back(base.contents);
    }
    return {part.arch.signature == Signature::pe ? ImageForm::pe : ImageForm::appended,
            std::move(bases), part.work.seed};
}

/** Holds the answers of an architecture's guests against each other, and keeps what is strange. */
class Judge {
  public:
    Judge(const Part& part, std::filesystem::path found)
        : part_(part), found_(std::move(found)), mutator_(mutator_of(part)) {
        for (const auto& outcome : part.outcomes) {
            answers_.push_back(fuzz_answers(*outcome));
        }
    }

    void report(Tap& tap) const {
        const std::string& arch = part_.arch.name;
        const auto explanations = explain_differences(mutator_, of(FuzzGuest::subject),
                                                      of(FuzzGuest::native), part_.work.count);

        describe(tap);
        tap.result(arch + ": all guests judge the images that are made here, too", same_images());
        tap.result(arch + ": the images reach the signatures",
                   reach_signatures(of(FuzzGuest::same_code)));
        tap.result(
            fmt::format("{}: no image is judged otherwise than by {}", arch,
                        name_of(FuzzGuest::same_code)),
            keep(differing(of(FuzzGuest::subject), of(FuzzGuest::same_code), part_.work.count),
                 "differs"));
        for (const FuzzDifference& known : fuzz_differences()) {
            if (const auto count = explanations.explained.find(known.cause);
                count != explanations.explained.end()) {
                tap.comment(fmt::format("{}: {} images differ from 6.1 by {}: {}", arch,
                                        count->second, known.cause, known.text));
            }
        }
        tap.result(arch + ": where 6.1 judges otherwise, a known change is why",
                   keep(explanations.unexplained, "6.1 differs"));
        tap.result(arch + ": no image is accepted with a content that nobody has signed",
                   strangers());
    }

  private:
    [[nodiscard]] const FuzzAnswers& of(FuzzGuest guest) const {
        return answers_.at(static_cast<std::size_t>(guest));
    }

    [[nodiscard]] const std::string& name_of(FuzzGuest guest) const {
        return part_.scenarios.at(static_cast<std::size_t>(guest)).name;
    }

    [[nodiscard]] Complaints same_images() const {
        Complaints complaints;

        for (const FuzzGuest guest : fuzz_guests) {
            const auto index = static_cast<std::size_t>(guest);

            if (fuzz_fingerprints(*part_.outcomes.at(index)) !=
                own_fingerprints(mutator_, part_.scenarios.at(index))) {
                complaints.push_back(name_of(guest) + " has judged others");
            }
        }
        return complaints;
    }

    /** What came of how many images. */
    void describe(Tap& tap) const {
        for (const auto& [answer, count] : distribution_of(of(FuzzGuest::subject))) {
            tap.comment(
                fmt::format("{}: {:6} {}", part_.arch.name, count, words_of_answer(answer)));
        }
    }

    [[nodiscard]] std::string answer_of(FuzzGuest guest, std::uint64_t number) const {
        const FuzzAnswers& answers = of(guest);

        return number < answers.size() ? words_of_answer(answers[number]) : "no answer";
    }

    /** Writes an image, and what there is to say of it. @return that, and where it is */
    [[nodiscard]] std::string keep(std::uint64_t number, const std::string& text) const {
        const auto file =
            found_ / fmt::format("{}-seed-{}-image-{}", part_.arch.name, part_.work.seed, number);
        const Mutant mutant = mutator_.make(number);
        std::string words = fmt::format("image {} of seed {}, made from {}", number,
                                        part_.work.seed, part_.work.bases.at(mutant.base).name);

        for (const std::string& change : mutant.changes) {
            words += "; " + change;
        }
        words += ": " + text;
        for (const FuzzGuest guest : fuzz_guests) {
            words += fmt::format("; {}: {}", name_of(guest), answer_of(guest, number));
        }
        std::filesystem::create_directories(found_);
        write_file(file.string() + ".image", mutant.bytes);
        write_file(file.string() + ".txt", words + '\n');
        return words + "; " + file.string() + ".image";
    }

    [[nodiscard]] Complaints keep(const std::vector<std::uint64_t>& numbers,
                                  const std::string& text) const {
        Complaints complaints;

        for (std::size_t i = 0; i < std::min(numbers.size(), most_kept); ++i) {
            complaints.push_back(keep(numbers[i], text));
        }
        if (numbers.size() > most_kept) {
            complaints.push_back(fmt::format("{} more", numbers.size() - most_kept));
        }
        return complaints;
    }

    /** Of any guest's answers. */
    [[nodiscard]] Complaints strangers() const {
        Complaints complaints;

        for (const FuzzGuest guest : fuzz_guests) {
            for (const FuzzFinding& finding : accepted_strangers(mutator_, of(guest))) {
                if (complaints.size() < most_kept) {
                    complaints.push_back(keep(finding.number, finding.text));
                }
            }
        }
        return complaints;
    }

    const Part& part_;
    std::filesystem::path found_;
    Mutator mutator_;
    std::vector<FuzzAnswers> answers_;
};

void report_guest(Tap& tap, const Part& part, std::size_t index,
                  const std::filesystem::path& console) {
    const Scenario& scenario = part.scenarios.at(index);
    const Outcome& outcome = *part.outcomes.at(index);
    Complaints complaints = fuzz_ended_well(outcome, part.work);

    if (!complaints.empty()) {
        complaints.push_back("console: " + console.string());
    }
    for (const std::string& note : scenario.notes) {
        tap.comment(fmt::format("{} {}: {}", part.arch.name, scenario.name, note));
    }
    tap.result(fmt::format("{} {}: the guest judges all images without a fault", part.arch.name,
                           scenario.name),
               complaints);
    tap.comment(fmt::format("{} {}: {:.0f} s", part.arch.name, scenario.name, outcome.seconds));
}

}  // namespace

int fuzz(const Signals& signals, const Options& options, const FuzzOptions& wanted) {
    constexpr std::uint64_t least_images_per_second = 10;
    const std::size_t guests = std::size(fuzz_guests);
    const Places places = find_places();
    const Commands commands(signals);
    Options patient = options;
    std::deque<Workshop> workshops;
    std::deque<Part> parts;

    patient.timeout += std::chrono::seconds(wanted.images / least_images_per_second);
    Session session(places, signals, "fuzz", patient);
    for (const std::string& name :
         wanted.arches.empty() ? known_arches(places.lab) : wanted.arches) {
        Workshop& workshop = workshops.emplace_back(places, commands, read_arch(places.lab, name));
        parts.push_back(plan_part(session, workshop, wanted));
    }

    Tap tap(parts.size() * (guests + results_of_part));
    tap.comment(fmt::format("{} images, seed {}", wanted.images, wanted.seed));
    session.boot([&](std::size_t index, Outcome outcome) {
        Part& part = parts.at(index / guests);

        part.outcomes.at(index % guests) = std::move(outcome);
        report_guest(tap, part, index % guests, session.console_log(index));
    });
    for (const Part& part : parts) {
        Judge(part, places.build / "fuzz/found").report(tap);
    }
    return tap.all_passed() ? 0 : 1;
}

}  // namespace kxk::lab
