// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/der_tree.h"

#include <algorithm>
#include <optional>

namespace kxk::lab {

namespace {

constexpr std::uint8_t constructed = 0x20;
constexpr std::uint8_t long_tag = 0x1f;
constexpr std::uint8_t long_length = 0x80;
constexpr std::size_t most_length_bytes = 4;
/** Messages with their certificates are half as deep. */
constexpr int most_levels = 32;

std::uint8_t byte_at(std::string_view bytes, std::size_t offset) {
    return static_cast<std::uint8_t>(bytes[offset]);
}

std::string length_of(std::size_t size) {
    std::string bytes;

    if (size < long_length) {
        return {static_cast<char>(size)};
    }
    for (; size != 0; size >>= 8U) {
        bytes.insert(bytes.begin(), static_cast<char>(size));
    }
    return static_cast<char>(long_length | bytes.size()) + bytes;
}

std::optional<std::vector<DerNode>> parse_level(std::string_view bytes, int level) {
    std::vector<DerNode> nodes;

    for (std::size_t offset = 0; offset < bytes.size();) {
        const DerPlace place = find_der(bytes, offset);
        if (place.end == 0) {
            return std::nullopt;
        }
        DerNode node;
        node.tag = byte_at(bytes, offset);
        const auto content = bytes.substr(place.content, place.end - place.content);
        std::optional<std::vector<DerNode>> children;
        if ((node.tag & constructed) != 0 && level < most_levels) {
            children = parse_level(content, level + 1);
        }
        if (children) {
            node.children = std::move(*children);
        } else {
            node.content = content;
        }
        nodes.push_back(std::move(node));
        offset = place.end;
    }
    return nodes;
}

void add_places(std::string_view bytes, std::size_t start, std::size_t end, int level,
                std::vector<DerPlace>& places) {
    while (start < end) {
        const DerPlace place = find_der(bytes.substr(0, end), start);

        if (place.end == 0) {
            return;
        }
        places.push_back(place);
        if ((byte_at(bytes, start) & constructed) != 0 && level < most_levels) {
            add_places(bytes, place.content, place.end, level + 1, places);
        }
        start = place.end;
    }
}

}  // namespace

DerPlace find_der(std::string_view bytes, std::size_t offset) {
    constexpr std::size_t short_header = 2;
    DerPlace place;

    if (offset > bytes.size() || bytes.size() - offset < short_header ||
        (byte_at(bytes, offset) & long_tag) == long_tag) {
        return {};
    }
    place.header = offset;
    place.content = offset + short_header;
    std::size_t size = byte_at(bytes, offset + 1);
    if (size >= long_length) {
        const std::size_t count = size - long_length;
        if (count == 0 || count > most_length_bytes || count > bytes.size() - place.content) {
            return {};
        }
        size = 0;
        for (std::size_t i = 0; i < count; ++i) {
            size = size << 8U | byte_at(bytes, place.content++);
        }
    }
    if (size > bytes.size() - place.content) {
        return {};
    }
    place.end = place.content + size;
    return place;
}

std::vector<DerNode> parse_der(std::string_view bytes) {
    return parse_level(bytes, 0).value_or(std::vector<DerNode>());
}

std::string write_der(const DerNode& node) {
    const std::string content = node.children.empty() ? node.content : write_der(node.children);

    return static_cast<char>(node.tag) + length_of(content.size()) + content;
}

std::string write_der(const std::vector<DerNode>& nodes) {
    std::string bytes;

    for (const DerNode& node : nodes) {
        bytes += write_der(node);
    }
    return bytes;
}

std::vector<DerPlace> der_places(std::string_view bytes) {
    std::vector<DerPlace> places;

    add_places(bytes, 0, bytes.size(), 0, places);
    return places;
}

}  // namespace kxk::lab
