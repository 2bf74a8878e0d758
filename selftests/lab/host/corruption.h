// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Where a signed image can be damaged or cut: pure functions over its bytes. The places come from
 * the companion's parsers. Sources of the forms: see image/pe.h, image/pkcs7.h, image/appended.h.
 */
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kxk::lab {

/** A place in a file. */
struct Spot {
    std::string name;  ///< a word, [a-z0-9-]
    std::string text;  ///< what is there, for people
    std::uint64_t offset = 0;
};

/** The file with the lowest bit of one byte changed. */
[[nodiscard]] std::string flipped(std::string file, std::uint64_t offset);

/** The file up to an offset. */
[[nodiscard]] std::string cut(std::string_view file, std::uint64_t offset);

/**
 * Bytes of a signed PE file, one of each kind that a verifier sees or does not see: flipped()
 * damages headers, sections, certificate table, PKCS#7 message and its digests. Throws Failure for
 * a file that is not PE or not signed.
 */
[[nodiscard]] std::vector<Spot> pe_spots(std::string_view file);

/** Where to cut() a signed PE file: once in each of its structures. Throws like pe_spots(). */
[[nodiscard]] std::vector<Spot> pe_cuts(std::string_view file);

/**
 * Lets the certificate table of a signed PE file end with more bytes.
 * @param in_entry  how many belong to the last entry; the table grows by these, rounded up to its
 *                  alignment, and none of what is new is zero
 */
[[nodiscard]] std::string with_longer_table(std::string file, std::uint32_t in_entry);

/** A PE file with one signature, its PKCS#7 message replaced; not its checksum. */
[[nodiscard]] std::string with_message(std::string file, std::string_view message);

/** struct module_signature (Linux include/linux/module_signature.h), before which a message is. */
struct ModuleSignature {
    std::uint8_t algo = 0;
    std::uint8_t hash = 0;
    std::uint8_t id_type = 2;  ///< PKEY_ID_PKCS7
    std::uint8_t signer_len = 0;
    std::uint8_t key_id_len = 0;
    std::array<std::uint8_t, 3> pad{};
    std::uint32_t sig_len = 0;
};

/** The twelve bytes of the structure. */
[[nodiscard]] std::string bytes_of(const ModuleSignature& signature);

/** A file with an appended signature, taken apart. */
struct Appended {
    std::string content;
    std::string message;  ///< PKCS#7
};

/** Throws Failure for a file without an appended signature. */
[[nodiscard]] Appended take_apart(std::string_view file);

/** Content, message, structure and marker. The structure need not tell the truth. */
[[nodiscard]] std::string put_together(const Appended& parts, const ModuleSignature& signature);

/** The same with a structure as it has to be. */
[[nodiscard]] std::string put_together(const Appended& parts);

/** A structure with one field wrong. */
struct WrongField {
    std::string name;  ///< a word, [a-z0-9-]
    std::string text;  ///< for people
    ModuleSignature signature;
};

/** Each field of struct module_signature malformed, for these parts. */
[[nodiscard]] std::vector<WrongField> wrong_fields(const Appended& parts);

/** Bytes of a file with an appended signature, like pe_spots(). Throws like take_apart(). */
[[nodiscard]] std::vector<Spot> appended_spots(std::string_view file);

/** Where to cut() such a file. Throws like take_apart(). */
[[nodiscard]] std::vector<Spot> appended_cuts(std::string_view file);

}  // namespace kxk::lab
