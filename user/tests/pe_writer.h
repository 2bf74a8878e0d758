// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Makes PE files: sound ones, and whatever a test wants to see refused. */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kxk::test {

/** Puts a little-endian number into bytes that are there. */
template <typename Number>
void put(std::string& bytes, std::size_t offset, Number number) {
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        bytes.at(offset + i) = static_cast<char>(number >> (8 * i));
}

/** A WIN_CERTIFICATE with its padding. */
inline std::string certificate_entry(std::string_view content, std::uint16_t type = 2,
                                     std::uint16_t revision = 0x0200) {
    std::string entry(8, '\0');
    put(entry, 0, static_cast<std::uint32_t>(8 + content.size()));
    put(entry, 4, revision);
    put(entry, 6, type);
    entry += content;
    entry.resize((entry.size() + 7) / 8 * 8);
    return entry;
}

/** A file as it is to be. */
struct PeWriter {
    struct Section {
        std::string name;
        std::string data;
    };

    bool pe32_plus = true;
    std::uint16_t machine = 0x8664;
    std::uint16_t subsystem = 10;
    std::string dos_stub = std::string(64, '\0');  // all before the PE header; may grow
    std::uint32_t header_size = 1024;
    std::vector<Section> sections{{".text", std::string(512, 'T')},
                                  {".data", std::string(512, 'D')}};
    std::string trailer;       // behind the sections
    std::string certificates;  // whole entries

    static constexpr std::size_t pe_header_size = 24;

    [[nodiscard]] std::size_t optional_header() const { return dos_stub.size() + pe_header_size; }
    [[nodiscard]] std::size_t checksum_offset() const { return optional_header() + 64; }
    [[nodiscard]] std::size_t directories() const {
        return optional_header() + (pe32_plus ? 112 : 96);
    }
    [[nodiscard]] std::size_t certificate_directory() const {
        return directories() + 4 * std::size_t{8};
    }
    [[nodiscard]] std::size_t section_table() const { return directories() + 6 * std::size_t{8}; }
    [[nodiscard]] std::size_t section_header(std::size_t index) const {
        return section_table() + index * 40;
    }

    [[nodiscard]] std::string write() const {
        std::string file = dos_stub;
        file.resize(header_size);
        file.replace(0, 2, "MZ");
        put(file, 0x3c, static_cast<std::uint32_t>(dos_stub.size()));
        const auto pe = dos_stub.size();
        file.replace(pe, 2, "PE");
        put(file, pe + 4, machine);
        put(file, pe + 6, static_cast<std::uint16_t>(sections.size()));
        put(file, pe + 20, static_cast<std::uint16_t>(section_table() - optional_header()));
        put(file, optional_header(), static_cast<std::uint16_t>(pe32_plus ? 0x20b : 0x10b));
        put(file, optional_header() + 60, header_size);
        put(file, optional_header() + 68, subsystem);
        put(file, directories() - 4, std::uint32_t{6});

        for (std::size_t i = 0; i < sections.size(); ++i) {
            const auto& section = sections[i];
            const auto size = static_cast<std::uint32_t>(section.data.size());
            const auto header = section_header(i);
            file.replace(header, section.name.size(), section.name);
            put(file, header + 8, size);
            put(file, header + 12, static_cast<std::uint32_t>(file.size()));
            put(file, header + 16, size);
            put(file, header + 20, static_cast<std::uint32_t>(file.size()));
            file += section.data;
        }
        file += trailer;
        if (!certificates.empty()) {
            put(file, certificate_directory(), static_cast<std::uint32_t>(file.size()));
            put(file, certificate_directory() + 4, static_cast<std::uint32_t>(certificates.size()));
            file += certificates;
        }
        return file;
    }
};

}  // namespace kxk::test
