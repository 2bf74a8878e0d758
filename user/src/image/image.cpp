// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/image.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "image/appended.h"
#include "image/digest.h"
#include "image/format.h"
#include "image/pe.h"
#include "image/pkcs7.h"
#include "image/signature.h"

namespace kxk::image {
namespace {

using trust::ImageFacts;
using trust::SignatureForm;

constexpr const char* always_digest = "sha256";

void take_problem(const Malformed& problem, ImageFacts& facts) {
    if (facts.structure_error == 0)
        facts.structure_error = problem.error;
    if (facts.problem.empty())
        facts.problem = problem.text;
}

std::string sha256_of(const std::map<std::string, std::string>& digests) {
    const auto found = digests.find(always_digest);
    return found == digests.end() ? std::string() : found->second;
}

/* A message, if the entry has one, and where it is. */
struct Entry {
    trust::ImageSignature signature;
    std::optional<Pkcs7Message> message;
};

Entry read_entry(const CertificateEntry& entry) {
    Entry result;
    result.signature.offset = entry.range.offset + (entry.range.size - entry.content.size());
    result.signature.size = entry.content.size();
    if (entry.revision != certificate_revision_2 || entry.type != certificate_type_pkcs7) {
        result.signature.problem =
            fmt::format("a certificate entry of type {:#x}, revision {:#x}: not PKCS#7", entry.type,
                        entry.revision);
        result.signature.message_error = trust::enotsupp;
        return result;
    }
    result.message = parse_pkcs7(entry.content);
    result.signature.size = result.message->bytes.size();
    return result;
}

/* The signature as judged, where it was found. */
trust::ImageSignature placed(trust::ImageSignature judged, const trust::ImageSignature& place) {
    judged.offset = place.offset;
    judged.size = place.size;
    return judged;
}

void read_authenticode(const PeImage& pe, const std::vector<X509Pointer>& others,
                       ImageFacts& facts) {
    const auto table = read_certificates(pe);
    std::vector<Entry> entries;
    std::set<std::string> algorithms{always_digest};
    for (const auto& certificate : table.entries) {
        entries.push_back(read_entry(certificate));
        if (entries.back().message)
            algorithms.merge(
                file_digest_algorithms(*entries.back().message, SignatureForm::authenticode));
    }

    const auto digests = pe_digests(pe, algorithms);
    facts.digest = sha256_of(digests);
    if (digests.empty())
        facts.problem = "a section is not within the file: it has no digest";
    if (!pe.is_signed()) {
        facts.problem = facts.problem.empty() ? pe.oddity : facts.problem;
        return;
    }
    facts.form = SignatureForm::authenticode;
    facts.structure_error_before_6_3 = table.problem_before_6_3.error;
    take_problem(table.problem, facts);
    if (facts.problem.empty())
        facts.problem = pe.oddity;
    for (const auto& entry : entries) {
        facts.signatures.push_back(
            entry.message ? placed(judge_message(*entry.message, facts.form, digests, others),
                                   entry.signature)
                          : entry.signature);
    }
    if (table.problem.error == 0 && !facts.signatures.empty())
        facts.verified_signature = 0;
}

void read_appended(ByteView file, const std::vector<X509Pointer>& others, ImageFacts& facts) {
    const auto appended = parse_appended(file);
    facts.form = SignatureForm::appended;
    take_problem(appended.problem, facts);
    std::set<std::string> algorithms{always_digest};
    Pkcs7Message message;
    if (appended.problem.error == 0) {
        message = parse_pkcs7(appended.message);
        algorithms.merge(file_digest_algorithms(message, facts.form));
    }
    const auto digests = digest_ranges(file, {appended.content}, algorithms);
    facts.digest = sha256_of(digests);
    if (appended.problem.error == 0) {
        auto signature = judge_message(message, facts.form, digests, others);
        signature.offset = appended.content.size;
        signature.size = appended.message.size();
        facts.signatures.push_back(std::move(signature));
        facts.verified_signature = 0;
    }
    facts.structure_error_before_6_3 = facts.structure_error;
}

}  // namespace

ImageFacts read_image(ByteView file, const std::vector<X509Pointer>& others) {
    ImageFacts facts;
    facts.size = file.size();

    const bool pe_like = looks_like_pe(file);
    const auto parsed = parse_pe(file);
    const auto* pe = std::get_if<PeImage>(&parsed);
    auto recognised = recognise(file, pe);
    facts.format = recognised.format;
    facts.architecture = std::move(recognised.architecture);
    facts.details = std::move(recognised.details);
    facts.loader_error = recognised.refusal.error;
    facts.loader_problem = std::move(recognised.refusal.text);

    if (pe != nullptr) {
        read_authenticode(*pe, others, facts);
        return facts;
    }
    const bool wants_pe = facts.format == trust::ImageFormat::x86_bzimage ||
                          facts.format == trust::ImageFormat::arm64_image || pe_like;
    if (has_appended_signature(file) && !wants_pe) {
        read_appended(file, others, facts);
        return facts;
    }
    // A PE file that is not sound has no digest that could be signed.
    if (!wants_pe)
        facts.digest = digest_of(file, always_digest);
    take_problem(wants_pe ? std::get<Malformed>(parsed) : parse_appended(file).problem, facts);
    facts.structure_error_before_6_3 = facts.structure_error;
    return facts;
}

}  // namespace kxk::image
