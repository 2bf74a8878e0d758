// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <cerrno>

#include "image/format.h"

namespace kxk::image {
namespace {

/* Offsets in the file of the setup header's fields. */
constexpr std::uint64_t setup_sectors = 0x1f1;
constexpr std::uint64_t boot_flag = 0x1fe;
constexpr std::uint64_t bzimage_magic = 0x202;
constexpr std::uint64_t protocol = 0x206;
constexpr std::uint64_t version_pointer = 0x20e;
constexpr std::uint64_t load_flags = 0x211;
constexpr std::uint64_t extended_load_flags = 0x236;

constexpr std::uint64_t sector = 512;
constexpr unsigned loaded_high = 1U << 0U;
constexpr unsigned has_64_bit_entry = 1U << 0U;
constexpr unsigned loads_above_4g = 1U << 1U;

Malformed check_loader(ByteView file) {
    const auto refuse = [](const char* text) { return Malformed{ENOEXEC, text}; };
    if (file.size() < 2 * sector)
        return refuse("it is shorter than 1024 bytes");
    if (file.le16(boot_flag) != 0xaa55)
        return refuse("it has no x86 boot sector");
    if (*file.le16(protocol) < 0x020c)
        return refuse("its boot protocol is older than 2.12");
    if ((*file.u8(load_flags) & loaded_high) == 0)
        return refuse("it is a zImage, not a bzImage");
    const unsigned flags = *file.le16(extended_load_flags);
    if ((flags & has_64_bit_entry) == 0)
        return refuse("it has no 64-bit entry point");
    if ((flags & loads_above_4g) == 0)
        return refuse("it cannot be loaded above 4 GiB");
    // The loader takes 0 for 4.
    const std::uint64_t sectors = *file.u8(setup_sectors) == 0 ? 4 : *file.u8(setup_sectors);
    if (file.size() < (sectors + 1) * sector)
        return refuse("it is truncated within its setup code");
    return {};
}

}  // namespace

std::optional<Recognised> recognise_bzimage(ByteView file, const PeImage* /*pe*/) {
    if (!file.has(bzimage_magic, "HdrS"))
        return std::nullopt;
    Recognised recognised;
    recognised.format = trust::ImageFormat::x86_bzimage;
    recognised.refusal = check_loader(file);

    const unsigned flags = file.le16(extended_load_flags).value_or(0);
    recognised.architecture = (flags & has_64_bit_entry) != 0 ? "x86_64" : "";
    if (const auto version = file.le16(protocol))
        recognised.details.emplace_back("boot protocol",
                                        fmt::format("{}.{:02}", *version >> 8U, *version & 0xffU));
    const std::uint64_t pointer = file.le16(version_pointer).value_or(0);
    if (const auto text = pointer == 0 ? std::nullopt : file.from(pointer + sector)) {
        constexpr std::size_t longest = 80;
        if (const auto version = printable(*text, longest); !version.empty())
            recognised.details.emplace_back("version", version);
    }
    return recognised;
}

}  // namespace kxk::image
