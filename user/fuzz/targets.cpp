// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdlib>
#include <set>
#include <string>
#include <variant>

#include "cmd/image_json.h"
#include "cmd/image_text.h"
#include "image/appended.h"
#include "image/format.h"
#include "image/image.h"
#include "image/pe.h"
#include "image/pkcs7.h"
#include "image/signature.h"
#include "image/signature_list.h"
#include "target.h"

namespace kxk::fuzz {
namespace {

/* What must hold whatever the bytes are; sanitizers see to the rest. */
void require(bool condition) {
    if (!condition)
        std::abort();
}

void judge(image::ByteView bytes, trust::SignatureForm form) {
    const auto message = image::parse_pkcs7(bytes);
    require(message.bytes.size() <= bytes.size());
    const auto algorithms = image::file_digest_algorithms(message, form);
    const auto signature = image::judge_message(message, form, {});
    require(signature.signers.size() == message.signers.size());
}

}  // namespace

void read_pe(image::ByteView file) {
    const auto parsed = image::parse_pe(file);
    const auto* pe = std::get_if<image::PeImage>(&parsed);
    if (pe == nullptr) {
        require(!std::get<image::Malformed>(parsed).text.empty());
        return;
    }
    for (const auto& entry : image::read_certificates(*pe).entries)
        require(file.slice(entry.range).has_value());
    const auto ranges = image::digested_ranges(*pe);
    const auto digests = image::pe_digests(*pe, {"sha1", "sha256"});
    require(ranges.has_value() == (digests.size() == 2));
    (void)image::append_offset(*pe);
    (void)image::checksum(*pe);
}

void read_formats(image::ByteView file) {
    const auto parsed = image::parse_pe(file);
    (void)image::recognise(file, std::get_if<image::PeImage>(&parsed));
    (void)image::recognise_zboot(file, nullptr);
    (void)image::recognise_bzimage(file, nullptr);
    (void)image::recognise_arm64(file, nullptr);
}

void read_appended(image::ByteView file) {
    const auto appended = image::parse_appended(file);
    require(file.slice(appended.content).has_value());
    judge(appended.problem.error == 0 ? appended.message : file, trust::SignatureForm::appended);
    judge(file, trust::SignatureForm::authenticode);
}

void read_signature_lists(image::ByteView file) {
    const auto lists = image::parse_signature_lists(file);
    // An entry is an owner's GUID, at least.
    require(lists.entries.size() <= file.size() / 16);
}

void inspect_file(image::ByteView file) {
    auto facts = image::read_image(file);
    facts.path = "fuzz";
    for (const char* arch : {"x86_64", "arm64", "s390x"})
        require(!cmd::image_text(facts, arch, true).empty());
    require(!trust::to_text(cmd::to_json(facts)).empty());
}

}  // namespace kxk::fuzz
