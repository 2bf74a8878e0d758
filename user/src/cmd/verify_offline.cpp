// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/verify_offline.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "cmd/image_file.h"
#include "cmd/repeated_option.h"
#include "image/openssl.h"
#include "trust/machine_json.h"
#include "trust/verdict.h"

namespace kxk::cmd {
namespace {

using trust::Keyring;

using Files = std::vector<std::string> OfflineOptions::*;

struct KeyringOption {
    Keyring keyring;
    const char* name;
    Files files;
    const char* description;
};

constexpr std::array<KeyringOption, trust::all_keyrings.size()> keyring_options{{
    {Keyring::builtin, "--builtin", &OfflineOptions::builtin,
     "Without a kernel: a file of certificates (PEM or DER) that are on .builtin_trusted_keys"},
    {Keyring::secondary, "--secondary", &OfflineOptions::secondary,
     "The same for .secondary_trusted_keys, which links to builtin and machine"},
    {Keyring::machine, "--machine", &OfflineOptions::machine, "The same for .machine"},
    {Keyring::platform, "--platform", &OfflineOptions::platform, "The same for .platform"},
    {Keyring::blacklist, "--blacklist", &OfflineOptions::blacklist,
     "The same for .blacklist: revoked, on the way to .platform"},
}};

/* A machine whose keyrings are made of files. */
struct Setting {
    trust::Machine machine;
    Certificates known;
};

std::variant<Setting, Explanation> make_setting(const host::System& system,
                                                const OfflineOptions& options) {
    Setting setting;
    for (const auto& option : keyring_options) {
        auto read = read_certificate_files(system, options.*option.files);
        if (const auto* problem = std::get_if<Explanation>(&read))
            return *problem;
        auto& certificates = std::get<Certificates>(read);
        trust::KeyringState state;
        state.keyring = option.keyring;
        state.present = true;
        state.links.emplace();
        if (option.keyring == Keyring::secondary) {
            for (const auto linked : {Keyring::builtin, Keyring::machine})
                state.links->emplace_back(trust::kernel_name_of(linked));
        }
        state.contents.emplace();
        for (const auto& certificate : certificates.plain)
            state.contents->push_back({"asymmetric", certificate.description});
        setting.machine.keyrings.push_back(std::move(state));
        std::move(certificates.x509.begin(), certificates.x509.end(),
                  std::back_inserter(setting.known.x509));
        std::move(certificates.plain.begin(), certificates.plain.end(),
                  std::back_inserter(setting.known.plain));
    }
    return setting;
}

std::string word_of(const trust::Outcomes& outcomes) {
    std::vector<std::string> words;
    for (const int error : outcomes)
        words.push_back(error == 0 ? "accepted" : errno_name(error));
    return fmt::format("{}", fmt::join(words, " or "));
}

trust::Json outcomes_json(const trust::Outcomes& outcomes) {
    const auto error = trust::certain(outcomes);
    return {{"errno", error ? trust::Json(*error) : trust::Json(nullptr)},
            {"errno_name",
             error && *error != 0 ? trust::Json(errno_name(*error)) : trust::Json(nullptr)}};
}

trust::Json verification_json(const std::string& image, const trust::Verification& verification) {
    trust::Json consulted = trust::Json::array();
    trust::Json accepted_by = nullptr;
    for (const auto& consultation : verification.consultations) {
        trust::Json entry = {{"keyring", trust::word_of(consultation.keyring)}};
        entry.update(outcomes_json(consultation.outcomes));
        consulted.push_back(std::move(entry));
        if (trust::succeeds(consultation.outcomes) == trust::Answer::yes)
            accepted_by = trust::word_of(consultation.keyring);
    }
    trust::Json verdict = nullptr;
    if (const auto answer = trust::succeeds(verification.outcomes);
        answer != trust::Answer::cannot_tell)
        verdict = answer == trust::Answer::yes ? "accepted" : "refused";
    trust::Json json = {{"image", image}, {"verdict", verdict}};
    json.update(outcomes_json(verification.outcomes));
    json["accepted_by"] = accepted_by;
    json["nanoseconds"] = nullptr;
    json["consulted"] = consulted;
    return json;
}

void print_verdict(const std::string& image, const trust::Verification& verification,
                   const Context& context) {
    context.out << fmt::format("{}: {}\n", image, word_of(verification.outcomes));
    for (const auto& consultation : verification.consultations)
        context.out << fmt::format("  {}: {}\n", trust::word_of(consultation.keyring),
                                   word_of(consultation.outcomes));
}

}  // namespace

bool OfflineOptions::wanted() const {
    return std::any_of(keyring_options.begin(), keyring_options.end(),
                       [this](const auto& option) { return !(this->*option.files).empty(); });
}

void add_offline_options(CLI::App& command, OfflineOptions& options) {
    for (const auto& option : keyring_options) {
        take_one_each_time(
            command.add_option(option.name, options.*option.files, option.description));
    }
    command
        .add_option("--policy", options.policy,
                    "Without a kernel: the keyrings that are consulted (\"secondary platform\")")
        ->check(CLI::Validator(
            [](const std::string& text) {
                return trust::parse_policy(text)
                           ? std::string()
                           : fmt::format("\"{}\" is no policy, such as \"builtin\"", text);
            },
            "POLICY"));
}

Exit verify_offline(const std::vector<std::string>& images, const OfflineOptions& options,
                    bool json, const Context& context) {
    image::prepare_openssl_to_judge();
    context.system.give_up_privileges();
    auto made = make_setting(context.system, options);
    if (const auto* problem = std::get_if<Explanation>(&made)) {
        if (json) {
            trust::Json answer = {{"images", trust::Json::array()}};
            answer.update(to_json(*problem));
            context.out << trust::to_text(answer);
        } else {
            print_for_people(*problem, context);
        }
        return Exit::cannot_tell;
    }
    auto& setting = std::get<Setting>(made);
    const auto policy = options.policy.empty() ? trust::policy_of_linux_6_0(true)
                                               : *trust::parse_policy(options.policy);
    trust::Json list = trust::Json::array();
    auto exit = Exit::yes;
    for (const auto& path : images) {
        const auto image = read_image_file(context.system, path, setting.known);
        if (const auto* problem = std::get_if<Explanation>(&image)) {
            trust::Json entry = {{"image", path}, {"verdict", nullptr}};
            entry.update(to_json(*problem));
            list.push_back(std::move(entry));
            if (!json)
                print_for_people(*problem, context);
            exit = std::max(exit, Exit::cannot_tell);
            continue;
        }
        const auto& facts = std::get<trust::ImageFacts>(image);
        setting.machine.arch = facts.architecture;
        const auto verification =
            trust::verify(facts, policy, setting.machine, setting.known.plain);
        list.push_back(verification_json(path, verification));
        if (!json)
            print_verdict(path, verification, context);
        exit = std::max(exit, exit_of(trust::succeeds(verification.outcomes)));
    }
    if (json)
        context.out << trust::to_text({{"images", std::move(list)}});
    return exit;
}

}  // namespace kxk::cmd
