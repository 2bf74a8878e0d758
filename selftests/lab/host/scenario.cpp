// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/scenario.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace kxk::lab {

namespace {

/** What a step said, for a complaint. */
std::string words_of(const StepResult& result) {
    std::string words = result.errors + result.output;

    std::replace(words.begin(), words.end(), '\n', ' ');
    for (const std::string& line : result.log) {
        words += " [" + line + "]";
    }
    return words.empty() ? "" : "; it said: " + words;
}

/** Judges a step that the guest has come to. */
Expectation about(const std::string& id, std::function<Complaints(const StepResult&)> judge) {
    return [id, judge = std::move(judge)](const Outcome& outcome) -> Complaints {
        const StepResult* result = outcome.find(id);

        if (result == nullptr) {
            return {fmt::format("{}: the guest never came that far", id)};
        }
        return judge(*result);
    };
}

}  // namespace

std::string Scenario::step(const std::string& id, Action action, bool required) {
    plan.steps.push_back({id, std::move(action), required});
    return id;
}

void Scenario::expect(const std::string& case_name, Expectation judge) {
    cases.push_back({case_name, std::move(judge)});
}

Expectation succeeds(const std::string& id) {
    return about(id, [](const StepResult& result) -> Complaints {
        if (result.error == 0 && result.status == 0) {
            return {};
        }
        return {fmt::format("{}: {}, exit status {}{}", result.id, verdict_word(result.error),
                            result.status, words_of(result))};
    });
}

Expectation fails_with(const std::string& id, int error) {
    return about(id, [error](const StepResult& result) -> Complaints {
        if (result.error == error) {
            return {};
        }
        return {fmt::format("{}: {}, not {}{}", result.id, verdict_word(result.error),
                            verdict_word(error), words_of(result))};
    });
}

Expectation exits_with(const std::string& id, int status) {
    return about(id, [status](const StepResult& result) -> Complaints {
        if (result.error == 0 && result.status == status) {
            return {};
        }
        return {fmt::format("{}: exit status {}, not {}{}", result.id, result.status, status,
                            words_of(result))};
    });
}

Expectation says(const std::string& id, const std::string& text) {
    return about(id, [text](const StepResult& result) -> Complaints {
        if ((result.output + result.errors).find(text) != std::string::npos) {
            return {};
        }
        return {fmt::format("{}: no \"{}\"{}", result.id, text, words_of(result))};
    });
}

Expectation says_nothing_of(const std::string& id, const std::string& text) {
    return about(id, [text](const StepResult& result) -> Complaints {
        if ((result.output + result.errors).find(text) == std::string::npos) {
            return {};
        }
        return {fmt::format("{}: \"{}\"{}", result.id, text, words_of(result))};
    });
}

Expectation logs(const std::string& id, const std::string& text) {
    return about(id, [text](const StepResult& result) -> Complaints {
        const auto has = [&text](const std::string& line) {
            return line.find(text) != std::string::npos;
        };

        if (std::any_of(result.log.begin(), result.log.end(), has)) {
            return {};
        }
        return {
            fmt::format("{}: no \"{}\" in the kernel log{}", result.id, text, words_of(result))};
    });
}

Expectation has_value(const std::string& id, const std::string& key, const std::string& value) {
    return about(id, [key, value](const StepResult& result) -> Complaints {
        const auto found = result.values.find(key);

        if (found != result.values.end() && found->second == value) {
            return {};
        }
        return {fmt::format("{}: {} is \"{}\", not \"{}\"{}", result.id, key,
                            found == result.values.end() ? "(absent)" : found->second, value,
                            words_of(result))};
    });
}

Expectation all_of(std::vector<Expectation> expectations) {
    return [expectations = std::move(expectations)](const Outcome& outcome) {
        Complaints all;

        for (const Expectation& expectation : expectations) {
            const Complaints some = expectation(outcome);

            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    };
}

std::string value_of(const Outcome& outcome, const std::string& id, const std::string& key) {
    const StepResult* result = outcome.find(id);

    if (result == nullptr || result->values.count(key) == 0) {
        return {};
    }
    return result->values.at(key);
}

Complaints ended_well(const Outcome& outcome) {
    Complaints complaints;

    if (!outcome.failure.empty()) {
        complaints.push_back(outcome.failure);
    }
    for (const std::string& line : outcome.trouble) {
        complaints.push_back("in the kernel log: " + line);
    }
    return complaints;
}

}  // namespace kxk::lab
