// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/fuzz_bases.h"

#include "common/signed_parts.h"
#include "host/containers.h"

namespace kxk::lab {

namespace {

constexpr std::size_t section_content = 512;  // also the size of the headers, and an alignment
constexpr std::uint64_t middle_of_2020 = 1593561600;

/** Bytes that are not all the same. */
std::string some_content(std::size_t size) {
    std::string bytes(size, '\0');

    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<char>(i * 7 + i / 256);
    }
    return bytes;
}

/** An EFI program with two sections, which are not in the order of the file. */
std::string small_pe(std::uint16_t machine) {
    constexpr std::size_t pe_header = 64;
    constexpr std::size_t section_table = pe_header + 24 + 112 + 6 * std::size_t{8};
    constexpr std::size_t section_header = 40;
    constexpr NumberField sections{"", pe_header + 6, 2};
    constexpr NumberField address{"", section_table + 12, 4};
    constexpr NumberField memory_size{"", section_table + 8, 4};
    constexpr NumberField size{"", section_table + 16, 4};
    constexpr NumberField offset{"", section_table + 20, 4};
    std::string file = zboot_wrapped(some_content(2 * section_content), machine);

    set_number(file, memory_size, section_content);
    set_number(file, size, section_content);
    const std::string first = file.substr(section_table, section_header);
    file.replace(section_table + section_header, section_header, first);
    set_number(file, sections, 2);
    set_number(file, offset, get_number(file, offset) + section_content);
    set_number(file, address, get_number(file, address) * 2);
    return file;
}

}  // namespace

std::vector<FuzzBase> make_fuzz_bases(const Signer& signer, std::uint16_t machine) {
    const bool appends = signer.kind() == Signature::appended;
    const std::string content = appends ? some_content(2 * section_content) : small_pe(machine);
    std::vector<FuzzBase> bases;
    const auto add = [&](const char* name, const Signing& how) {
        bases.push_back({name, signer.sign(content, how)});
    };

    for (const char* who : {"builtin", "secondary", "platform", "unknown", "revoked",
                            "twin-secondary", "of-doubled", "expired"}) {
        add(who, {who});
    }
    if (appends) {
        // Otherwise only the form of PE has the signer's certificate.
        add("platform-itself", {"platform", "sha256", {}, {"platform"}});
        add("secondary-itself", {"secondary", "sha256", {}, {"secondary"}});
        add("revoked-itself", {"revoked", "sha256", {}, {"revoked"}});
        add("of-doubled-itself", {"of-doubled", "sha256", {}, {"of-doubled"}});
        add("vouched-with-chain", {"vouched", "sha256", {}, {"vouched", "platform"}});
        add("secondary-with-chain", {"secondary", "sha256", {}, {"secondary", "intermediate"}});
        bases.push_back({"attributes", signer.append_with_attributes(content, {"platform"})});
    } else {
        add("vouched-with-chain", {"vouched", "sha256", {}, {"platform"}});
        add("secondary-with-chain", {"secondary", "sha256", {}, {"intermediate"}});
        add("time-inside", {"short", "sha256", middle_of_2020});
    }
    for (const char* digest : {"sha1", "sha512"}) {
        add(digest, {"platform", digest});
    }
    bases.push_back({"together", signer.sign_together(content, {"platform", "unknown"})});
    bases.push_back({"together-known", signer.sign_together(content, {"platform", "secondary"})});
    bases.push_back({"two", signer.sign(signer.sign(content, {"secondary"}), {"platform"})});
    return bases;
}

}  // namespace kxk::lab
