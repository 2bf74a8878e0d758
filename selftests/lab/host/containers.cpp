// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/containers.h"

#include <zlib.h>

#include "host/failure.h"
#include "image/bytes.h"

namespace kxk::lab {

namespace {

/** Appends little-endian numbers, and texts. */
class Writer {
  public:
    template <typename Number>
    Writer& number(std::uint64_t value) {
        for (std::size_t i = 0; i < sizeof(Number); ++i) {
            bytes_ += static_cast<char>(value >> (8 * i));
        }
        return *this;
    }
    Writer& le16(std::uint64_t value) { return number<std::uint16_t>(value); }
    Writer& le32(std::uint64_t value) { return number<std::uint32_t>(value); }
    Writer& le64(std::uint64_t value) { return number<std::uint64_t>(value); }

    /** A text in a field of a size, the rest of it zeros. */
    Writer& text(std::string_view text, std::size_t size) {
        bytes_.append(text).append(size - text.size(), '\0');
        return *this;
    }

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

}  // namespace

std::string gzipped(std::string_view bytes) {
    constexpr int gzip_format = 16;
    z_stream stream{};

    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + gzip_format,
                     MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw Failure("zlib cannot be made to compress; is there memory left?");
    }
    std::string source(bytes);
    std::string result(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(source.data());
    stream.avail_in = static_cast<uInt>(source.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    const int status = deflate(&stream, Z_FINISH);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) {
        throw Failure("zlib does not compress; is there memory left?");
    }
    return result;
}

std::string zboot_wrapped(std::string_view payload, std::uint16_t machine) {
    constexpr std::size_t dos_header_size = 64;
    constexpr std::size_t header_size = 512;
    constexpr std::size_t memory_alignment = 4096;
    constexpr std::size_t directories = 6;
    constexpr std::size_t optional_header_size = 112 + directories * 8;
    constexpr unsigned executable_and_line_numbers_stripped = 0x0206;
    constexpr unsigned efi_application = 10;
    constexpr unsigned code_read_execute = 0x60000020;
    const std::size_t size = image::round_up(payload.size(), header_size);
    Writer file;

    // What zboot has in the place of a DOS program
    file.text("MZ", 4).text("zimg", 4).le32(header_size).le32(payload.size());
    file.text("", 8).text("gzip", dos_header_size - 24 - 4).le32(dos_header_size);
    file.text("PE", 4).le16(machine).le16(1).text("", 12);
    file.le16(optional_header_size).le16(executable_and_line_numbers_stripped);
    // PE32+; linker version; sizes of code and data; entry point; base of code
    file.le16(0x20b)
        .le16(0)
        .le32(size)
        .le32(0)
        .le32(0)
        .le32(memory_alignment)
        .le32(memory_alignment);
    // Image base, alignments, versions
    file.le64(0).le32(memory_alignment).le32(header_size).text("", 16);
    file.le32(memory_alignment + image::round_up(size, memory_alignment)).le32(header_size);
    // Checksum; subsystem, characteristics; stack and heap
    file.le32(0).le16(efi_application).le16(0).text("", 32).le32(0).le32(directories);
    file.text("", directories * 8);
    file.text(".text", 8).le32(size).le32(memory_alignment).le32(size).le32(header_size);
    file.text("", 12).le32(code_read_execute);

    std::string bytes = file.bytes();
    bytes.resize(header_size);
    bytes.append(payload).resize(header_size + size);
    return bytes;
}

}  // namespace kxk::lab
