// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/pe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "image/digest.h"
#include "trust/image_facts.h"

namespace kxk::image {
namespace {

constexpr std::uint64_t dos_header_size = 64;
constexpr std::uint64_t pe_header_offset_field = 0x3c;
constexpr std::uint64_t pe_header_size = 24;
constexpr std::uint64_t certificate_directory = 4;  // the fifth entry
constexpr std::uint64_t section_header_size = 40;
constexpr std::uint64_t certificate_header_size = 8;

/* The optional header, which has two forms; offsets are those within it. */
struct OptionalHeader {
    std::uint16_t magic;
    std::uint64_t size;  // to the data directories
    std::uint64_t entries_offset;
};

constexpr std::uint64_t header_size_offset = 60;
constexpr std::uint64_t checksum_field_offset = 64;
constexpr std::uint64_t subsystem_offset = 68;
constexpr OptionalHeader pe32{0x10b, 96, 92};
constexpr OptionalHeader pe32_plus{0x20b, 112, 108};

Malformed bad(std::string text) {
    return {ELIBBAD, std::move(text)};
}

std::string name_of(ByteView header) {
    const auto name = header.text().substr(0, 8);
    return std::string(name.substr(0, name.find('\0')));
}

/*
 * The order in which the kernel digests sections. Their offsets decide; the rest is for sections
 * of the same offset. It takes the name for a string ended by zero.
 */
bool comes_before(const PeSection& a, const PeSection& b) {
    const auto as_string = [](const PeSection& section) {
        const auto text = section.header.text();
        return text.substr(0, text.find('\0'));
    };
    return std::make_tuple(a.data.offset, a.virtual_address, as_string(a), a.virtual_size,
                           a.data.size) < std::make_tuple(b.data.offset, b.virtual_address,
                                                          as_string(b), b.virtual_size,
                                                          b.data.size);
}

/* The kernel's checks of the directory entry: after the headers, and inside the file. */
std::optional<Malformed> check_table_place(const PeImage& image) {
    const auto& table = image.certificate_table;
    const auto size = image.file.size();
    if (table.offset < image.header_size)
        return bad("the certificate table lies in the headers");
    if (table.size >= size || table.offset > size - table.size)
        return bad(fmt::format("the certificate table ends at {}, but the file at {}",
                               table.offset + table.size, size));
    return std::nullopt;
}

std::optional<Malformed> read_sections(PeImage& image, std::uint64_t table, std::uint16_t count) {
    if (count > (image.header_size - table) / section_header_size)
        return Malformed{image.is_signed() ? ELIBBAD : 0,
                         fmt::format("{} sections do not fit into the headers", count)};
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto header = image.file.slice(table + i * section_header_size, section_header_size);
        if (!header)
            return bad("the section table is truncated");
        image.sections.push_back({name_of(*header),
                                  *header->le32(8),
                                  *header->le32(12),
                                  {*header->le32(20), *header->le32(16)},
                                  *header});
    }
    return std::nullopt;
}

/*
 * What the kernel says of the only entry that it looks at. It wants a sequence whose length has
 * two bytes at most, or is indefinite.
 */
Malformed check_first(const CertificateEntry& entry) {
    if (entry.revision != certificate_revision_2)
        return {
            trust::enotsupp,
            fmt::format("the first certificate entry has revision {:#x}, not 2.0", entry.revision)};
    if (entry.type != certificate_type_pkcs7)
        return {trust::enotsupp,
                fmt::format("the first certificate entry has type {:#x}, not PKCS#7", entry.type)};
    if (entry.content.size() < 4)
        return {EKEYREJECTED, "the first certificate entry is empty"};
    const auto tag = *entry.content.u8(0);
    const auto length = *entry.content.u8(1);
    if (tag != 0x30)
        return bad("the first certificate entry is not a PKCS#7 message");
    if (length == 0x80)
        return {};
    if (length > 0x82)
        return {EMSGSIZE, "the first PKCS#7 message is longer than 65535 bytes"};

    std::uint64_t size = 0;
    if (length == 0x82)
        size = *entry.content.be16(2) + std::uint64_t{4};
    else if (length == 0x81)
        size = *entry.content.u8(2) + std::uint64_t{3};
    else
        size = length + std::uint64_t{2};
    if (size > entry.content.size())
        return bad("the first PKCS#7 message is longer than its certificate entry");
    return {};
}

}  // namespace

bool looks_like_pe(ByteView file) {
    return file.has(0, "MZ");
}

std::variant<PeImage, Malformed> parse_pe(ByteView file) {
    PeImage image;
    image.file = file;

    if (file.size() <= dos_header_size)
        return bad("too short for a DOS header");
    if (!looks_like_pe(file))
        return bad("no MZ at the start");
    const std::uint64_t pe = *file.le32(pe_header_offset_field);
    if (pe < dos_header_size || !file.from(pe + pe_header_size + 1))
        return bad(fmt::format("the PE header is said to be at {}: not within the file", pe));
    if (!file.has(pe, std::string_view("PE\0\0", 4)))
        return bad("no PE header");
    image.machine = *file.le16(pe + 4);
    const auto section_count = *file.le16(pe + 6);
    const auto optional_size = *file.le16(pe + 20);

    const auto optional = pe + pe_header_size;
    const auto magic = file.le16(optional);
    image.pe32_plus = magic == pe32_plus.magic;
    const auto& form = image.pe32_plus ? pe32_plus : pe32;
    if (magic != form.magic)
        return bad("the optional header is neither PE32 nor PE32+");
    const auto header = file.slice(optional, form.size);
    if (!header)
        return bad("the optional header is truncated");
    image.header_size = *header->le32(header_size_offset);
    image.subsystem = *header->le16(subsystem_offset);
    image.checksum_offset = optional + checksum_field_offset;
    const std::uint64_t entries = *header->le32(form.entries_offset);

    const auto directory = optional + form.size;
    if (directory >= image.header_size || image.header_size >= file.size())
        return bad(fmt::format("the size of the headers is said to be {}", image.header_size));
    if (entries > (image.header_size - directory) / pe_directory_entry_size)
        return bad(fmt::format("{} data directories do not fit into the headers", entries));
    image.directory_entry_offset = directory + certificate_directory * pe_directory_entry_size;
    image.has_certificate_directory = entries > certificate_directory;
    if (!image.has_certificate_directory)
        image.oddity = "it has no data directory for certificates";

    // The kernel reads the entry whether it is there or not.
    const auto table = file.slice(image.directory_entry_offset, pe_directory_entry_size);
    if (!table)
        return bad("the data directories are truncated");
    if (*table->le32(0) != 0 && *table->le32(4) != 0) {
        image.certificate_table = {*table->le32(0), *table->le32(4)};
        if (auto problem = check_table_place(image))
            return *problem;
    }

    const auto sections = directory + entries * pe_directory_entry_size;
    image.dos_header = {0, dos_header_size};
    image.pe_header = {pe, pe_header_size};
    image.optional_header = {optional, sections - optional};
    image.section_table = {sections, section_count * section_header_size};
    // The specification has the section table behind SizeOfOptionalHeader, the kernel behind the
    // directories.
    if (optional + optional_size != sections)
        image.oddity = "its section table is not behind the data directories";
    if (auto problem = read_sections(image, sections, section_count))
        return *problem;
    return image;
}

const PeSection* find_section(const PeImage& image, std::string_view name) {
    const auto found = std::find_if(image.sections.begin(), image.sections.end(),
                                    [name](const auto& section) { return section.name == name; });
    return found == image.sections.end() ? nullptr : &*found;
}

CertificateTable read_certificates(const PeImage& image) {
    CertificateTable table;
    const auto bytes = image.file.slice(image.certificate_table);
    if (!image.is_signed() || !bytes)
        return table;

    std::uint64_t offset = 0;
    while (const auto header = bytes->slice(offset, certificate_header_size)) {
        const std::uint64_t length = *header->le32(0);
        const auto entry = bytes->slice(offset, length);
        if (!entry || length < certificate_header_size) {
            // Behind the last entry there may be zeros.
            const auto rest = *bytes->from(offset);
            if (rest.text().find_first_not_of('\0') != std::string_view::npos || offset == 0)
                table.problem.text = fmt::format("certificate entry {} is said to have {} bytes",
                                                 table.entries.size() + 1, length);
            break;
        }
        table.entries.push_back({{image.certificate_table.offset + offset, length},
                                 *header->le16(4),
                                 *header->le16(6),
                                 *entry->from(certificate_header_size)});
        offset += round_up(length, certificate_alignment);
    }

    if (bytes->size() < certificate_header_size) {
        table.problem = bad("the certificate table is too short for an entry");
    } else if (table.entries.empty()) {
        // A length below that of the header itself makes the kernel read on behind the entry.
        table.problem.error = ELIBBAD;
    } else if (auto problem = check_first(table.entries.front()); problem.error != 0) {
        table.problem = std::move(problem);
    }

    table.problem_before_6_3 = table.problem;
    if (!table.entries.empty() &&
        round_up(table.entries.front().range.size, certificate_alignment) != bytes->size())
        table.problem_before_6_3 = bad("the certificate table is not that of a single entry");
    return table;
}

std::optional<std::vector<Range>> digested_ranges(const PeImage& image) {
    const auto behind_checksum = image.checksum_offset + sizeof(std::uint32_t);
    const auto behind_entry = image.directory_entry_offset + pe_directory_entry_size;
    if (image.header_size < behind_entry)
        return std::nullopt;
    std::vector<Range> ranges{{0, image.checksum_offset},
                              {behind_checksum, image.directory_entry_offset - behind_checksum},
                              {behind_entry, image.header_size - behind_entry}};

    auto sections = image.sections;
    std::stable_sort(sections.begin(), sections.end(), comes_before);
    auto digested = image.header_size;
    for (const auto& section : sections) {
        if (section.data.size == 0)
            continue;
        if (!image.file.slice(section.data))
            return std::nullopt;
        ranges.push_back(section.data);
        digested += section.data.size;
    }

    // Whatever it is that the sum of the sizes leads to: the number of bytes counts, not the place.
    if (image.file.size() > digested) {
        if (image.certificate_table.size > image.file.size() - digested)
            return std::nullopt;
        ranges.push_back({digested, image.file.size() - digested - image.certificate_table.size});
    }
    return ranges;
}

std::map<std::string, std::string> pe_digests(const PeImage& image,
                                              const std::set<std::string>& algorithms) {
    const auto ranges = digested_ranges(image);
    if (!ranges)
        return {};
    return digest_ranges(image.file, *ranges, algorithms);
}

std::optional<std::uint64_t> append_offset(const PeImage& image) {
    if (!image.is_signed())
        return round_up(image.file.size(), certificate_alignment);
    const auto end = image.certificate_table.offset + image.certificate_table.size;
    if (end != image.file.size())
        return std::nullopt;
    return end;
}

std::uint32_t checksum(const PeImage& image) {
    // The sum of the 16-bit words with the carry added back, and the size of the file. The two
    // words of the checksum itself do not count.
    std::uint64_t sum = 0;
    for (std::uint64_t offset = 0; offset < image.file.size(); offset += 2) {
        if (offset >= image.checksum_offset && offset < image.checksum_offset + 4)
            continue;
        sum += offset + 1 < image.file.size() ? *image.file.le16(offset) : *image.file.u8(offset);
    }
    while (sum > 0xffff)
        sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint32_t>(sum + image.file.size());
}

}  // namespace kxk::image
