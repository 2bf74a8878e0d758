// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/pkcs7.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <memory>

#include "image/openssl.h"

namespace kxk::image {
namespace {

/* Object identifiers, in the dotted form: OpenSSL has no names for those of Authenticode. */
constexpr std::string_view oid_data = "1.2.840.113549.1.7.1";
constexpr std::string_view oid_signed_data = "1.2.840.113549.1.7.2";
constexpr std::string_view oid_content_type = "1.2.840.113549.1.9.3";
constexpr std::string_view oid_message_digest = "1.2.840.113549.1.9.4";
constexpr std::string_view oid_signing_time = "1.2.840.113549.1.9.5";
constexpr std::string_view oid_smime_capabilities = "1.2.840.113549.1.9.15";
constexpr std::string_view oid_indirect_data = "1.3.6.1.4.1.311.2.1.4";
constexpr std::string_view oid_statement_type = "1.3.6.1.4.1.311.2.1.11";
constexpr std::string_view oid_opus_info = "1.3.6.1.4.1.311.2.1.12";
constexpr std::string_view oid_pe_image_data = "1.3.6.1.4.1.311.2.1.15";
constexpr std::string_view oid_individual_purpose = "1.3.6.1.4.1.311.2.1.21";

ObjectPointer to_object(const DerElement& element) {
    const unsigned char* position = element.whole.data();
    ObjectPointer object(
        d2i_ASN1_OBJECT(nullptr, &position, static_cast<long>(element.whole.size())));
    ERR_clear_error();
    return object;
}

std::string dotted(const DerElement& element) {
    const auto object = to_object(element);
    std::array<char, 128> text{};
    if (!object || OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object.get(), 1) <= 0)
        return {};
    return text.data();
}

std::string digest_name(int nid) {
    switch (nid) {
        case NID_sha1:
            return "sha1";
        case NID_sha224:
            return "sha224";
        case NID_sha256:
            return "sha256";
        case NID_sha384:
            return "sha384";
        case NID_sha512:
            return "sha512";
        default:
            return {};
    }
}

/* The only names by which the kernel knows them: of the key for RSA, of the signature for ECDSA. */
std::string signature_name(int nid) {
    switch (nid) {
        case NID_rsaEncryption:
            return "rsa";
        case NID_ecdsa_with_SHA1:
        case NID_ecdsa_with_SHA224:
        case NID_ecdsa_with_SHA256:
        case NID_ecdsa_with_SHA384:
        case NID_ecdsa_with_SHA512:
            return "ecdsa";
        default:
            return {};
    }
}

/* An AlgorithmIdentifier's object. */
struct Algorithm {
    int nid = NID_undef;
    std::string name;  // OpenSSL's, or the dotted form
};

std::optional<Algorithm> read_algorithm(DerReader& reader) {
    const auto sequence = reader.next(der_sequence);
    if (!sequence)
        return std::nullopt;
    const auto oid = DerReader(sequence->content).next(der_oid);
    if (!oid)
        return std::nullopt;
    const auto object = to_object(*oid);
    Algorithm algorithm;
    algorithm.nid = object ? OBJ_obj2nid(object.get()) : NID_undef;
    algorithm.name = algorithm.nid == NID_undef ? dotted(*oid) : OBJ_nid2sn(algorithm.nid);
    return algorithm;
}

/* The two forms that the kernel takes: YYMMDDHHMMSSZ, and YYYYMMDDHHMMSSZ where that is needed. */
std::optional<std::int64_t> read_time(const DerElement& element) {
    constexpr int first_year = 1970;
    constexpr int last_year_of_utc_time = 2049;
    const bool utc = element.tag == der_utc_time && element.content.size() == 13;
    const bool generalized = element.tag == der_generalized_time && element.content.size() == 15;
    if (!utc && !generalized)
        return std::nullopt;
    const unsigned char* position = element.whole.data();
    const TimePointer time(
        d2i_ASN1_TIME(nullptr, &position, static_cast<long>(element.whole.size())));
    std::tm parts{};
    const bool good = time && ASN1_TIME_to_tm(time.get(), &parts) == 1;
    ERR_clear_error();
    const int year = parts.tm_year + 1900;
    if (!good || year < first_year || (generalized && year <= last_year_of_utc_time))
        return std::nullopt;
    return ::timegm(&parts);
}

ContentType content_type_of(std::string_view oid) {
    if (oid == oid_data)
        return ContentType::data;
    return oid == oid_indirect_data ? ContentType::indirect_data : ContentType::other;
}

/* Reads one message. Every step answers whether reading on makes sense. */
class Parser {
  public:
    explicit Parser(ByteView bytes) { message_.bytes = bytes; }

    Pkcs7Message parse() {
        if (message_.bytes.size() > longest_pkcs7)
            note(EMSGSIZE, "the PKCS#7 message is longer than 65535 bytes");
        if (!read_message())
            note(EBADMSG, "the PKCS#7 message is damaged, or not in DER");
        else if (message_.signers.empty())
            note(EINVAL, "the PKCS#7 message has no signer");
        else if (!same_kind_of_signers())
            note(EINVAL, "some signers have signed attributes and some have not");
        return std::move(message_);
    }

  private:
    /* The kernel stops at the first, and so does what it answers. */
    void note(int error, std::string text) {
        if (message_.problem.text.empty())
            message_.problem = {error, std::move(text)};
    }

    bool read_message() {
        const auto outer = DerReader(message_.bytes).next(der_sequence);
        if (!outer)
            return false;
        message_.bytes = outer->whole;
        DerReader reader(outer->content);
        const auto type = reader.next(der_oid);
        if (!type)
            return false;
        if (dotted(*type) != oid_signed_data)
            note(EINVAL, "the PKCS#7 message is not of the type signedData");
        if (reader.at_end())
            return true;
        const auto wrapper = reader.next(der_context);
        const auto signed_data =
            wrapper ? DerReader(wrapper->content).next(der_sequence) : std::nullopt;
        return signed_data && read_signed_data(signed_data->content);
    }

    bool read_signed_data(ByteView bytes) {
        DerReader reader(bytes);
        const auto version = reader.next(der_integer);
        if (!version)
            return false;
        version_ = version->content.size() == 1 ? *version->content.u8(0) : 0;
        if (version_ != 1 && version_ != 3)
            note(EINVAL, "the PKCS#7 message has an unknown version");
        if (!reader.next(der_set) && !reader.next(der_sequence))
            return false;
        const auto content = reader.next(der_sequence);
        if (!content || !read_content(content->content))
            return false;

        auto certificates = reader.next(der_context);
        if (!certificates)
            certificates = reader.next(der_context + 2);
        if (certificates && !read_certificates(certificates->content))
            return false;
        if (!reader.next(der_context + 1))
            (void)reader.next(der_context + 3);

        auto signers = reader.next(der_set);
        if (!signers)
            signers = reader.next(der_sequence);
        if (!signers)
            return false;
        for (DerReader list(signers->content); !list.at_end();) {
            const auto signer = list.next(der_sequence);
            if (!signer || !read_signer(signer->content))
                return false;
        }
        return true;
    }

    bool read_content(ByteView bytes) {
        DerReader reader(bytes);
        const auto type = reader.next(der_oid);
        if (!type)
            return false;
        message_.content_type = content_type_of(dotted(*type));
        if (const auto wrapper = reader.next(der_context)) {
            message_.content = DerReader(wrapper->content).next();
            if (!message_.content)
                return false;
        }
        if (message_.content_type == ContentType::other)
            note(EINVAL, "the PKCS#7 message is about something of an unknown type");
        return true;
    }

    bool read_certificates(ByteView bytes) {
        for (DerReader reader(bytes); !reader.at_end();) {
            const auto certificate = reader.next(der_sequence);
            if (!certificate)
                return false;
            message_.certificates.push_back(certificate->whole);
        }
        return true;
    }

    bool read_signer(ByteView bytes) {
        SignerInfo signer;
        DerReader reader(bytes);
        const auto version = reader.next(der_integer);
        if (!version)
            return false;
        const int number = version->content.size() == 1 ? *version->content.u8(0) : 0;
        if (number != 1 && number != 3)
            note(EINVAL, "a signer has an unknown version");
        else if ((number == 1) != (version_ == 1))
            note(EBADMSG, "the versions of message and signer do not fit");

        if (!read_identifier(reader, signer))
            return false;
        const auto digest = read_algorithm(reader);
        if (!digest)
            return false;
        signer.digest_algorithm = digest_name(digest->nid);
        if (signer.digest_algorithm.empty()) {
            note(ENOPKG, fmt::format("the digest algorithm {} is not supported", digest->name));
            signer.digest_algorithm = digest->name;
        }
        if (const auto attributes = reader.next(der_context)) {
            signer.attributes = attributes->whole;
            if (!read_attributes(attributes->content, signer))
                return false;
        }
        const auto algorithm = read_algorithm(reader);
        const auto signature = algorithm ? reader.next(der_octets) : std::nullopt;
        if (!signature)
            return false;
        signer.signature_algorithm = signature_name(algorithm->nid);
        if (signer.signature_algorithm.empty()) {
            note(ENOPKG,
                 fmt::format("the signature algorithm {} is not supported", algorithm->name));
            signer.signature_algorithm = algorithm->name;
        }
        signer.signature = signature->content;
        if (message_.content_type == ContentType::indirect_data && !signer.attributes)
            note(EBADMSG, "a signer has no signed attributes, which Authenticode demands");
        message_.signers.push_back(signer);
        return true;
    }

    static bool read_identifier(DerReader& reader, SignerInfo& signer) {
        if (const auto key_id = reader.next(der_context_primitive)) {
            signer.key_id = key_id->content;
            return true;
        }
        const auto identifier = reader.next(der_sequence);
        if (!identifier)
            return false;
        DerReader parts(identifier->content);
        const auto issuer = parts.next(der_sequence);
        const auto serial = issuer ? parts.next(der_integer) : std::nullopt;
        if (!serial)
            return false;
        signer.issuer = issuer->whole;
        signer.serial = serial->content;
        return true;
    }

    bool read_attributes(ByteView bytes, SignerInfo& signer) {
        seen_.clear();
        for (DerReader reader(bytes); !reader.at_end();) {
            const auto attribute = reader.next(der_sequence);
            if (!attribute)
                return false;
            DerReader parts(attribute->content);
            const auto type = parts.next(der_oid);
            const auto values = type ? parts.next(der_set) : std::nullopt;
            if (!values)
                return false;
            for (DerReader list(values->content); !list.at_end();) {
                const auto value = list.next();
                if (!value)
                    return false;
                read_attribute(dotted(*type), *value, signer);
            }
        }
        if (!has_seen(oid_content_type) || !has_seen(oid_message_digest))
            note(EBADMSG, "a signer lacks a signed attribute that must be there");
        return true;
    }

    void read_attribute(const std::string& type, const DerElement& value, SignerInfo& signer) {
        const bool known = type == oid_content_type || type == oid_message_digest ||
                           type == oid_signing_time || type == oid_smime_capabilities ||
                           type == oid_statement_type || type == oid_opus_info;
        if (!known)
            return;
        if (has_seen(type)) {
            note(EKEYREJECTED, "a signed attribute is there twice");
            return;
        }
        seen_.push_back(type);

        const bool authenticode = message_.content_type == ContentType::indirect_data;
        if (type == oid_content_type) {
            if (value.tag != der_oid || content_type_of(dotted(value)) != message_.content_type)
                note(EBADMSG, "a signer signed a content of another type");
        } else if (type == oid_message_digest) {
            if (value.tag == der_octets)
                signer.message_digest = value.content;
            else
                note(EBADMSG, "a signer's message digest is damaged");
        } else if (type == oid_signing_time) {
            signer.signing_time = read_time(value);
            if (!signer.signing_time)
                note(EBADMSG, "a signing time cannot be read");
        } else if (!authenticode) {
            note(EKEYREJECTED, "a signed attribute is for Authenticode only");
        }
    }

    [[nodiscard]] bool has_seen(std::string_view type) const {
        for (const auto& seen : seen_) {
            if (seen == type)
                return true;
        }
        return false;
    }

    [[nodiscard]] bool same_kind_of_signers() const {
        for (const auto& signer : message_.signers) {
            if (signer.attributes.has_value() != message_.signers.front().attributes.has_value())
                return false;
        }
        return true;
    }

    Pkcs7Message message_;
    int version_ = 0;
    std::vector<std::string> seen_;  // attributes of the signer at hand
};

}  // namespace

Pkcs7Message parse_pkcs7(ByteView bytes) {
    return Parser(bytes).parse();
}

IndirectDigest parse_indirect_digest(const Pkcs7Message& message) {
    IndirectDigest result;
    if (!message.content) {
        result.problem = {ENODATA, "the PKCS#7 message has no content"};
        return result;
    }
    result.problem = {EBADMSG, "what the PKCS#7 message says of the file is damaged"};
    if (message.content->tag != der_sequence)
        return result;
    DerReader reader(message.content->content);
    const auto type = reader.next(der_sequence);
    const auto digest_info = type ? reader.next(der_sequence) : std::nullopt;
    if (!digest_info)
        return result;
    DerReader type_parts(type->content);
    const auto oid = type_parts.next(der_oid);
    if (!oid || !type_parts.next())
        return result;
    DerReader info(digest_info->content);
    const auto algorithm = read_algorithm(info);
    const auto digest = algorithm ? info.next(der_octets) : std::nullopt;
    if (!digest)
        return result;

    result.digest = digest->content;
    result.algorithm = digest_name(algorithm->nid);
    const auto kind = dotted(*oid);
    // An early pesign wrote the second one.
    if (kind != oid_pe_image_data && kind != oid_individual_purpose) {
        result.problem.text = "the PKCS#7 message is about something else than a PE file";
    } else if (result.algorithm.empty()) {
        // EBADMSG for those that the kernel has no name for
        result.problem = {algorithm->nid == NID_undef ? EBADMSG : ENOPKG,
                          fmt::format("the digest algorithm {} is not supported", algorithm->name)};
        result.algorithm = algorithm->name;
    } else {
        result.problem = {};
    }
    return result;
}

}  // namespace kxk::image
