// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * The parts of a signed image that a mutator wants to change: its fields, and its message. Only as
 * much as that takes, and without the companion's library, which the guests do not have.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kxk::lab {

/** How an image carries its signature. */
enum class ImageForm {
    pe,       ///< PE32+, in its certificate table
    appended  ///< at its end, as modules have it
};

/** A number in a file. */
struct NumberField {
    const char* name = "";
    std::size_t offset = 0;
    std::size_t size = 0;
    bool big_endian = false;
};

/** The numbers that verifiers of that form look at, as far as they are in the file. */
[[nodiscard]] std::vector<NumberField> number_fields(ImageForm form, std::string_view file);

/** The number in a field that is in the file. */
[[nodiscard]] std::uint64_t get_number(std::string_view file, const NumberField& field);

/** Replaces it, cut to its size. */
void set_number(std::string& file, const NumberField& field, std::uint64_t number);

/** A signed file, taken apart. */
struct SignedParts {
    std::string content;  ///< before the message, and before the head of its table entry
    std::string message;  ///< PKCS#7, the first one
    std::string rest;     ///< of the certificate table
};

/** Nothing for a file that has no message where it says so. */
[[nodiscard]] std::optional<SignedParts> split_signed(ImageForm form, std::string_view file);

/** The parts put together, all lengths right. */
[[nodiscard]] std::string join_signed(ImageForm form, const SignedParts& parts);

}  // namespace kxk::lab
