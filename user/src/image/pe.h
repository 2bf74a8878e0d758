// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Portable Executables: the form of EFI programs, and of the kernels that have an EFI stub.
 * Sources: Microsoft, "PE Format" and "Windows Authenticode Portable Executable Signature Format";
 * for what the kernel makes of a file, Linux crypto/asymmetric_keys/verify_pefile.c.
 *
 * To append a signature: write the WIN_CERTIFICATE at append_offset(), enlarge the directory entry
 * at directory_entry_offset (offset and size of the table, two le32), and put a new checksum() at
 * checksum_offset. None of the three is part of the digest.
 */
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "image/bytes.h"
#include "image/malformed.h"

namespace kxk::image {

constexpr std::uint16_t pe_machine_x86_64 = 0x8664;
constexpr std::uint16_t pe_machine_arm64 = 0xaa64;

constexpr std::uint16_t certificate_revision_2 = 0x0200;
constexpr std::uint16_t certificate_type_pkcs7 = 0x0002;  ///< WIN_CERT_TYPE_PKCS_SIGNED_DATA

/** Entries of the certificate table begin at multiples of this many bytes. */
constexpr std::uint64_t certificate_alignment = 8;

/** Bytes of an entry of the data directory: address (of certificates: offset) and size. */
constexpr std::uint64_t pe_directory_entry_size = 8;

/** A section of the program. */
struct PeSection {
    std::string name;  ///< at most 8 characters
    std::uint32_t virtual_size = 0;
    std::uint32_t virtual_address = 0;
    Range data;  ///< where it is in the file
    ByteView header;
};

/** One WIN_CERTIFICATE. */
struct CertificateEntry {
    Range range;  ///< in the file: header and content, without the padding
    std::uint16_t revision = 0;
    std::uint16_t type = 0;
    ByteView content;  ///< a PKCS#7 message, by revision and type; it may end with padding
};

/** The certificate table, as far as it can be read. */
struct CertificateTable {
    std::vector<CertificateEntry> entries;
    Malformed problem;  ///< as for Linux 6.3 and later (see read_certificates())
    Malformed problem_before_6_3;
};

/** A PE file whose headers are sound. It refers to the bytes that it was read from. */
struct PeImage {
    ByteView file;
    std::uint16_t machine = 0;
    bool pe32_plus = false;
    std::uint16_t subsystem = 0;
    Range dos_header;
    Range pe_header;
    Range optional_header;  ///< data directories included
    Range section_table;
    std::uint64_t header_size = 0;             ///< bytes, section table included
    std::uint64_t checksum_offset = 0;         ///< of the le32
    std::uint64_t directory_entry_offset = 0;  ///< of the certificate table's entry: two le32
    Range certificate_table;                   ///< in the file; size 0: there is none
    bool has_certificate_directory = false;    ///< otherwise no signature can be appended
    std::vector<PeSection> sections;           ///< in the order of the section table
    std::string oddity;  ///< what readers of PE files disagree about, else empty

    [[nodiscard]] bool is_signed() const { return certificate_table.size != 0; }
};

/** Whether a file begins like a PE file or a DOS program. */
[[nodiscard]] bool looks_like_pe(ByteView file);

/**
 * Reads the headers of a PE file.
 * @return what is wrong where they are not sound. ELIBBAD is the kernel's answer to most; 0 marks
 *         what the kernel does not look at.
 */
[[nodiscard]] std::variant<PeImage, Malformed> parse_pe(ByteView file);

/** The section of a name; nullptr if there is none. */
[[nodiscard]] const PeSection* find_section(const PeImage& image, std::string_view name);

/**
 * Reads all entries of the certificate table.
 *
 * The kernel verifies the first entry and no other. Until "verify_pefile: relax wrapper length
 * check" (4fc5c74dde69, Linux 6.3, and stable trees since spring 2023) it also refused, with
 * ELIBBAD, a table that has more than one: that is what problem_before_6_3 tells.
 */
[[nodiscard]] CertificateTable read_certificates(const PeImage& image);

/**
 * The parts of a file that its Authenticode digest is made of, in their order: the headers without
 * checksum and certificate directory entry, the sections sorted by offset, and what is behind
 * them, less the size of the certificate table.
 * @return nothing if a part is not within the file.
 */
[[nodiscard]] std::optional<std::vector<Range>> digested_ranges(const PeImage& image);

/**
 * The Authenticode digests of a file, in hexadecimal digits, by algorithm; see digest_ranges().
 * Empty if a section is not within the file.
 */
[[nodiscard]] std::map<std::string, std::string> pe_digests(
    const PeImage& image, const std::set<std::string>& algorithms);

/**
 * Where a further entry of the certificate table goes: the end of the table, or, in an unsigned
 * file, the end of the file, rounded up to certificate_alignment (padding is part of the digest).
 * @return nothing if the table is not at the end of the file: no signature of it can be right.
 */
[[nodiscard]] std::optional<std::uint64_t> append_offset(const PeImage& image);

/** The checksum of the optional header, for the file as it is. */
[[nodiscard]] std::uint32_t checksum(const PeImage& image);

}  // namespace kxk::image
