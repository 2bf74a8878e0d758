// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/corruption.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "host/failure.h"
#include "image/appended.h"
#include "image/der.h"
#include "image/pe.h"
#include "image/pkcs7.h"

namespace kxk::lab {

namespace {

using image::ByteView;

/** WIN_CERTIFICATE, the head of an entry of the certificate table. */
struct EntryHead {
    std::uint32_t length;
    std::uint16_t revision;
    std::uint16_t type;
};

/** An entry of the data directory. */
struct DirectoryEntry {
    std::uint32_t address;
    std::uint32_t size;
};

std::uint64_t middle(const image::Range& range) {
    return range.offset + range.size / 2;
}

std::uint64_t end_of(const image::Range& range) {
    return range.offset + range.size;
}

/** Where a part of a file is. */
image::Range place(std::string_view file, ByteView part) {
    return {static_cast<std::uint64_t>(part.data() - ByteView(file).data()), part.size()};
}

image::PeImage parse_signed_pe(std::string_view file) {
    const auto parsed = image::parse_pe(ByteView(file));
    const auto* pe = std::get_if<image::PeImage>(&parsed);

    if (pe == nullptr) {
        throw Failure("not a PE file: " + std::get<image::Malformed>(parsed).text);
    }
    if (image::read_certificates(*pe).entries.empty()) {
        throw Failure("a PE file without a signature");
    }
    return *pe;
}

/** The largest section: code. */
image::Range largest_section(const image::PeImage& pe) {
    const auto smaller = [](const image::PeSection& a, const image::PeSection& b) {
        return a.data.size < b.data.size;
    };

    return std::max_element(pe.sections.begin(), pe.sections.end(), smaller)->data;
}

void put_le32(std::string& bytes, std::uint64_t offset, std::uint64_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        bytes.at(offset++) = static_cast<char>(number >> shift);
    }
}

/** What a message has that is to be damaged. */
void add_message_spots(std::vector<Spot>& spots, std::string_view file, ByteView bytes) {
    const auto message = image::parse_pkcs7(bytes);
    const auto digest = image::parse_indirect_digest(message);
    const auto add = [&spots](const char* name, const char* text, std::uint64_t offset) {
        spots.push_back({name, text, offset});
    };

    if (message.signers.empty()) {
        throw Failure("a PKCS#7 message without a signer: " + message.problem.text);
    }
    const image::SignerInfo& signer = message.signers.front();
    add("pkcs7", "the tag of the PKCS#7 message", place(file, bytes).offset);
    add("signer", "the signer's serial number", place(file, signer.serial).offset);
    add("signature", "the signature itself", middle(place(file, signer.signature)));
    if (!digest.digest.empty()) {
        add("digest", "the digest of the image", middle(place(file, digest.digest)));
    }
    if (signer.message_digest) {
        add("message-digest", "the attribute with the message's digest",
            middle(place(file, *signer.message_digest)));
    }
    if (!message.certificates.empty()) {
        const auto certificate = place(file, message.certificates.front());

        add("certificate", "the middle of the signer's certificate", middle(certificate));
        add("certificate-signature", "the signature of the signer's certificate",
            end_of(certificate) - 1);
    }
}

}  // namespace

std::string flipped(std::string file, std::uint64_t offset) {
    file.at(offset) = static_cast<char>(file.at(offset) ^ 1);
    return file;
}

std::string cut(std::string_view file, std::uint64_t offset) {
    return std::string(file.substr(0, offset));
}

std::vector<Spot> pe_spots(std::string_view file) {
    const auto pe = parse_signed_pe(file);
    const auto entry = image::read_certificates(pe).entries.front();
    const std::uint64_t head = entry.range.offset;
    // The end of the last section's name: digested, and of no other consequence.
    const std::uint64_t name =
        place(file, pe.sections.back().header).offset + sizeof(std::uint64_t) - 1;
    std::vector<Spot> spots{
        {"header", "the name of a section", name},
        {"section", "the middle of the largest section", middle(largest_section(pe))},
        {"last", "the last byte before the certificate table", pe.certificate_table.offset - 1},
        {"checksum", "the checksum, which no digest has", pe.checksum_offset},
        {"directory-address", "where the certificate table is said to be",
         pe.directory_entry_offset + offsetof(DirectoryEntry, address)},
        {"directory-size", "how large the certificate table is said to be",
         pe.directory_entry_offset + offsetof(DirectoryEntry, size)},
        {"entry-length", "the length in the certificate table's entry",
         head + offsetof(EntryHead, length) + 1},
        {"entry-revision", "the revision in the certificate table's entry",
         head + offsetof(EntryHead, revision)},
        {"entry-type", "the type in the certificate table's entry",
         head + offsetof(EntryHead, type)}};

    add_message_spots(spots, file, entry.content);
    return spots;
}

std::vector<Spot> pe_cuts(std::string_view file) {
    const auto pe = parse_signed_pe(file);
    const auto entry = image::read_certificates(pe).entries.front().range;

    return {{"dos-header", "in the DOS header", middle(pe.dos_header)},
            {"pe-header", "in the PE header", middle(pe.pe_header)},
            {"optional-header", "in the optional header", middle(pe.optional_header)},
            {"section-table", "in the section table", middle(pe.section_table)},
            {"headers", "at the end of the headers", pe.header_size},
            {"section", "in the largest section", middle(largest_section(pe))},
            {"table", "before the certificate table", pe.certificate_table.offset},
            {"entry", "in the head of the certificate table's entry",
             entry.offset + sizeof(EntryHead) / 2},
            {"pkcs7", "in the PKCS#7 message", middle(entry)},
            {"last", "by one byte", file.size() - 1}};
}

std::string with_longer_table(std::string file, std::uint32_t in_entry) {
    const auto pe = parse_signed_pe(file);
    const auto entry = image::read_certificates(pe).entries.back().range;
    const std::uint64_t old_end = end_of(pe.certificate_table);
    const std::uint64_t end =
        entry.offset + image::round_up(entry.size + in_entry, image::certificate_alignment);

    if (old_end != file.size()) {
        throw Failure("something is behind the certificate table");
    }
    put_le32(file, entry.offset + offsetof(EntryHead, length), entry.size + in_entry);
    put_le32(file, pe.directory_entry_offset + offsetof(DirectoryEntry, size),
             end - pe.certificate_table.offset);
    file.resize(end_of(entry));
    file.resize(end, 'x');
    return file;
}

std::string with_message(std::string file, std::string_view message) {
    const auto pe = parse_signed_pe(file);
    const std::uint64_t entry = image::read_certificates(pe).entries.front().range.offset;
    const std::uint64_t end =
        image::round_up(entry + sizeof(EntryHead) + message.size(), image::certificate_alignment);

    put_le32(file, entry + offsetof(EntryHead, length), sizeof(EntryHead) + message.size());
    put_le32(file, pe.directory_entry_offset + offsetof(DirectoryEntry, size),
             end - pe.certificate_table.offset);
    file.resize(entry + sizeof(EntryHead));
    file.append(message).resize(end);
    return file;
}

std::string bytes_of(const ModuleSignature& signature) {
    std::string bytes;

    for (const std::uint8_t field :
         {signature.algo, signature.hash, signature.id_type, signature.signer_len,
          signature.key_id_len, signature.pad[0], signature.pad[1], signature.pad[2]}) {
        bytes += static_cast<char>(field);
    }
    for (unsigned shift = 32; shift != 0;) {
        shift -= 8;
        bytes += static_cast<char>(signature.sig_len >> shift);
    }
    return bytes;
}

Appended take_apart(std::string_view file) {
    const auto parts = image::parse_appended(ByteView(file));

    if (!parts.problem.text.empty()) {
        throw Failure("no file with an appended signature: " + parts.problem.text);
    }
    return {std::string(file.substr(parts.content.offset, parts.content.size)),
            std::string(parts.message.text())};
}

std::string put_together(const Appended& parts, const ModuleSignature& signature) {
    return parts.content + parts.message + bytes_of(signature) +
           std::string(image::appended_marker);
}

std::string put_together(const Appended& parts) {
    ModuleSignature signature;

    signature.sig_len = static_cast<std::uint32_t>(parts.message.size());
    return put_together(parts, signature);
}

std::vector<WrongField> wrong_fields(const Appended& parts) {
    ModuleSignature right;
    std::vector<WrongField> wrong;
    right.sig_len = static_cast<std::uint32_t>(parts.message.size());
    const auto add = [&wrong, &right](const std::string& name, const std::string& text,
                                      const auto& change) {
        wrong.push_back({name, text, right});
        change(wrong.back().signature);
    };
    const auto size = static_cast<std::uint32_t>(parts.content.size() + parts.message.size());

    add("algo", "algo is 1", [](auto& field) { field.algo = 1; });
    add("hash", "hash is 4", [](auto& field) { field.hash = 4; });
    add("id-type-0", "id_type is 0, PGP", [](auto& field) { field.id_type = 0; });
    add("id-type-1", "id_type is 1, X.509", [](auto& field) { field.id_type = 1; });
    add("id-type-3", "id_type is 3, of no meaning", [](auto& field) { field.id_type = 3; });
    add("signer-len", "signer_len is 1", [](auto& field) { field.signer_len = 1; });
    add("key-id-len", "key_id_len is 1", [](auto& field) { field.key_id_len = 1; });
    for (std::size_t i = 0; i < right.pad.size(); ++i) {
        add(fmt::format("pad-{}", i), fmt::format("__pad[{}] is 1", i),
            [i](auto& field) { field.pad.at(i) = 1; });
    }
    add("sig-len-zero", "sig_len is 0", [](auto& field) { field.sig_len = 0; });
    add("sig-len-less", "sig_len is one less", [](auto& field) { --field.sig_len; });
    add("sig-len-more", "sig_len is one more", [](auto& field) { ++field.sig_len; });
    add("sig-len-all", "sig_len leaves no content", [size](auto& field) { field.sig_len = size; });
    add("sig-len-beyond", "sig_len is larger than the file",
        [size](auto& field) { field.sig_len = 2 * size; });
    add("sig-len-most", "sig_len is as large as can be",
        [](auto& field) { field.sig_len = ~std::uint32_t{0}; });
    return wrong;
}

std::vector<Spot> appended_spots(std::string_view file) {
    const auto parts = image::parse_appended(ByteView(file));

    if (!parts.problem.text.empty()) {
        throw Failure("no file with an appended signature: " + parts.problem.text);
    }
    std::vector<Spot> spots{
        {"first", "the first byte", parts.content.offset},
        {"body", "the middle of the content", middle(parts.content)},
        {"last", "the last byte of the content", end_of(parts.content) - 1},
        {"marker", "the line at the end", file.size() - image::appended_marker.size()}};

    add_message_spots(spots, file, parts.message);
    return spots;
}

std::vector<Spot> appended_cuts(std::string_view file) {
    const auto parts = image::parse_appended(ByteView(file));

    if (!parts.problem.text.empty()) {
        throw Failure("no file with an appended signature: " + parts.problem.text);
    }
    const std::uint64_t marker = file.size() - image::appended_marker.size();
    const auto message = place(file, parts.message);

    return {{"body", "in the content", middle(parts.content)},
            {"pkcs7", "in the PKCS#7 message", middle(message)},
            {"structure", "in struct module_signature", (end_of(message) + marker) / 2},
            {"no-marker", "before the line at the end", marker},
            {"marker", "in the line at the end", (marker + file.size()) / 2},
            {"last", "by one byte", file.size() - 1}};
}

}  // namespace kxk::lab
