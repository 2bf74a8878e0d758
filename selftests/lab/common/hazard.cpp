// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/hazard.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/der_tree.h"
#include "common/signed_parts.h"

namespace kxk::lab {

namespace {

constexpr std::uint64_t magic_pe32 = 0x10b;
constexpr std::uint64_t magic_pe32_plus = 0x20b;
constexpr std::size_t pe_header_size = 24;
constexpr std::size_t directory_entry_size = 8;
constexpr std::size_t certificate_entry = 4;
constexpr std::size_t section_header_size = 40;

/** Numbers of a file, 0 outside of it. */
class Reader {
  public:
    explicit Reader(std::string_view file) : file_(file) {}

    [[nodiscard]] std::uint64_t number(std::size_t offset, std::size_t size) const {
        return offset <= file_.size() && size <= file_.size() - offset
                   ? get_number(file_, {"", offset, size})
                   : 0;
    }

  private:
    std::string_view file_;
};

bool is_hazardous_pe(std::string_view file) {
    const Reader reader(file);
    const std::size_t pe = reader.number(0x3c, 4);
    const std::size_t optional = pe + pe_header_size;
    const std::uint64_t magic = reader.number(optional, 2);
    if (magic != magic_pe32 && magic != magic_pe32_plus) {
        return false;
    }
    const std::size_t directories = optional + (magic == magic_pe32 ? 96 : 112);
    const std::size_t header_size = reader.number(optional + 60, 4);
    const std::size_t directory_count = reader.number(directories - 4, 4);
    const std::size_t certificates = directories + certificate_entry * directory_entry_size;
    // The kernel compares the same, in this order: what it refuses is no danger.
    if (directories >= header_size || header_size >= file.size() ||
        directory_count > (header_size - directories) / directory_entry_size) {
        return false;
    }
    if (certificates + directory_entry_size > file.size()) {
        return true;
    }
    const std::size_t table = reader.number(certificates, 4);
    const std::size_t table_size = reader.number(certificates + 4, 4);
    if (table < header_size || table_size == 0 || table_size >= file.size() ||
        table > file.size() - table_size) {
        return false;
    }
    const std::size_t sections = directories + directory_count * directory_entry_size;
    const std::size_t section_count = reader.number(pe + 6, 2);
    if (section_count > (header_size - sections) / section_header_size) {
        return false;
    }
    std::uint32_t digested = static_cast<std::uint32_t>(header_size);
    for (std::size_t i = 0; i < section_count; ++i) {
        const std::size_t section = sections + i * section_header_size;
        const std::size_t size = reader.number(section + 16, 4);
        const std::size_t offset = reader.number(section + 20, 4);

        if (size != 0 && (offset > file.size() || size > file.size() - offset)) {
            return true;
        }
        digested += static_cast<std::uint32_t>(size);
    }
    return section_count == 0 || (file.size() > digested && file.size() - digested < table_size);
}

/** SignerInfo of PKCS#7 (RFC 2315, 9.2): a version first, the signature somewhere behind it. */
bool is_signer_of_nothing(const DerNode& node) {
    return node.tag == tag_sequence && !node.children.empty() &&
           node.children[0].tag == tag_integer &&
           std::any_of(node.children.begin(), node.children.end(), [](const DerNode& child) {
               return child.tag == tag_octet_string && child.content.empty();
           });
}

/** Certificate of X.509 (RFC 5280, 4.1): a byte is before the signature in a bit string. */
bool is_certificate_of_nothing(const DerNode& node) {
    return node.tag == tag_sequence && node.children.size() == 3 &&
           node.children[0].tag == tag_sequence && node.children[2].tag == tag_bit_string &&
           node.children[2].content.size() <= 1;
}

bool has_empty_signature(const std::vector<DerNode>& nodes) {
    return std::any_of(nodes.begin(), nodes.end(), [](const DerNode& node) {
        return is_signer_of_nothing(node) || is_certificate_of_nothing(node) ||
               has_empty_signature(node.children);
    });
}

}  // namespace

bool is_hazardous(ImageForm form, std::string_view file) {
    if (form == ImageForm::pe && is_hazardous_pe(file)) {
        return true;
    }
    const auto parts = split_signed(form, file);

    return parts && has_empty_signature(parse_der(parts->message));
}

}  // namespace kxk::lab
