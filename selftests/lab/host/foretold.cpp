// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/foretold.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "host/images.h"
#include "host/judgements.h"

namespace kxk::lab {

namespace {

using nlohmann::json;

/** Certificates of all keys: a signature that is appended names its signer and no more. */
constexpr const char* key_names[] = {"builtin", "intermediate", "secondary", "platform", "unknown"};

std::string step_id(const std::string& phase, std::string_view signer) {
    return fmt::format("{}/explain/{}", phase, signer);
}

/** The part of an explanation that counts at the time. */
std::optional<json> side_of(const Outcome& outcome, const std::string& phase,
                            std::string_view signer, Complaints& complaints) {
    const StepResult* result = outcome.find(step_id(phase, signer));
    const json answer = json::parse(result == nullptr ? "" : result->output, nullptr, false);

    if (answer.is_discarded() || !answer.contains("now")) {
        complaints.push_back(fmt::format(
            "{} image, {}: no explanation: {}", signer, phase,
            result == nullptr ? "the guest never came that far" : result->errors + result->output));
        return std::nullopt;
    }
    return answer.at(answer.at("now").get<std::string>());
}

std::string word_of(const json& error) {
    return error.is_number() ? verdict_word(error.get<int>()) : "cannot tell";
}

/** The verifier's results, in the order of the events. */
std::vector<int> results_in(const Outcome& outcome, const std::string& trace) {
    constexpr std::string_view field = " result=";
    const StepResult* result = outcome.find(trace);
    std::istringstream lines(result == nullptr ? std::string() : result->output);
    std::vector<int> results;

    for (std::string line; std::getline(lines, line);) {
        const auto found = line.find(field);

        if (found != std::string::npos && line.find(" keyrings=") != std::string::npos) {
            results.push_back(-std::stoi(line.substr(found + field.size())));
        }
    }
    return results;
}

}  // namespace

std::string stated_policy(const Variant& variant) {
    constexpr std::string_view parameter = "kexec_lab_policy=";
    const auto found = variant.options.find(parameter);

    if (found == std::string::npos) {
        return variant.stated;
    }
    const auto start = found + parameter.size();
    std::string policy = variant.options.substr(start, variant.options.find(' ', start) - start);
    std::replace(policy.begin(), policy.end(), '-', ' ');
    return policy;
}

void add_explanations(Scenario& scenario, const std::string& phase, const Variant& variant,
                      const ImageNames& names) {
    for (const std::string_view signer : names) {
        std::vector<std::string> argv{"kexec-keyrings", "explain", "--json"};

        for (const char* name : key_names) {
            argv.insert(argv.end(), {"--cert", fmt::format("/lab/keys/{}.der", name)});
        }
        if (const auto policy = stated_policy(variant); !policy.empty()) {
            argv.insert(argv.end(), {"--native", policy});
        }
        argv.push_back(guest_image(signer));
        scenario.step(step_id(phase, signer), RunProgram{argv});
    }
}

Expectation foretold(const std::string& phase, const ImageNames& names) {
    return [phase, names](const Outcome& outcome) {
        const Column column = column_of(outcome, phase, names);
        Complaints complaints;

        for (const std::string_view signer : names) {
            const auto side = side_of(outcome, phase, signer, complaints);
            const auto cell = column.find(std::string(signer));

            if (!side) {
                continue;
            }
            const json said = side->value("errno", json());
            if (cell == column.end() || said != json(cell->second)) {
                complaints.push_back(
                    fmt::format("{} image, {}: foretold {}; was {}", signer, phase, word_of(said),
                                cell == column.end() ? "not tried" : verdict_word(cell->second)));
            }
        }
        return complaints;
    };
}

Expectation not_foretold(const std::string& phase) {
    return [phase](const Outcome& outcome) {
        Complaints complaints;

        for (const std::string_view signer : signers) {
            const auto side = side_of(outcome, phase, signer, complaints);

            if (side && !side->value("errno", json()).is_null()) {
                complaints.push_back(fmt::format("{} image, {}: foretold {}", signer, phase,
                                                 word_of(side->value("errno", json()))));
            }
        }
        return complaints;
    };
}

Expectation not_excluded(const std::string& phase, const ImageNames& names) {
    return [phase, names](const Outcome& outcome) {
        const Column column = column_of(outcome, phase, names);
        Complaints complaints;

        for (const std::string_view signer : names) {
            const auto side = side_of(outcome, phase, signer, complaints);
            const auto cell = column.find(std::string(signer));
            const json possible = side ? side->value("possible", json::array()) : json::array();

            if (cell == column.end() || std::find(possible.begin(), possible.end(),
                                                  verdict_word(cell->second)) == possible.end()) {
                complaints.push_back(fmt::format(
                    "{} image, {}: possible were {}; was {}", signer, phase, possible.dump(),
                    cell == column.end() ? "not tried" : verdict_word(cell->second)));
            }
        }
        return complaints;
    };
}

Expectation foretold_by_verify(const std::string& phase, const std::string& verify_phase,
                               const ImageNames& names) {
    return [=](const Outcome& outcome) {
        Complaints complaints;

        for (const std::string_view name : names) {
            const auto side = side_of(outcome, phase, name, complaints);
            const auto verifier = verifier_in(outcome, verify_phase, name);
            const json said = side ? side->value("verifier", json()) : json();

            if (!verifier || said != json::array({verdict_word(*verifier)})) {
                complaints.push_back(
                    fmt::format("{} image: the verifier was to return {}, and returned {}", name,
                                said.dump(), verifier ? verdict_word(*verifier) : "no answer"));
            }
        }
        return complaints;
    };
}

Expectation foretold_by_trace(const std::string& phase, const std::string& trace) {
    return [phase, trace](const Outcome& outcome) {
        const std::vector<int> results = results_in(outcome, trace);
        Complaints complaints;

        if (results.size() != signers.size()) {
            complaints.push_back(
                fmt::format("{} events for {} images", results.size(), signers.size()));
            return complaints;
        }
        for (std::size_t i = 0; i < signers.size(); ++i) {
            const auto side = side_of(outcome, phase, signers[i], complaints);

            if (!side) {
                continue;
            }
            const json said = side->value("verifier", json());
            if (said != json::array({verdict_word(results[i])})) {
                complaints.push_back(
                    fmt::format("{} image, {}: the verifier was to return {}, "
                                "and returned {}",
                                signers[i], phase, said.dump(), verdict_word(results[i])));
            }
        }
        return complaints;
    };
}

}  // namespace kxk::lab
