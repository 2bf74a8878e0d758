// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/variable_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "common/hex.h"
#include "common/text_file.h"
#include "host/failure.h"
#include "image/bytes.h"

namespace kxk::lab {

namespace {

using image::ByteView;

/** What is in flash memory where nothing was written since it was erased. */
constexpr char erased = '\xff';

/** A range of memory, in bytes. */
struct Range {
    std::size_t start;
    std::size_t end;
};

/* EFI_FIRMWARE_VOLUME_HEADER */
constexpr std::string_view volume_type = "fff12b8d-7696-4c8b-a985-2747075b4f50";
constexpr std::size_t volume_type_offset = 16;
constexpr std::size_t volume_size_offset = 32;
constexpr std::string_view volume_signature = "_FVH";
constexpr std::size_t volume_signature_offset = 40;
constexpr std::size_t volume_header_size_offset = 48;

/* VARIABLE_STORE_HEADER, which is where the volume's header ends */
constexpr std::string_view store_type = "aaf32c78-947b-439a-a180-2e144ec37792";
constexpr std::size_t store_size_offset = 16;
constexpr std::size_t store_format_offset = 20;
constexpr std::string_view store_formatted_and_healthy = "\x5a\xfe";
constexpr std::size_t store_header_size = 28;

/* AUTHENTICATED_VARIABLE_HEADER */
constexpr std::uint64_t variable_start = 0x55aa;
constexpr std::uint64_t variable_added = 0x3f;
constexpr std::size_t monotonic_count_size = 8;
constexpr std::size_t time_size = 16;
constexpr std::size_t variable_alignment = 4;

/** Owner of our entries in signature lists: made up, as an owner's GUID is. */
constexpr std::string_view owner = "6b786b21-6c61-4262-8f6b-6578656b6579";

[[noreturn]] void refuse(const std::string& why) {
    throw std::invalid_argument(why);
}

/** The sum of the header's 16-bit words has to be zero. */
bool sums_up(ByteView header) {
    unsigned sum = 0;

    for (std::size_t i = 0; i < header.size(); i += 2) {
        sum += header.le16(i).value_or(1);
    }
    return (sum & 0xffffU) == 0;
}

/** Where the records of a store may be. */
Range find_records(ByteView file, std::size_t volume_size) {
    const std::size_t header_size = file.le16(volume_header_size_offset).value_or(0);
    const auto store = file.slice(header_size, volume_size - header_size);

    if (!store || !store->has(0, guid_bytes(store_type))) {
        refuse("its variables are not authenticated ones");
    }
    if (!store->has(store_format_offset, store_formatted_and_healthy)) {
        refuse("it is not formatted, or not healthy");
    }
    const std::size_t size = store->le32(store_size_offset).value_or(0);
    if (size < store_header_size || size > store->size()) {
        refuse("its size is not one that the volume has room for");
    }
    return {header_size + store_header_size, header_size + size};
}

/** Of the firmware volume at the start of a file. */
std::size_t find_volume_size(ByteView file) {
    const std::uint64_t size = file.le64(volume_size_offset).value_or(0);
    const auto header = file.slice(0, file.le16(volume_header_size_offset).value_or(0));

    if (!file.has(volume_signature_offset, volume_signature) ||
        !file.has(volume_type_offset, guid_bytes(volume_type))) {
        refuse("it does not begin with a firmware volume for variables");
    }
    if (!header || header->empty() || header->size() % 2 != 0 || header->size() > size ||
        !sums_up(*header)) {
        refuse("the header of its firmware volume is damaged");
    }
    if (size > file.size()) {
        refuse(fmt::format("it is cut off: {} bytes of {}", file.size(), size));
    }
    return size;
}

/** A name as the firmware has it: UTF-16, and a zero at the end. */
std::string firmware_name(const std::string& name) {
    std::string wide;

    if (name.empty()) {
        refuse("a variable has no name");
    }
    for (const char c : name) {
        if (c < ' ' || c > '~') {
            refuse("the name of a variable is not ASCII: " + name);
        }
        wide += {c, '\0'};
    }
    return wide + std::string(2, '\0');
}

std::string record_of(const EfiVariable& variable) {
    const std::string name = firmware_name(variable.name);
    // EDK II takes the reserved byte, counter, time and key as they are.
    std::string record = little_endian(variable_start, 2) + little_endian(variable_added, 1) +
                         std::string(1, '\0') + little_endian(variable.attributes, 4) +
                         std::string(monotonic_count_size + time_size, '\0') + little_endian(0, 4) +
                         little_endian(name.size(), 4) + little_endian(variable.data.size(), 4) +
                         guid_bytes(variable.vendor) + name + variable.data;

    record.resize(image::round_up(record.size(), variable_alignment), erased);
    return record;
}

}  // namespace

std::string little_endian(std::uint64_t number, std::size_t width) {
    std::string bytes;

    for (std::size_t i = 0; i < width; ++i) {
        bytes += static_cast<char>(number & 0xffU);
        number >>= 8U;
    }
    return bytes;
}

std::string guid_bytes(std::string_view guid) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    std::string digits;

    for (std::size_t i = 0; i < guid.size(); ++i) {
        const bool dash = i < form.size() && form[i] == '-';

        if (dash != (guid[i] == '-')) {
            refuse(fmt::format("\"{}\" is no GUID", guid));
        }
        digits += dash ? "" : std::string(1, guid[i]);
    }
    if (guid.size() != form.size()) {
        refuse(fmt::format("\"{}\" is no GUID", guid));
    }
    std::string bytes = from_hex(digits);
    // The first three fields are numbers.
    std::reverse(bytes.begin(), bytes.begin() + 4);
    std::reverse(bytes.begin() + 4, bytes.begin() + 6);
    std::reverse(bytes.begin() + 6, bytes.begin() + 8);
    return bytes;
}

VariableStore::VariableStore(std::string_view file) {
    const std::size_t size = find_volume_size(ByteView(file));
    const Range records = find_records(ByteView(file), size);

    volume_ = file.substr(0, size);
    std::fill(volume_.begin() + static_cast<std::ptrdiff_t>(records.start),
              volume_.begin() + static_cast<std::ptrdiff_t>(records.end), erased);
    end_ = records.start;
    full_ = records.end;
}

void VariableStore::add(const EfiVariable& variable) {
    const std::string record = record_of(variable);

    if (record.size() > full_ - end_) {
        refuse(fmt::format("there is no room for {}: {} bytes, of which {} are left", variable.name,
                           record.size(), full_ - end_));
    }
    volume_.replace(end_, record.size(), record);
    end_ += record.size();
}

void write_variable_store(const std::filesystem::path& like,
                          const std::vector<EfiVariable>& variables,
                          const std::filesystem::path& result) {
    try {
        VariableStore store(read_file(like));

        for (const EfiVariable& variable : variables) {
            store.add(variable);
        }
        write_file(result, store.volume());
        // QEMU wants all of the flash memory.
        std::filesystem::resize_file(result, std::filesystem::file_size(like));
    } catch (const std::invalid_argument& error) {
        throw Failure(
            fmt::format("no variable store can be made from {}: {}; is the package that "
                        "it is from whole?",
                        like.string(), error.what()));
    } catch (const std::system_error& error) {
        throw Failure(fmt::format("cannot write {}: {}", result.string(), error.what()));
    }
}

std::string signature_list(SignatureType type, std::string_view data) {
    std::string_view guid;
    std::string entry = guid_bytes(owner) + std::string(data);

    switch (type) {
        case SignatureType::certificate:
            guid = "a5c059a1-94e4-4aa7-87b5-ab155c2bf072";
            break;
        case SignatureType::image_digest:
            guid = "c1c41626-504c-4092-aca9-41f936934328";
            break;
        case SignatureType::certificate_digest:
            guid = "3bd2a492-96c0-4079-b420-fcf98ef103ed";
            entry.append(time_size, '\0');
            break;
        case SignatureType::bare_certificate_digest:
            guid = "3bd2a492-96c0-4079-b420-fcf98ef103ed";
            break;
    }
    constexpr std::size_t header_size = 16 + 3 * 4;
    return guid_bytes(guid) + little_endian(header_size + entry.size(), 4) + little_endian(0, 4) +
           little_endian(entry.size(), 4) + entry;
}

}  // namespace kxk::lab
