// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/judgements.h"

#include <fmt/format.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "host/images.h"

namespace kxk::lab {

namespace {

std::string step_id(const std::string& phase, std::string_view signer) {
    return fmt::format("{}/verify/{}", phase, signer);
}

/** One judgement under construction. */
class Judgement {
  public:
    void consult(std::string_view keyring, int error) {
        text_ += fmt::format("{}{} {}", text_.empty() ? "" : ", ", keyring, verdict_word(error));
        last_ = error;
    }

    /** With the verdict of the keyring that was consulted last. */
    [[nodiscard]] std::string finish() const { return finish(last_); }

    [[nodiscard]] std::string finish(int error) const {
        return fmt::format("{}: {}",
                           error == 0 ? "accepted" : fmt::format("refused {}", verdict_word(error)),
                           text_.empty() ? "no keyring" : text_);
    }

  private:
    std::string text_;
    int last_ = 0;
};

std::string parse_judgement(const nlohmann::json& image) {
    Judgement judgement;

    if (image.at("consulted").is_null()) {
        return "which keyrings were consulted is not known";
    }
    for (const auto& consulted : image.at("consulted")) {
        judgement.consult(consulted.at("keyring").get<std::string>(), consulted.at("errno"));
    }
    return judgement.finish(image.at("errno"));
}

/** What a keyring answers about an image that has a signature. */
int answer_of(trust::Keyring keyring, std::string_view signer) {
    const bool tampered = signer == "tampered";  // with an image signed by secondary
    const std::string_view key = tampered ? "secondary" : signer;
    bool found = false;

    for (const trust::Keyring home :
         {trust::Keyring::builtin, trust::Keyring::secondary, trust::Keyring::platform}) {
        found = found || (trust::word_of(home) == key &&
                          trust::consults(trust::Policy{{keyring}}, home, false));
    }
    // Without a key there is nothing to check the content with.
    if (tampered && found) {
        return EKEYREJECTED;
    }
    return found ? 0 : ENOKEY;
}

}  // namespace

void add_judgements(Plan& plan, const std::string& phase, const ImageNames& names) {
    for (const std::string_view signer : names) {
        plan.steps.push_back({step_id(phase, signer), RunProgram{{"kexec-keyrings", "verify",
                                                                  "--json", guest_image(signer)}}});
    }
}

std::string judgement_in(const StepResult& result) {
    try {
        const auto image = nlohmann::json::parse(result.output).at("images").at(0);
        const std::string judgement = parse_judgement(image);
        const int status = image.at("errno") == 0 ? 0 : 1;

        return result.status == status
                   ? judgement
                   : fmt::format("{}; but exit status {}", judgement, result.status);
    } catch (const nlohmann::json::exception& error) {
        return fmt::format("exit status {}, {} ({}{})", result.status, error.what(), result.output,
                           result.errors);
    }
}

std::optional<int> verifier_in(const Outcome& outcome, const std::string& phase,
                               std::string_view name) {
    const StepResult* result = outcome.find(step_id(phase, name));

    try {
        return nlohmann::json::parse(result == nullptr ? "" : result->output)
            .at("images")
            .at(0)
            .at("errno")
            .get<int>();
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

Complaints compare_with_loads(const Outcome& outcome, const std::string& phase,
                              const Column& column, const ImageNames& names) {
    Complaints complaints;

    for (const std::string_view name : names) {
        const auto verifier = verifier_in(outcome, phase, name);
        const auto cell = column.find(std::string(name));

        if (!verifier || cell == column.end() || (*verifier == 0) != (cell->second == 0)) {
            complaints.push_back(
                fmt::format("{} image: verify: {}; kexec_file_load(2): {}", name,
                            verifier ? verdict_word(*verifier) : "no answer",
                            cell == column.end() ? "no answer" : verdict_word(cell->second)));
        }
    }
    return complaints;
}

std::string expected_judgement(std::string_view signer, const trust::Policy& policy,
                               Signature form) {
    Judgement judgement;

    if (signer == "unsigned" && form == Signature::appended) {
        // Arch code sees that, and asks nobody; so does the module.
        return judgement.finish(EKEYREJECTED);
    }
    for (const trust::Keyring keyring : policy.keyrings) {
        int error = answer_of(keyring, signer);

        if (signer == "unsigned") {
            error = ENODATA;
        }
        judgement.consult(trust::word_of(keyring), error);
        if (error != ENOKEY) {
            break;
        }
    }
    return judgement.finish();
}

Complaints compare_judgements(const Outcome& outcome, const std::string& phase,
                              const Column& column, const std::string& policy, Signature form) {
    const auto parsed = trust::parse_policy(policy);
    Complaints complaints;

    if (!parsed) {
        return {fmt::format("the probe's answer is no policy: \"{}\"", policy)};
    }
    for (const std::string_view signer : signers) {
        const StepResult* result = outcome.find(step_id(phase, signer));
        const std::string judgement = result == nullptr ? "no answer" : judgement_in(*result);
        const std::string expected = expected_judgement(signer, *parsed, form);
        const auto cell = column.find(std::string(signer));

        if (judgement != expected) {
            complaints.push_back(
                fmt::format("{} image: {}; expected: {}", signer, judgement, expected));
        } else if (cell == column.end() ||
                   (cell->second == 0) != (judgement.rfind("accepted", 0) == 0)) {
            complaints.push_back(
                fmt::format("{} image: {}; kexec_file_load(2): {}", signer, judgement,
                            cell == column.end() ? "no answer" : verdict_word(cell->second)));
        }
    }
    return complaints;
}

}  // namespace kxk::lab
