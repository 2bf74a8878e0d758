// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/fuzz_differences.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>

#include "common/der_tree.h"

namespace kxk::lab {

namespace {

constexpr std::uint8_t tag_certificates = 0xa0;

/** Of all keys that have signed what mutants are made from, in bytes. */
constexpr std::size_t key_size = 256;

/* What object identifiers begin with (Linux include/linux/oid_registry.h). */
constexpr std::string_view ecdsa_signature = "\x2a\x86\x48\xce\x3d\x04";
constexpr std::string_view ec_public_key = "\x2a\x86\x48\xce\x3d\x02\x01";
constexpr std::string_view md5 = "\x2a\x86\x48\x86\xf7\x0d\x02\x05";
constexpr std::string_view md5_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04";

using Nodes = std::vector<DerNode>;

Nodes message_of(const FuzzDispute& dispute) {
    const auto parts = split_signed(dispute.form, dispute.image);

    return parts ? parse_der(parts->message) : Nodes();
}

/** An element of some kind is among these, or within them. */
bool has(const Nodes& nodes, const std::function<bool(const DerNode&)>& wanted) {
    return std::any_of(nodes.begin(), nodes.end(), [&wanted](const DerNode& node) {
        return wanted(node) || has(node.children, wanted);
    });
}

bool has_object(const Nodes& nodes, std::string_view beginning) {
    return has(nodes, [beginning](const DerNode& node) {
        return node.tag == tag_object && node.content.rfind(beginning, 0) == 0;
    });
}

/** The content of SignedData: certificates or, all but these. */
Nodes signed_data(const FuzzDispute& dispute, bool certificates) {
    Nodes nodes = message_of(dispute);

    // ContentInfo, the content's tag, SignedData
    for (int level = 0; level < 3; ++level) {
        if (nodes.empty()) {
            return {};
        }
        Nodes children = nodes.back().children;
        nodes = std::move(children);
    }
    nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                               [certificates](const DerNode& node) {
                                   return (node.tag == tag_certificates) != certificates;
                               }),
                nodes.end());
    return nodes;
}

/** A number of a PE file; 0 if it is not there. */
std::uint64_t number_of(const std::string& image, std::string_view name) {
    const auto fields = number_fields(ImageForm::pe, image);
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [name](const auto& field) { return field.name == name; });

    return found == fields.end() ? 0 : get_number(image, *found);
}

/** The first entry of the certificate table is shorter than the table by more than padding. */
bool is_shorter_entry(const FuzzDispute& dispute) {
    constexpr std::uint64_t alignment = 8;
    const std::uint64_t length = number_of(dispute.image, "entry length");
    const std::uint64_t table = number_of(dispute.image, "certificate size");

    return dispute.form == ImageForm::pe && dispute.older == ELIBBAD && length <= table &&
           (length + alignment - 1) / alignment * alignment != table;
}

bool is_ecdsa_of_signer(const FuzzDispute& dispute) {
    return dispute.older == ENOPKG && has_object(signed_data(dispute, false), ecdsa_signature);
}

bool is_ecdsa_of_certificate(const FuzzDispute& dispute) {
    const Nodes certificates = signed_data(dispute, true);

    return has_object(certificates, ecdsa_signature) || has_object(certificates, ec_public_key);
}

/** A signature, of the message or of a certificate, is longer than the key is. */
bool is_longer_signature(const FuzzDispute& dispute) {
    const auto is_longer = [](const DerNode& node) {
        return node.tag == tag_octet_string && node.content.size() > key_size;
    };
    // Certificate: what is signed, the algorithm, a bit string with a byte before the signature
    const auto is_of_certificate = [](const DerNode& node) {
        return node.tag == tag_sequence && node.children.size() == 3 &&
               node.children[0].tag == tag_sequence && node.children[2].tag == tag_bit_string &&
               node.children[2].content.size() > key_size + 1;
    };

    return dispute.newer == EINVAL && (has(signed_data(dispute, false), is_longer) ||
                                       has(signed_data(dispute, true), is_of_certificate));
}

bool is_md5(const FuzzDispute& dispute) {
    const Nodes message = message_of(dispute);

    return has_object(message, md5) || has_object(message, md5_with_rsa);
}

}  // namespace

int error_in(const std::string& answer) {
    char* end = nullptr;
    const long error = std::strtol(answer.c_str(), &end, 10);

    return end == answer.c_str() ? -1 : static_cast<int>(error);
}

const std::vector<FuzzDifference>& fuzz_differences() {
    static const std::vector<FuzzDifference> all{
        {"4fc5c74dde69",
         "the length of the first signature need not be that of the whole certificate table",
         is_shorter_entry},
        {"a4aed36ed592", "with 5.14, signatures may be ECDSA; before, there is no crypto for them",
         is_ecdsa_of_signer},
        {"299f561a6693",
         "with 5.13, certificates may have ECDSA keys; before, EC keys are taken for SM2's",
         is_ecdsa_of_certificate},
        {"d3481accd974", "an RSA signature must be as long as its key; before, it may be longer",
         is_longer_signature},
        {"security/integrity/ima/Kconfig",
         "CONFIG_IMA no longer brings MD5 along; without it, there is no crypto for such digests",
         is_md5},
    };

    return all;
}

const FuzzDifference* explain(const FuzzDispute& dispute) {
    const auto& all = fuzz_differences();
    const auto found = std::find_if(all.begin(), all.end(), [&dispute](const auto& difference) {
        return difference.explains(dispute);
    });

    return found == all.end() ? nullptr : &*found;
}

}  // namespace kxk::lab
