// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/image_text.h"

#include <fmt/format.h>

#include <utility>

#include "cmd/explanation.h"
#include "cmd/utc_time.h"
#include "trust/image_assess.h"

namespace kxk::cmd {
namespace {

using trust::Answer;
using trust::ImageFacts;
using trust::SignatureForm;

/* What came from a file may have any bytes in it, and is shown on a terminal. */
std::string harmless(std::string_view text) {
    std::string shown;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        constexpr unsigned char del = 0x7f;
        shown += byte < ' ' || byte == del ? '?' : character;
    }
    return shown;
}

/* A block: the path, and lines of a label and a value below it. */
class Block {
  public:
    explicit Block(bool colour) : colour_(colour) {}

    void title(std::string_view text) { text_ += paint("1", text) + '\n'; }

    void line(std::string_view label, std::string_view value) {
        text_ += fmt::format("  {:<11} {}\n", label, harmless(value));
    }

    /* With an answer in its own colour in front. */
    void line(std::string_view label, Answer answer, std::string_view word,
              std::string_view value) {
        const char* code = answer == Answer::yes ? "32" : answer == Answer::no ? "31" : "33";
        text_ += fmt::format("  {:<11} {}{}\n", label, paint(code, word), harmless(value));
    }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const {
        const auto plain = harmless(text);
        return colour_ ? fmt::format("\033[{}m{}\033[0m", code, plain) : plain;
    }

    bool colour_;
    std::string text_;
};

std::string_view word_of(Answer intact) {
    switch (intact) {
        case Answer::yes:
            return "intact";
        case Answer::no:
            return "bad";
        case Answer::cannot_tell:
            break;
    }
    return "cannot tell";
}

std::string with_errno(std::string_view text, int error) {
    return error == 0 ? std::string(text) : fmt::format("{} ({})", text, errno_name(error));
}

void show_signer(const trust::Signer& signer, Block& block) {
    if (!signer.certificate) {
        const auto name = signer.issuer.empty()
                              ? fmt::format("key id {}", signer.subject_key_id)
                              : fmt::format("issuer {}, serial {}", signer.issuer, signer.serial);
        block.line("  signer", name);
        block.line("", "its certificate is not in the message");
    } else {
        const auto& certificate = *signer.certificate;
        block.line("  signer", certificate.subject);
        block.line("  issuer", fmt::format("{}, serial {}", signer.issuer, signer.serial));
        if (!certificate.subject_key_id.empty())
            block.line("  key id", certificate.subject_key_id);
        for (std::size_t i = 1; i < signer.chain.size(); ++i)
            block.line(i == 1 ? "  chain" : "", signer.chain[i].subject);
        block.line("  valid", fmt::format("{} to {}", utc_day(certificate.not_before),
                                          utc_day(certificate.not_after)));
    }

    std::string how = fmt::format("{}, {}", signer.signature_algorithm, signer.digest_algorithm);
    if (signer.signing_time) {
        how += fmt::format(", on {}", utc_time(*signer.signing_time));
        if (signer.certificate) {
            const bool within = *signer.signing_time >= signer.certificate->not_before &&
                                *signer.signing_time <= signer.certificate->not_after;
            how += within ? " (within the validity)" : " (OUTSIDE of the validity)";
        }
    }
    block.line("  signed", how);
}

void show_signature(const ImageFacts& image, std::size_t index, Block& block) {
    const auto& signature = image.signatures[index];
    const auto intact = trust::is_intact(signature);
    const bool looked_at = image.verified_signature == index;
    std::string about;
    if (!signature.problem.empty()) {
        const int error =
            signature.message_error != 0 ? signature.message_error : signature.content_error;
        about = ": " + with_errno(signature.problem, error);
    } else if (intact == Answer::cannot_tell) {
        about = signature.digest_matches == std::optional(true)
                    ? ": the digest is right, who signed it is not to be seen here"
                    : ": only somebody who has the signer's certificate can check it";
    }
    if (!looked_at && image.signatures.size() > 1)
        about += " (the kernel looks at another one)";
    block.line(image.signatures.size() > 1 ? fmt::format("Signature {}", index + 1) : "Signature",
               intact, word_of(intact), about);
    for (const auto& signer : signature.signers)
        show_signer(signer, block);
}

std::string format_line(const ImageFacts& image) {
    auto text = std::string(trust::word_of(image.format));
    if (!image.architecture.empty() && text.find(image.architecture) == std::string::npos)
        text += " for " + image.architecture;
    text += fmt::format(", {} bytes", image.size);
    for (const auto& [label, value] : image.details)
        text += fmt::format(", {} {}", label, value);
    return text;
}

/* What it is that was digested. */
std::string_view digest_label(const ImageFacts& image) {
    switch (image.format) {
        case trust::ImageFormat::s390_image:
        case trust::ImageFormat::gzip:
        case trust::ImageFormat::elf:
        case trust::ImageFormat::unknown:
            return image.form == SignatureForm::appended ? "without the signature" : "whole file";
        default:
            return "Authenticode";
    }
}

}  // namespace

std::string image_text(const ImageFacts& image, std::string_view arch, bool colour) {
    Block block(colour);
    block.title(image.path);
    block.line("Format", format_line(image));
    if (!image.digest.empty())
        block.line("Digest", fmt::format("sha256 {} ({})", image.digest, digest_label(image)));
    if (!image.problem.empty() && image.form != SignatureForm::none)
        block.line("Problem", with_errno(image.problem, image.structure_error));
    if (image.form == SignatureForm::none) {
        const auto why = image.problem.empty() || image.digest.empty() ? image.problem : "";
        block.line("Signature", Answer::no, "none", why.empty() ? "" : ": " + std::string(why));
    }
    for (std::size_t i = 0; i < image.signatures.size(); ++i)
        show_signature(image, i, block);

    const auto loader = trust::loader_answer(image, arch);
    const char* word = loader.takes == Answer::yes  ? "yes"
                       : loader.takes == Answer::no ? "no"
                                                    : "cannot tell";
    block.line("Loadable", loader.takes, word, ": " + with_errno(loader.text, loader.error));
    return block.text();
}

}  // namespace kxk::cmd
