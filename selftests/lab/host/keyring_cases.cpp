// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/keyring_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kxk::lab {

namespace {

/** A keyring of the guest, as it has to be. */
struct ExpectedKeyring {
    const char* name;
    std::vector<std::string> keys;   ///< names of the lab's, sorted
    std::vector<std::string> links;  ///< of all kinds, in the order of the keyring
};

/** The companion's answer about a keyring, held against what must be there. */
Complaints compare_keyring(const nlohmann::json& keyrings, const ExpectedKeyring& expected) {
    const auto found = keyrings.find(expected.name);

    if (found == keyrings.end() || !found->value("keys", nlohmann::json()).is_array()) {
        return {fmt::format("{}: not told", expected.name)};
    }
    std::vector<std::string> keys;
    for (const auto& key : found->at("keys")) {
        const bool has_id = key.at("key_id").is_string();

        keys.push_back(key.value("name", "") + (has_id ? "" : " without a key id"));
    }
    std::sort(keys.begin(), keys.end());
    const auto links = found->value("links", std::vector<std::string>());
    if (keys != expected.keys || links != expected.links) {
        return {fmt::format("{}: keys {}; links {}", expected.name, fmt::join(keys, ", "),
                            fmt::join(links, ", "))};
    }
    return {};
}

/** `keys --json` tells every keyring of the guest: the lab's keys, no others, and the links. */
Expectation tells_keyrings(const std::string& id) {
    return [id](const Outcome& outcome) -> Complaints {
        const StepResult* result = outcome.find(id);
        const auto answer = nlohmann::json::parse(
            result == nullptr ? std::string() : result->output, nullptr, false);

        if (!answer.is_object() || !answer.contains("keyrings")) {
            return {"no JSON that tells the keyrings"};
        }
        const std::vector<ExpectedKeyring> expected{
            {".builtin_trusted_keys", {"kexec-keyrings lab: lab builtin key"}, {}},
            {".secondary_trusted_keys",
             {"kexec-keyrings lab: lab intermediate key", "kexec-keyrings lab: lab secondary key"},
             {".builtin_trusted_keys"}},
            {".platform", {"kexec-keyrings lab: lab platform key"}, {}},
            {".blacklist", {}, {}},
        };
        const auto& keyrings = answer["keyrings"];
        Complaints complaints;

        for (const ExpectedKeyring& keyring : expected) {
            const auto more = compare_keyring(keyrings, keyring);

            complaints.insert(complaints.end(), more.begin(), more.end());
        }
        const auto machine = keyrings.find(".machine");
        if (machine == keyrings.end() || machine->value("present", nlohmann::json()) != false) {
            complaints.emplace_back(".machine: not told to be absent");
        }
        return complaints;
    };
}

}  // namespace

void add_keyrings(Scenario& scenario) {
    constexpr const char* keyrings[][2] = {{".builtin_trusted_keys", "lab builtin key"},
                                           {".secondary_trusted_keys", "lab secondary key"},
                                           {".platform", "lab platform key"}};
    std::vector<Expectation> expectations;

    for (const auto& [keyring, key] : keyrings) {
        const auto list = scenario.step(fmt::format("keys/{}", keyring), ListKeys{keyring});

        expectations.push_back(says(list, key));
        expectations.push_back(says_nothing_of(list, "lab unknown key"));
    }
    scenario.expect("each key is on its keyring, the unknown one on none",
                    all_of(std::move(expectations)));

    const auto told = scenario.step("keys/told", RunProgram{{"kexec-keyrings", "keys", "--json"}});
    scenario.expect("the companion tells each keyring with its keys and links",
                    all_of({exits_with(told, 0), tells_keyrings(told)}));
}

}  // namespace kxk::lab
