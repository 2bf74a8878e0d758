// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/signed_parts.h"

#include <algorithm>
#include <array>

#include "common/der_tree.h"

namespace kxk::lab {

namespace {

/* Offsets in PE files (Linux include/linux/pe.h). */
constexpr NumberField pe_header_offset{"e_lfanew", 0x3c, 4};
constexpr std::size_t optional_header = 24;  // from the PE header
constexpr std::size_t directories = optional_header + 112;
constexpr std::size_t certificate_directory = directories + 4 * std::size_t{8};
constexpr std::size_t section_size = 40;
constexpr std::size_t most_sections = 8;
constexpr std::size_t entry_head = 8;
constexpr std::size_t entry_alignment = 8;

/** From the PE header, each of these. */
constexpr std::array<NumberField, 21> pe_header_fields{{
    {"signature", 0, 4},
    {"machine", 4, 2},
    {"sections", 6, 2},
    {"timestamp", 8, 4},
    {"symbol table", 12, 4},
    {"symbols", 16, 4},
    {"optional header size", 20, 2},
    {"characteristics", 22, 2},
    {"optional magic", optional_header, 2},
    {"linker", optional_header + 2, 2},
    {"code size", optional_header + 4, 4},
    {"entry point", optional_header + 16, 4},
    {"image base", optional_header + 24, 8},
    {"file alignment", optional_header + 36, 4},
    {"image size", optional_header + 56, 4},
    {"header size", optional_header + 60, 4},
    {"checksum", optional_header + 64, 4},
    {"subsystem", optional_header + 68, 2},
    {"directories", optional_header + 108, 4},
    {"certificate address", certificate_directory, 4},
    {"certificate size", certificate_directory + 4, 4},
}};

/** From a section's header. */
constexpr std::array<NumberField, 6> section_fields{{
    {"section name", 0, 8},
    {"section memory size", 8, 4},
    {"section address", 12, 4},
    {"section size", 16, 4},
    {"section offset", 20, 4},
    {"section flags", 36, 4},
}};

/** From an entry of the certificate table. */
constexpr std::array<NumberField, 3> entry_fields{{
    {"entry length", 0, 4},
    {"entry revision", 4, 2},
    {"entry type", 6, 2},
}};

constexpr std::string_view marker = "~Module signature appended~\n";
constexpr std::size_t trailer_size = 12;

/** From struct module_signature, and the marker behind it. */
constexpr std::array<NumberField, 11> trailer_fields{{
    {"algo", 0, 1},
    {"hash", 1, 1},
    {"id_type", 2, 1},
    {"signer_len", 3, 1},
    {"key_id_len", 4, 1},
    {"pad", 5, 1},
    {"pad", 6, 1},
    {"pad", 7, 1},
    {"sig_len", 8, 4, true},
    {"marker", trailer_size, 8},
    {"marker's end", trailer_size + 20, 8},
}};
constexpr NumberField sig_len{"sig_len", 8, 4, true};

bool is_within(std::string_view file, const NumberField& field) {
    return field.offset <= file.size() && field.size <= file.size() - field.offset;
}

NumberField moved(NumberField field, std::size_t offset) {
    field.offset += offset;
    return field;
}

/** The number in a field; 0 where that is not in the file. */
std::uint64_t number_or_0(std::string_view file, const NumberField& field) {
    return is_within(file, field) ? get_number(file, field) : 0;
}

template <typename Fields>
void add_fields(std::vector<NumberField>& fields, std::string_view file, std::size_t offset,
                const Fields& more) {
    for (const NumberField& field : more) {
        if (is_within(file, moved(field, offset))) {
            fields.push_back(moved(field, offset));
        }
    }
}

std::size_t round_up(std::size_t size) {
    return (size + entry_alignment - 1) / entry_alignment * entry_alignment;
}

NumberField certificate_address(std::string_view file) {
    return moved({"certificate address", certificate_directory, 4},
                 number_or_0(file, pe_header_offset));
}

NumberField certificate_size(std::string_view file) {
    return moved({"certificate size", certificate_directory + 4, 4},
                 number_or_0(file, pe_header_offset));
}

std::vector<NumberField> pe_fields(std::string_view file) {
    const std::size_t pe = number_or_0(file, pe_header_offset);
    const std::size_t sections = pe + optional_header + number_or_0(file, moved({"", 20, 2}, pe));
    const std::size_t count =
        std::min<std::size_t>(number_or_0(file, moved({"", 6, 2}, pe)), most_sections);
    std::vector<NumberField> fields{{"e_magic", 0, 2}, pe_header_offset};

    fields.erase(std::remove_if(fields.begin(), fields.end(),
                                [&](const auto& field) { return !is_within(file, field); }),
                 fields.end());
    add_fields(fields, file, pe, pe_header_fields);
    for (std::size_t i = 0; i < count; ++i) {
        add_fields(fields, file, sections + i * section_size, section_fields);
    }
    add_fields(fields, file, number_or_0(file, certificate_address(file)), entry_fields);
    return fields;
}

std::vector<NumberField> appended_fields(std::string_view file) {
    std::vector<NumberField> fields;

    if (file.size() >= trailer_size + marker.size()) {
        add_fields(fields, file, file.size() - trailer_size - marker.size(), trailer_fields);
    }
    return fields;
}

std::optional<SignedParts> split_pe(std::string_view file) {
    const std::size_t table = number_or_0(file, certificate_address(file));
    const std::size_t length = number_or_0(file, moved(entry_fields[0], table));

    if (table == 0 || length < entry_head || length > file.size() - table) {
        return std::nullopt;
    }
    const DerPlace message = find_der(file.substr(0, table + length), table + entry_head);
    if (message.end == 0) {
        return std::nullopt;
    }
    const std::size_t end = std::min(table + round_up(length), file.size());
    return SignedParts{std::string(file.substr(0, table)),
                       std::string(file.substr(message.header, message.end - message.header)),
                       std::string(file.substr(end))};
}

std::string join_pe(const SignedParts& parts) {
    constexpr std::uint64_t revision_and_type = 0x00020200;
    const std::size_t table = parts.content.size();
    std::string file = parts.content;

    file.resize(table + entry_head);
    set_number(file, moved({"", 0, 4}, table), entry_head + parts.message.size());
    set_number(file, moved({"", 4, 4}, table), revision_and_type);
    file += parts.message;
    file.resize(table + round_up(file.size() - table));
    file += parts.rest;
    if (const auto size = certificate_size(file); is_within(file, size)) {
        set_number(file, certificate_address(file), table);
        set_number(file, size, file.size() - table);
    }
    return file;
}

std::optional<SignedParts> split_appended(std::string_view file) {
    if (file.size() < trailer_size + marker.size()) {
        return std::nullopt;
    }
    const std::size_t end = file.size() - trailer_size - marker.size();
    const std::uint64_t size = get_number(file, moved(sig_len, end));
    if (size == 0 || size > end) {
        return std::nullopt;
    }
    return SignedParts{std::string(file.substr(0, end - size)),
                       std::string(file.substr(end - size, size)), ""};
}

std::string join_appended(const SignedParts& parts) {
    constexpr char pkey_id_pkcs7 = 2;
    std::string trailer(trailer_size, '\0');

    trailer[2] = pkey_id_pkcs7;
    set_number(trailer, sig_len, parts.message.size());
    return parts.content + parts.message + trailer + std::string(marker);
}

}  // namespace

std::vector<NumberField> number_fields(ImageForm form, std::string_view file) {
    return form == ImageForm::pe ? pe_fields(file) : appended_fields(file);
}

std::uint64_t get_number(std::string_view file, const NumberField& field) {
    std::uint64_t number = 0;

    for (std::size_t i = 0; i < field.size; ++i) {
        const std::size_t place = field.big_endian ? i : field.size - 1 - i;

        number = number << 8U | static_cast<std::uint8_t>(file.at(field.offset + place));
    }
    return number;
}

void set_number(std::string& file, const NumberField& field, std::uint64_t number) {
    for (std::size_t i = 0; i < field.size; ++i) {
        const std::size_t place = field.big_endian ? field.size - 1 - i : i;

        file.at(field.offset + place) = static_cast<char>(number);
        number >>= 8U;
    }
}

std::optional<SignedParts> split_signed(ImageForm form, std::string_view file) {
    return form == ImageForm::pe ? split_pe(file) : split_appended(file);
}

std::string join_signed(ImageForm form, const SignedParts& parts) {
    return form == ImageForm::pe ? join_pe(parts) : join_appended(parts);
}

}  // namespace kxk::lab
