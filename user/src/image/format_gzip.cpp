// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/format.h"

namespace kxk::image {

std::optional<Recognised> recognise_gzip(ByteView file, const PeImage* /*pe*/) {
    // Deflate is the only method there is.
    if (!file.has(0, "\x1f\x8b\x08"))
        return std::nullopt;
    Recognised recognised;
    recognised.format = trust::ImageFormat::gzip;

    constexpr std::uint64_t flags = 3;
    constexpr std::uint64_t header_size = 10;
    constexpr unsigned has_extra = 1U << 2U;
    constexpr unsigned has_name = 1U << 3U;
    constexpr std::size_t longest = 80;
    const unsigned bits = file.u8(flags).value_or(0);
    const auto name = file.from(header_size);
    if ((bits & has_name) != 0 && (bits & has_extra) == 0 && name)
        recognised.details.emplace_back("name inside", printable(*name, longest));
    return recognised;
}

}  // namespace kxk::image
