// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/der.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <algorithm>
#include <limits>

namespace kxk::image {
namespace {

std::optional<DerElement> first_element(ByteView bytes) {
    const auto tag = bytes.u8(0);
    constexpr std::uint8_t long_tag = 0x1f;
    if (!tag || (*tag & long_tag) == long_tag)
        return std::nullopt;

    constexpr std::size_t longest = std::numeric_limits<int>::max();
    const unsigned char* position = bytes.data();
    long size = 0;
    int number = 0;
    int tag_class = 0;
    const int flags = ASN1_get_object(&position, &size, &number, &tag_class,
                                      static_cast<long>(std::min(bytes.size(), longest)));
    constexpr int bad = 0x80;
    constexpr int indefinite = 0x01;
    if ((flags & bad) != 0 || (flags & indefinite) != 0) {
        ERR_clear_error();
        return std::nullopt;
    }
    const auto header = static_cast<std::uint64_t>(position - bytes.data());
    const auto length = static_cast<std::uint64_t>(size);
    const auto whole = bytes.slice(0, header + length);
    const auto content = bytes.slice(header, length);
    if (!whole || !content)
        return std::nullopt;
    return DerElement{*tag, *whole, *content};
}

}  // namespace

std::optional<DerElement> DerReader::next() {
    auto element = first_element(rest_);
    if (element)
        rest_ = *rest_.from(element->whole.size());
    return element;
}

std::optional<DerElement> DerReader::next(std::uint8_t tag) {
    if (rest_.u8(0) != tag)
        return std::nullopt;
    return next();
}

std::optional<ByteView> der_content(ByteView bytes, std::uint8_t tag) {
    const auto element = DerReader(bytes).next(tag);
    if (!element)
        return std::nullopt;
    return element->content;
}

}  // namespace kxk::image
