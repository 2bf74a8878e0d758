// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Bytes of a file. Every parser reads through ByteView, the one place where an offset is held
 * against the size: nothing here can read outside of the file.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kxk::image {

/** A range of a file, in bytes. Plain data: not checked against any file. */
struct Range {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/**
 * Bytes that belong to somebody else. Offsets are those within the view; as they come from files
 * that nobody vouches for, everything that depends on one is optional.
 */
class ByteView {
  public:
    constexpr ByteView() = default;
    ByteView(const unsigned char* data, std::size_t size) : data_(data), size_(size) {}
    explicit ByteView(std::string_view bytes)
        : data_(reinterpret_cast<const unsigned char*>(bytes.data())), size_(bytes.size()) {}

    [[nodiscard]] const unsigned char* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

    /** The bytes as characters, not ended by a zero. */
    [[nodiscard]] std::string_view text() const;

    /** `size` bytes from `offset` on; nothing if that is more than there is. */
    [[nodiscard]] std::optional<ByteView> slice(std::uint64_t offset, std::uint64_t size) const;
    [[nodiscard]] std::optional<ByteView> slice(const Range& range) const {
        return slice(range.offset, range.size);
    }

    /** All from `offset` on, which may be the end; nothing beyond it. */
    [[nodiscard]] std::optional<ByteView> from(std::uint64_t offset) const;

    /* Numbers of a byte order; nothing if they are not wholly inside. */
    [[nodiscard]] std::optional<std::uint8_t> u8(std::uint64_t offset) const;
    [[nodiscard]] std::optional<std::uint16_t> le16(std::uint64_t offset) const;
    [[nodiscard]] std::optional<std::uint32_t> le32(std::uint64_t offset) const;
    [[nodiscard]] std::optional<std::uint64_t> le64(std::uint64_t offset) const;
    [[nodiscard]] std::optional<std::uint16_t> be16(std::uint64_t offset) const;
    [[nodiscard]] std::optional<std::uint32_t> be32(std::uint64_t offset) const;

    /** Whether these bytes are at `offset`. */
    [[nodiscard]] bool has(std::uint64_t offset, std::string_view bytes) const;

  private:
    const unsigned char* data_ = nullptr;
    std::size_t size_ = 0;
};

/** Whether two views show the same bytes. */
[[nodiscard]] inline bool same_bytes(ByteView a, ByteView b) {
    return a.text() == b.text();
}

/** The number, or the next larger one, that is a multiple of `unit`, a power of two. */
[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t number, std::uint64_t unit) {
    return (number + unit - 1) & ~(unit - 1);
}

/** Two lower-case hexadecimal digits for each byte. */
[[nodiscard]] std::string to_hex(ByteView bytes);

/** The bytes that to_hex() made these digits of. */
[[nodiscard]] std::string from_hex(std::string_view digits);

}  // namespace kxk::image
