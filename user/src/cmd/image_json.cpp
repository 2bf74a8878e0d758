// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/image_json.h"

#include <fmt/format.h>

#include <optional>

#include "cmd/explanation.h"
#include "cmd/utc_time.h"
#include "trust/image_assess.h"

namespace kxk::cmd {
namespace {

using trust::Json;

template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json errno_or_null(int error) {
    return error == 0 ? Json() : Json(errno_name(error));
}

Json answer(trust::Answer answer) {
    if (answer == trust::Answer::cannot_tell)
        return {};
    return answer == trust::Answer::yes;
}

const char* key_of(trust::ImageFormat format) {
    switch (format) {
        case trust::ImageFormat::x86_bzimage:
            return "x86_bzimage";
        case trust::ImageFormat::arm64_image:
            return "arm64_image";
        case trust::ImageFormat::s390_image:
            return "s390_image";
        case trust::ImageFormat::efi_zboot:
            return "efi_zboot";
        case trust::ImageFormat::unified_kernel:
            return "unified_kernel";
        case trust::ImageFormat::efi_program:
            return "efi_program";
        case trust::ImageFormat::gzip:
            return "gzip";
        case trust::ImageFormat::elf:
            return "elf";
        case trust::ImageFormat::unknown:
            break;
    }
    return "unknown";
}

const char* key_of(trust::SignatureForm form) {
    switch (form) {
        case trust::SignatureForm::authenticode:
            return "authenticode";
        case trust::SignatureForm::appended:
            return "appended";
        case trust::SignatureForm::none:
            break;
    }
    return "none";
}

Json certificate_json(const trust::Certificate& certificate) {
    return {
        {"subject", certificate.subject},
        {"issuer", certificate.issuer},
        {"description", certificate.description},
        {"serial", certificate.serial},
        {"subject_key_id", text_or_null(certificate.subject_key_id)},
        {"authority_key_id", text_or_null(certificate.authority_key_id)},
        {"fingerprint", certificate.fingerprint},
        {"tbs_digest", text_or_null(certificate.tbs_digest)},
        {"key_algorithm", certificate.key_algorithm},
        {"digest_algorithm", certificate.digest_algorithm},
        {"not_before", utc_time(certificate.not_before)},
        {"not_after", utc_time(certificate.not_after)},
        {"self_signed", certificate.self_signed},
    };
}

Json certificates_json(const std::vector<trust::Certificate>& certificates) {
    Json list = Json::array();
    for (const auto& certificate : certificates)
        list.push_back(certificate_json(certificate));
    return list;
}

Json signer_json(const trust::Signer& signer) {
    return {
        {"issuer", text_or_null(signer.issuer)},
        {"serial", text_or_null(signer.serial)},
        {"subject_key_id", text_or_null(signer.subject_key_id)},
        {"digest_algorithm", signer.digest_algorithm},
        {"signature_algorithm", signer.signature_algorithm},
        {"signing_time", signer.signing_time ? Json(utc_time(*signer.signing_time)) : Json()},
        {"valid", or_null(signer.valid)},
        {"certificate", signer.certificate ? certificate_json(*signer.certificate) : Json()},
        {"chain", certificates_json(signer.chain)},
    };
}

Json signature_json(const trust::ImageSignature& signature, bool verified_by_kernel) {
    Json signers = Json::array();
    for (const auto& signer : signature.signers)
        signers.push_back(signer_json(signer));
    return {
        {"offset", signature.offset},
        {"size", signature.size},
        {"verified_by_kernel", verified_by_kernel},
        {"intact", answer(trust::is_intact(signature))},
        {"problem", text_or_null(signature.problem)},
        {"digest_algorithm", text_or_null(signature.digest_algorithm)},
        {"digest", text_or_null(signature.digest)},
        {"digest_matches", or_null(signature.digest_matches)},
        {"message_error", errno_or_null(signature.message_error)},
        {"content_error", errno_or_null(signature.content_error)},
        {"signers", std::move(signers)},
        {"certificates", certificates_json(signature.certificates)},
    };
}

}  // namespace

Json to_json(const trust::ImageFacts& image) {
    Json details = Json::object();
    for (const auto& [label, value] : image.details)
        details[label] = value;
    Json signatures = Json::array();
    for (std::size_t i = 0; i < image.signatures.size(); ++i)
        signatures.push_back(signature_json(image.signatures[i], i == image.verified_signature));
    return {
        {"path", image.path},
        {"size", image.size},
        {"format", key_of(image.format)},
        {"arch", text_or_null(image.architecture)},
        {"details", std::move(details)},
        {"form", key_of(image.form)},
        {"sha256", text_or_null(image.digest)},
        {"intact", answer(trust::is_intact(image))},
        {"problem", text_or_null(image.problem)},
        {"structure_error", errno_or_null(image.structure_error)},
        {"structure_error_before_6_3", errno_or_null(image.structure_error_before_6_3)},
        {"loader_error", errno_or_null(image.loader_error)},
        {"signatures", std::move(signatures)},
    };
}

}  // namespace kxk::cmd
