// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/appended.h"

#include <cerrno>

namespace kxk::image {
namespace {

/* struct module_signature */
constexpr std::uint64_t trailer_size = 12;
constexpr std::uint64_t id_type = 2;
constexpr std::uint64_t size_field = 8;

}  // namespace

bool has_appended_signature(ByteView file) {
    return file.size() >= appended_marker.size() &&
           file.has(file.size() - appended_marker.size(), appended_marker);
}

AppendedSignature parse_appended(ByteView file) {
    AppendedSignature signature;
    const auto refuse = [&signature](int error, const char* text) {
        signature.problem = {error, text};
        return signature;
    };
    if (!has_appended_signature(file))
        return refuse(EKEYREJECTED, "no signature is appended");
    const std::uint64_t header_end = file.size() - appended_marker.size();
    if (header_end < trailer_size)
        return refuse(EKEYREJECTED, "the appended signature has no header");
    const auto header = *file.slice(header_end - trailer_size, trailer_size);
    const std::uint64_t message_end = header_end - trailer_size;
    const std::uint64_t size = *header.be32(size_field);
    if (size >= message_end)
        return refuse(EKEYREJECTED, "the appended signature is said to be larger than the file");
    signature.content = {0, message_end - size};
    if (header.u8(id_type) != id_type_pkcs7)
        return refuse(EKEYREJECTED, "the appended signature is not a PKCS#7 message");
    for (std::uint64_t i = 0; i < size_field; ++i) {
        if (i != id_type && header.u8(i) != 0)
            return refuse(EBADMSG, "the header of the appended signature has values not used");
    }
    signature.message = *file.slice(message_end - size, size);
    return signature;
}

}  // namespace kxk::image
