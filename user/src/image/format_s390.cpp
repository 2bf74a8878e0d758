// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cerrno>

#include "image/format.h"

namespace kxk::image {
namespace {

constexpr std::uint64_t entry_point_magic = 0x10008;
constexpr std::uint64_t head_end = 0x12000;

}  // namespace

std::optional<Recognised> recognise_s390(ByteView file, const PeImage* /*pe*/) {
    if (!file.has(entry_point_magic, "S390EP"))
        return std::nullopt;
    Recognised recognised;
    recognised.format = trust::ImageFormat::s390_image;
    recognised.architecture = "s390x";
    if (file.size() < head_end)
        recognised.refusal = {ENOEXEC, "it is truncated within its head"};
    return recognised;
}

}  // namespace kxk::image
