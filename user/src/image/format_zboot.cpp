// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "image/format.h"

namespace kxk::image {
namespace {

constexpr std::uint64_t zboot_magic = 4;
constexpr std::uint64_t payload_offset = 8;
constexpr std::uint64_t payload_size = 12;
constexpr std::uint64_t compression = 24;
constexpr std::uint64_t compression_size = 32;

}  // namespace

std::optional<Recognised> recognise_zboot(ByteView file, const PeImage* pe) {
    if (!looks_like_pe(file) || !file.has(zboot_magic, "zimg"))
        return std::nullopt;
    Recognised recognised;
    recognised.format = trust::ImageFormat::efi_zboot;
    if (pe != nullptr)
        recognised.architecture = architecture_of(pe->machine);

    if (const auto name = file.slice(compression, compression_size))
        recognised.details.emplace_back("compression", printable(*name, compression_size));
    const auto offset = file.le32(payload_offset);
    const auto size = file.le32(payload_size);
    if (offset && size) {
        const bool inside = file.slice(*offset, *size).has_value();
        recognised.details.emplace_back("payload",
                                        fmt::format("{} bytes at {}{}", *size, *offset,
                                                    inside ? "" : ", beyond the end of the file"));
    }
    return recognised;
}

}  // namespace kxk::image
