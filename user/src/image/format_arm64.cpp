// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "image/format.h"

namespace kxk::image {
namespace {

constexpr std::uint64_t arm64_header_size = 64;
constexpr std::uint64_t image_size = 16;
constexpr std::uint64_t arm64_flags = 24;
constexpr std::uint64_t arm64_magic = 56;

constexpr std::array<const char*, 4> page_sizes{"unspecified", "4 KiB", "16 KiB", "64 KiB"};

}  // namespace

std::optional<Recognised> recognise_arm64(ByteView file, const PeImage* /*pe*/) {
    if (!file.has(arm64_magic, "ARM\x64") || file.size() < arm64_header_size)
        return std::nullopt;
    Recognised recognised;
    recognised.format = trust::ImageFormat::arm64_image;
    recognised.architecture = "arm64";
    if (*file.le64(image_size) == 0)
        recognised.refusal = {EINVAL,
                              "it does not tell its size in memory (older than Linux 3.17)"};

    const auto bits = *file.le64(arm64_flags);
    recognised.details.emplace_back("memory", fmt::format("{} KiB", *file.le64(image_size) / 1024));
    recognised.details.emplace_back("page size", page_sizes.at(bits >> 1U & 3U));
    recognised.details.emplace_back("byte order",
                                    (bits & 1U) != 0 ? "big endian" : "little endian");
    return recognised;
}

}  // namespace kxk::image
