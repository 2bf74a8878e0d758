// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/spoil.h"

#include <cstdint>
#include <variant>

#include "image/appended.h"
#include "image/pe.h"

namespace kxk::image {
namespace {

std::optional<std::string> pe_without_signature(std::string_view file) {
    const auto parsed = parse_pe(ByteView(file));
    const auto* pe = std::get_if<PeImage>(&parsed);
    if (pe == nullptr)
        return std::nullopt;
    std::string bytes(file);
    if (!pe->is_signed())
        return bytes;
    if (pe->certificate_table.offset + pe->certificate_table.size != file.size())
        return std::nullopt;
    bytes.resize(static_cast<std::size_t>(pe->certificate_table.offset));
    bytes.replace(static_cast<std::size_t>(pe->directory_entry_offset), pe_directory_entry_size,
                  pe_directory_entry_size, '\0');
    return bytes;
}

/* The longest part of what a signature is about. */
std::optional<Range> content_of(std::string_view file) {
    if (looks_like_pe(ByteView(file))) {
        const auto parsed = parse_pe(ByteView(file));
        const auto* pe = std::get_if<PeImage>(&parsed);
        const auto ranges = pe == nullptr ? std::nullopt : digested_ranges(*pe);
        if (!ranges)
            return std::nullopt;
        Range longest;
        for (const auto& range : *ranges) {
            if (range.size > longest.size)
                longest = range;
        }
        return longest;
    }
    if (!has_appended_signature(ByteView(file)))
        return Range{0, file.size()};
    const auto appended = parse_appended(ByteView(file));
    if (!appended.problem.text.empty())
        return std::nullopt;
    return appended.content;
}

}  // namespace

std::optional<std::string> without_signature(std::string_view file) {
    if (looks_like_pe(ByteView(file)))
        return pe_without_signature(file);
    while (has_appended_signature(ByteView(file))) {
        const auto appended = parse_appended(ByteView(file));
        if (!appended.problem.text.empty())
            return std::nullopt;
        file = file.substr(0, static_cast<std::size_t>(appended.content.size));
    }
    return std::string(file);
}

std::optional<std::string> tampered(std::string_view file) {
    const auto content = content_of(file);
    if (!content || content->size == 0)
        return std::nullopt;
    std::string bytes(file);
    auto& byte = bytes.at(static_cast<std::size_t>(content->offset + content->size / 4 * 3));
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U);
    return bytes;
}

std::string cut(std::string_view file) {
    return std::string(file.substr(0, file.size() / 2));
}

}  // namespace kxk::image
