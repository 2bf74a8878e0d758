// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file EFI signature lists made for a test. */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kxk::test {

/** A GUID's bytes: the first three fields in reverse. */
inline const std::string x509_type(
    "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72", 16);
inline const std::string sha256_type(
    "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28", 16);
inline const std::string x509_sha256_type(
    "\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed", 16);

/** 00112233-4455-6677-8899-aabbccddeeff */
inline const std::string owner("\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
                               16);

inline std::string le32(std::uint32_t number) {
    std::string bytes;
    for (int i = 0; i < 4; ++i, number >>= 8U)
        bytes += static_cast<char>(number & 0xffU);
    return bytes;
}

/** One list of a type, with entries of one size and whatever header. */
inline std::string signature_list(const std::string& type, const std::vector<std::string>& entries,
                                  const std::string& header = {}) {
    const auto entry_size = entries.empty() ? 16 : 16 + entries.front().size();
    std::string body = header;
    for (const auto& entry : entries)
        body += owner + entry;
    return type + le32(static_cast<std::uint32_t>(28 + body.size())) +
           le32(static_cast<std::uint32_t>(header.size())) +
           le32(static_cast<std::uint32_t>(entry_size)) + body;
}

}  // namespace kxk::test
