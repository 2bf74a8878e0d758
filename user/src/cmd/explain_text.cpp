// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/explain_text.h"

#include <fmt/format.h>

#include <cerrno>

#include "trust/image_assess.h"

namespace kxk::cmd {
namespace {

using trust::Answer;
using trust::Json;
using trust::Outcomes;
using trust::SignatureForm;

/* Names of keys come from anywhere: nothing of them may steer a terminal. */
std::string plain(std::string_view text) {
    constexpr unsigned char delete_character = 0x7f;
    std::string safe;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        safe += byte < ' ' || byte == delete_character ? '?' : character;
    }
    return safe;
}

class Screen {
  public:
    explicit Screen(bool colour) : colour_(colour) {}

    void line(std::string_view label, std::string_view value) {
        const auto padded = fmt::format("{:<13}", label);
        text_ += colour_ ? fmt::format("\033[1m{}\033[0m", padded) : padded;
        text_ += ' ' + std::string(value) + '\n';
    }

    /* Words in lines of a readable width, the further ones without a label. */
    void paragraph(std::string_view label, std::string_view words) {
        constexpr std::size_t width = 66;
        while (words.size() > width) {
            const auto blank = words.rfind(' ', width);
            if (blank == std::string_view::npos || blank == 0)
                break;
            line(label, words.substr(0, blank));
            words.remove_prefix(blank + 1);
            label = "";
        }
        line(label, words);
    }

    [[nodiscard]] std::string paint(Answer answer, std::string_view text) const {
        if (!colour_)
            return std::string(text);
        const char* code = answer == Answer::yes ? "32" : answer == Answer::no ? "31" : "33";
        return fmt::format("\033[{}m{}\033[0m", code, text);
    }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    bool colour_;
    std::string text_;
};

/* Possible ends in words: "accepted", "ENOKEY", "accepted or ENOKEY". */
std::string words_of(const Outcomes& outcomes) {
    std::vector<std::string> words;
    for (const int error : outcomes)
        words.push_back(error == 0 ? "accepted" : errno_name(error));
    return fmt::format("{}", fmt::join(words, " or "));
}

std::string verdict_words(const trust::Prediction& prediction) {
    const auto error = trust::certain(prediction.outcomes);
    switch (trust::succeeds(prediction.outcomes)) {
        case Answer::yes: {
            const bool checked =
                prediction.verification && prediction.verification->outcomes == Outcomes{0};
            return checked ? "accepted" : "loaded, though not trusted";
        }
        case Answer::no:
            return error ? fmt::format("refused: kexec_file_load(2) gives {}", errno_name(*error))
                         : fmt::format("refused, by {}", words_of(prediction.outcomes));
        case Answer::cannot_tell:
            break;
    }
    return fmt::format("cannot tell ({})", words_of(prediction.outcomes));
}

std::string words_of_policy(const std::optional<trust::Policy>& policy) {
    if (!policy)
        return "consults unknown";
    const auto words = trust::format_policy(*policy);
    return trust::refuses_all(*policy) ? words + ": refuses every image, whoever signed it"
                                       : "consults " + words;
}

std::string reason_of(const Side& side) {
    switch (side.source) {
        case PolicySource::probe:
            return " (the module asked the kernel)";
        case PolicySource::stated:
            return " (as stated on the command line)";
        case PolicySource::config:
            return " (by its configuration)";
        case PolicySource::release:
            return fmt::format(" (a guess: {})", side.because);
        case PolicySource::linux_6_0:
        case PolicySource::unknown:
            break;
    }
    return "";
}

std::string_view word_of_form(SignatureForm form) {
    switch (form) {
        case SignatureForm::authenticode:
            return "Authenticode signature";
        case SignatureForm::appended:
            return "appended signature";
        case SignatureForm::none:
            break;
    }
    return "not signed";
}

std::string signer_name(const trust::Signer& signer) {
    if (signer.certificate)
        return signer.certificate->subject;
    if (!signer.subject_key_id.empty())
        return "key id " + signer.subject_key_id;
    return fmt::format("serial {} of {}", signer.serial, signer.issuer);
}

void show_image(const Report& report, Screen& screen) {
    const auto& image = report.image;
    screen.line("Image", plain(fmt::format("{}: {}, {}", image.path, trust::word_of(image.format),
                                           word_of_form(image.form))));
    const auto* signature = trust::signature_of(image);
    if (signature == nullptr)
        return;
    std::string_view label = "Signer";
    for (const auto& signer : signature->signers) {
        screen.line(label, plain(signer_name(signer)));
        for (std::size_t i = 1; i < signer.chain.size(); ++i)
            screen.line("", plain("vouched for by " + signer.chain[i].subject));
        label = "";
    }
    if (!signature->problem.empty())
        screen.paragraph("Problem", plain(signature->problem));
}

void show_vouchers(const Report& report, Screen& screen) {
    if (trust::signature_of(report.image) == nullptr)
        return;
    if (report.vouchers.empty())
        screen.line("Key", "on no keyring that could be seen");
    std::string_view label = "Key";
    for (const auto& voucher : report.vouchers) {
        const char* who = voucher.authority ? ", who vouches for the signer" : "";
        const char* doubt = voucher.held == Answer::yes ? "" : ", perhaps";
        screen.line(
            label, plain(fmt::format("on {}{}: {}{}", trust::kernel_name_of(voucher.keyring), doubt,
                                     voucher.description, who)));
        label = "";
    }
}

void show_enforcement(const Report& report, Screen& screen) {
    const auto& enforcement = report.enforcement;
    const auto word = [](std::optional<bool> fact) {
        return fact ? (*fact ? "yes" : "no") : "cannot tell";
    };
    screen.line("Enforced", fmt::format("by lockdown: {}, by the kernel's configuration: {}",
                                        word(enforcement.lockdown), word(enforcement.signature)));
    if (enforcement.appraises.value_or(true))
        screen.line("",
                    fmt::format("IMA appraises the file first: {}", word(enforcement.appraises)));
}

void show_side(std::string_view label, const Side& side, bool now, Screen& screen) {
    screen.line(label, words_of_policy(side.policy) + reason_of(side));
    if (side.prediction.verification) {
        for (const auto& consultation : side.prediction.verification->consultations)
            screen.line("", fmt::format("  {}: {}", trust::word_of(consultation.keyring),
                                        words_of(consultation.outcomes)));
    }
    screen.line("", screen.paint(side.loads, (now ? "now " : "") + verdict_words(side.prediction)));
}

Json nullable(std::optional<bool> fact) {
    return fact ? Json(*fact) : Json(nullptr);
}

Json nullable(Answer answer) {
    return answer == Answer::cannot_tell ? Json(nullptr) : Json(answer == Answer::yes);
}

Json names_of(const Outcomes& outcomes) {
    Json names = Json::array();
    for (const int error : outcomes)
        names.push_back(error == 0 ? "accepted" : errno_name(error));
    return names;
}

Json side_json(const Side& side) {
    const auto& prediction = side.prediction;
    const auto error = trust::certain(prediction.outcomes);
    Json consultations = Json::array();
    if (prediction.verification) {
        for (const auto& consultation : prediction.verification->consultations)
            consultations.push_back({{"keyring", trust::word_of(consultation.keyring)},
                                     {"possible", names_of(consultation.outcomes)}});
    }
    return {
        {"policy", side.policy ? Json(trust::format_policy(*side.policy)) : Json(nullptr)},
        {"policy_source", word_of(side.source)},
        {"verified", nullable(prediction.verified)},
        {"consultations", consultations},
        {"verifier",
         prediction.verification ? names_of(prediction.verification->outcomes) : Json(nullptr)},
        {"loads", nullable(side.loads)},
        {"errno", error ? Json(*error) : Json(nullptr)},
        {"possible", names_of(prediction.outcomes)},
    };
}

Json signer_summary(const trust::Signer& signer) {
    Json chain = Json::array();
    for (const auto& certificate : signer.chain)
        chain.push_back(certificate.description);
    return {
        {"subject", signer.certificate ? Json(signer.certificate->subject) : Json(nullptr)},
        {"issuer", signer.issuer},
        {"serial", signer.serial},
        {"key_id", signer.certificate ? signer.certificate->subject_key_id : signer.subject_key_id},
        {"chain", chain},
        {"valid", nullable(signer.valid)},
    };
}

}  // namespace

std::string explain_text(const Report& report, bool colour) {
    Screen screen(colour);
    show_image(report, screen);
    show_vouchers(report, screen);
    screen.line("Kernel",
                plain(fmt::format("{} ({})", report.machine.release, report.machine.arch)));
    show_enforcement(report, screen);
    show_side("By itself", report.native, !report.module_in_force, screen);
    show_side("With module", report.with_module, report.module_in_force, screen);
    const auto explanation = explain_verdict(report);
    screen.paragraph("Why", plain(explanation.cause));
    screen.paragraph("Remedy", plain(explanation.remedy));
    return screen.text();
}

Json to_json(const Report& report) {
    Json signers = Json::array();
    const auto* signature = trust::signature_of(report.image);
    if (signature != nullptr) {
        for (const auto& signer : signature->signers)
            signers.push_back(signer_summary(signer));
    }
    Json vouchers = Json::array();
    for (const auto& voucher : report.vouchers)
        vouchers.push_back({{"keyring", trust::kernel_name_of(voucher.keyring)},
                            {"key", voucher.description},
                            {"authority", voucher.authority},
                            {"certain", voucher.held == Answer::yes}});
    return {
        {"schema", 1},
        {"image",
         {{"path", report.image.path},
          {"format", trust::word_of(report.image.format)},
          {"signature", word_of_form(report.image.form)},
          {"signers", signers},
          {"problem", signature != nullptr && report.image.problem.empty()
                          ? signature->problem
                          : report.image.problem}}},
        {"kernel", {{"release", report.machine.release}, {"arch", report.machine.arch}}},
        {"keys", vouchers},
        {"enforcement",
         {{"lockdown", nullable(report.enforcement.lockdown)},
          {"signature", nullable(report.enforcement.signature)},
          {"ima", nullable(report.enforcement.appraised)}}},
        {"native", side_json(report.native)},
        {"with_module", side_json(report.with_module)},
        {"now", report.module_in_force ? "with_module" : "native"},
        {"explanation", to_json(explain_verdict(report))},
    };
}

}  // namespace kxk::cmd
