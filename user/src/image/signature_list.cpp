// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/signature_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "image/x509.h"

namespace kxk::image {
namespace {

using trust::FirmwareEntry;
using trust::FirmwareEntryKind;

constexpr std::size_t guid_size = 16;
constexpr std::size_t list_header_size = guid_size + 3 * sizeof(std::uint32_t);
constexpr std::size_t sha256_size = 32;

struct KnownType {
    std::string_view guid;
    FirmwareEntryKind kind;
};

constexpr std::array<KnownType, 3> known_types{{
    {"a5c059a1-94e4-4aa7-87b5-ab155c2bf072", FirmwareEntryKind::certificate},
    {"c1c41626-504c-4092-aca9-41f936934328", FirmwareEntryKind::image_hash},
    {"3bd2a492-96c0-4079-b420-fcf98ef103ed", FirmwareEntryKind::certificate_hash},
}};

struct ListHeader {
    std::string type;
    std::uint32_t list_size;
    std::uint32_t header_size;
    std::uint32_t entry_size;
};

/* The first three fields are little-endian numbers, the rest are bytes. */
std::string read_guid(ByteView bytes) {
    const auto rest = bytes.slice(8, 8);
    if (!rest)
        return {};
    const auto digits = to_hex(*rest);
    return fmt::format("{:08x}-{:04x}-{:04x}-{}-{}", bytes.le32(0).value_or(0),
                       bytes.le16(4).value_or(0), bytes.le16(6).value_or(0), digits.substr(0, 4),
                       digits.substr(4));
}

std::optional<ListHeader> read_header(ByteView bytes) {
    const auto list_size = bytes.le32(guid_size);
    const auto header_size = bytes.le32(guid_size + 4);
    const auto entry_size = bytes.le32(guid_size + 8);
    if (!list_size || !header_size || !entry_size)
        return std::nullopt;
    return ListHeader{read_guid(bytes), *list_size, *header_size, *entry_size};
}

FirmwareEntry read_entry(const std::string& type, ByteView bytes) {
    FirmwareEntry entry;
    entry.type = type;
    entry.owner = read_guid(bytes);
    const auto data = bytes.from(guid_size).value_or(ByteView());
    const auto* known = std::find_if(known_types.begin(), known_types.end(),
                                     [&type](const auto& one) { return one.guid == type; });
    if (known != known_types.end())
        entry.kind = known->kind;

    switch (entry.kind) {
        case FirmwareEntryKind::certificate:
            entry.certificate = parse_certificate(data.text());
            break;
        case FirmwareEntryKind::image_hash:
        case FirmwareEntryKind::certificate_hash:  // a time of revocation may follow
            if (const auto digest = data.slice(0, sha256_size))
                entry.digest = to_hex(*digest);
            break;
        case FirmwareEntryKind::other:
            break;
    }
    return entry;
}

std::uint64_t size_before_entries(const ListHeader& header) {
    return std::uint64_t{list_header_size} + header.header_size;
}

/* The sizes in a header, against each other and against what there is. */
bool is_consistent(const ListHeader& header, std::size_t available) {
    const auto before_entries = size_before_entries(header);
    if (header.list_size > available || header.list_size <= before_entries ||
        header.entry_size < guid_size)
        return false;
    return (header.list_size - before_entries) % header.entry_size == 0;
}

}  // namespace

SignatureLists parse_signature_lists(ByteView bytes) {
    SignatureLists lists;
    std::uint64_t offset = 0;
    while (offset < bytes.size()) {
        const auto rest = bytes.from(offset).value_or(ByteView());
        const auto header = read_header(rest);
        if (!header || !is_consistent(*header, rest.size())) {
            lists.problem =
                fmt::format("the signature list at byte {} is {}", offset,
                            header ? "of a size that its entries do not have" : "cut off");
            break;
        }
        for (auto position = size_before_entries(*header); position < header->list_size;
             position += header->entry_size) {
            if (const auto entry = rest.slice(position, header->entry_size))
                lists.entries.push_back(read_entry(header->type, *entry));
        }
        offset += header->list_size;
    }
    return lists;
}

}  // namespace kxk::image
