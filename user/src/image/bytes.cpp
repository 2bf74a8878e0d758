// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/bytes.h"

namespace kxk::image {
namespace {

template <typename Number>
std::optional<Number> read_number(ByteView view, std::uint64_t offset, bool big_endian) {
    const auto bytes = view.slice(offset, sizeof(Number));
    if (!bytes)
        return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        const auto at = big_endian ? i : sizeof(Number) - 1 - i;
        number = number << 8U | bytes->data()[at];
    }
    return static_cast<Number>(number);
}

}  // namespace

std::string_view ByteView::text() const {
    return {reinterpret_cast<const char*>(data_), size_};
}

std::optional<ByteView> ByteView::slice(std::uint64_t offset, std::uint64_t size) const {
    if (offset > size_ || size > size_ - offset)
        return std::nullopt;
    if (size == 0)
        return ByteView();
    return ByteView(data_ + offset, static_cast<std::size_t>(size));
}

std::optional<ByteView> ByteView::from(std::uint64_t offset) const {
    if (offset > size_)
        return std::nullopt;
    return slice(offset, size_ - offset);
}

std::optional<std::uint8_t> ByteView::u8(std::uint64_t offset) const {
    return read_number<std::uint8_t>(*this, offset, false);
}

std::optional<std::uint16_t> ByteView::le16(std::uint64_t offset) const {
    return read_number<std::uint16_t>(*this, offset, false);
}

std::optional<std::uint32_t> ByteView::le32(std::uint64_t offset) const {
    return read_number<std::uint32_t>(*this, offset, false);
}

std::optional<std::uint64_t> ByteView::le64(std::uint64_t offset) const {
    return read_number<std::uint64_t>(*this, offset, false);
}

std::optional<std::uint16_t> ByteView::be16(std::uint64_t offset) const {
    return read_number<std::uint16_t>(*this, offset, true);
}

std::optional<std::uint32_t> ByteView::be32(std::uint64_t offset) const {
    return read_number<std::uint32_t>(*this, offset, true);
}

bool ByteView::has(std::uint64_t offset, std::string_view bytes) const {
    const auto found = slice(offset, bytes.size());
    return found && found->text() == bytes;
}

std::string to_hex(ByteView bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char character : bytes.text()) {
        const auto byte = static_cast<unsigned char>(character);
        hex += digits[byte >> 4U];
        hex += digits[byte & 0xfU];
    }
    return hex;
}

std::string from_hex(std::string_view digits) {
    const auto value = [](char digit) {
        return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    };
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(value(digits[i]) << 4U | value(digits[i + 1]));
    return bytes;
}

}  // namespace kxk::image
