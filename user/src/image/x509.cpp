// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/x509.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <limits>

#include "image/bytes.h"

namespace kxk::image {
namespace {

struct BioDeleter {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct OpensslDeleter {
    void operator()(unsigned char* memory) const { OPENSSL_free(memory); }
};
using BioPointer = std::unique_ptr<BIO, BioDeleter>;

/* What an i2d function of OpenSSL allocated. */
class Der {
  public:
    Der(unsigned char* bytes, int size)
        : bytes_(bytes), size_(size > 0 ? static_cast<std::size_t>(size) : 0) {}

    [[nodiscard]] ByteView bytes() const { return {bytes_.get(), size_}; }

  private:
    std::unique_ptr<unsigned char, OpensslDeleter> bytes_;
    std::size_t size_;
};

template <typename T, typename Encode>
Der encode(T* object, Encode i2d) {
    unsigned char* bytes = nullptr;
    const int size = i2d(object, &bytes);
    return {bytes, size};
}

/* What a DER element contains, and the element itself; empty for what is none. */
struct OuterElement {
    ByteView whole;
    ByteView content;
};

OuterElement outer_element(ByteView der) {
    const unsigned char* position = der.data();
    long size = 0;
    int tag = 0;
    int tag_class = 0;
    constexpr std::size_t longest = std::numeric_limits<int>::max();
    const int flags = ASN1_get_object(&position, &size, &tag, &tag_class,
                                      static_cast<long>(std::min(der.size(), longest)));
    if ((flags & 0x80) != 0)
        return {};
    const auto header = static_cast<std::size_t>(position - der.data());
    const auto length = static_cast<std::size_t>(size);
    return {der.slice(0, header + length).value_or(ByteView()),
            der.slice(header, length).value_or(ByteView())};
}

std::string digits_of(const ASN1_OCTET_STRING* octets) {
    if (octets == nullptr)
        return {};
    return to_hex(ByteView(ASN1_STRING_get0_data(octets),
                           static_cast<std::size_t>(ASN1_STRING_length(octets))));
}

std::string digest_digits(ByteView bytes, const EVP_MD* algorithm) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (algorithm == nullptr || bytes.empty() ||
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) != 1)
        return {};
    return to_hex(ByteView(digest.data(), size));
}

std::int64_t seconds_since_1970(const ASN1_TIME* time) {
    std::tm broken_down{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &broken_down) != 1)
        return 0;
    return ::timegm(&broken_down);
}

std::string describe_key(const X509* certificate) {
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr)
        return {};
    const int type = EVP_PKEY_base_id(key);
    if (type == EVP_PKEY_RSA)
        return fmt::format("RSA {}", EVP_PKEY_bits(key));
    if (type == EVP_PKEY_EC)
        return fmt::format("EC {}", EVP_PKEY_bits(key));
    const char* name = OBJ_nid2sn(type);
    return name == nullptr ? std::string() : name;
}

/* The last of the parts with this id, as the kernel takes it: bytes in whatever encoding. */
std::string_view last_part(const X509_NAME* name, int nid) {
    std::string_view found;
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const auto* entry = X509_NAME_get_entry(name, i);
        if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != nid)
            continue;
        const auto* value = X509_NAME_ENTRY_get_data(entry);
        const auto* bytes = ASN1_STRING_get0_data(value);
        found = {reinterpret_cast<const char*>(bytes),
                 static_cast<std::size_t>(ASN1_STRING_length(value))};
    }
    return found;
}

std::string name_in_full(const X509_NAME* name) {
    constexpr std::size_t significant = 7;
    const auto organisation = last_part(name, NID_organizationName);
    const auto common_name = last_part(name, NID_commonName);
    if (organisation.empty() && common_name.empty())
        return std::string(last_part(name, NID_pkcs9_emailAddress));
    if (organisation.empty() || common_name.empty())
        return std::string(organisation) + std::string(common_name);
    if (common_name.substr(0, organisation.size()) == organisation)
        return std::string(common_name);
    if (organisation.size() >= significant &&
        common_name.substr(0, significant) == organisation.substr(0, significant))
        return std::string(common_name);
    return fmt::format("{}: {}", organisation, common_name);
}

bool signed_by_itself(X509* certificate) {
    const auto subject = encode(X509_get_subject_name(certificate), i2d_X509_NAME);
    const auto issuer = encode(X509_get_issuer_name(certificate), i2d_X509_NAME);
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    return same_bytes(subject.bytes(), issuer.bytes()) && key != nullptr &&
           X509_verify(certificate, key) == 1;
}

void read_usage(X509* certificate, trust::Certificate& plain) {
    const auto flags = X509_get_extension_flags(certificate);
    plain.ca = (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0;
    // A certificate without the extension is good for anything to OpenSSL, to the kernel for
    // nothing in particular.
    if ((flags & EXFLAG_KUSAGE) == 0)
        return;
    const auto usage = X509_get_key_usage(certificate);
    plain.signs_certificates = (usage & X509v3_KU_KEY_CERT_SIGN) != 0;
    plain.signs_data = (usage & X509v3_KU_DIGITAL_SIGNATURE) != 0;
}

X509Pointer next_in_pem(BIO* bio) {
    return X509Pointer(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
}

/* One certificate with nothing behind it. */
X509Pointer read_der(std::string_view der) {
    if (der.size() > static_cast<std::size_t>(std::numeric_limits<long>::max()))
        return nullptr;
    const auto* position = reinterpret_cast<const unsigned char*>(der.data());
    const auto* end = position + der.size();
    X509Pointer certificate(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
    ERR_clear_error();
    return position == end ? std::move(certificate) : nullptr;
}

}  // namespace

std::string one_line(const X509_NAME* name) {
    const BioPointer bio(BIO_new(BIO_s_mem()));
    // UTF-8 is left as it is; control characters are escaped.
    constexpr unsigned long flags = XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB;
    if (!bio || X509_NAME_print_ex(bio.get(), name, 0, flags) < 0)
        return {};
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::string serial_digits(const ASN1_INTEGER* serial) {
    // Before OpenSSL 3, i2d wants what it does not change to be changeable.
    const auto der = encode(const_cast<ASN1_INTEGER*>(serial), i2d_ASN1_INTEGER);
    return to_hex(outer_element(der.bytes()).content);
}

std::string kernel_name(const X509_NAME* name) {
    auto full = name_in_full(name);
    // The kernel makes a C string of it.
    full.erase(std::min(full.find('\0'), full.size()));
    return full;
}

trust::Certificate to_certificate(const X509* certificate) {
    // Many getters want it changeable because they cache the extensions.
    auto* x509 = const_cast<X509*>(certificate);
    trust::Certificate plain;
    plain.subject = one_line(X509_get_subject_name(x509));
    plain.issuer = one_line(X509_get_issuer_name(x509));
    plain.serial = serial_digits(X509_get0_serialNumber(x509));
    plain.subject_key_id = digits_of(X509_get0_subject_key_id(x509));
    plain.authority_key_id = digits_of(X509_get0_authority_key_id(x509));
    plain.description =
        fmt::format("{}: {}", kernel_name(X509_get_subject_name(x509)),
                    plain.subject_key_id.empty() ? plain.serial : plain.subject_key_id);

    int digest = NID_undef;
    if (X509_get_signature_info(x509, &digest, nullptr, nullptr, nullptr) == 1 &&
        digest != NID_undef) {
        plain.digest_algorithm = OBJ_nid2sn(digest);
        for (auto& letter : plain.digest_algorithm)
            letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    const auto der = encode(x509, i2d_X509);
    const auto signed_part = outer_element(outer_element(der.bytes()).content).whole;
    plain.fingerprint = digest_digits(der.bytes(), EVP_sha256());
    plain.tbs_digest = digest_digits(signed_part, EVP_get_digestbynid(digest));

    plain.key_algorithm = describe_key(x509);
    plain.not_before = seconds_since_1970(X509_get0_notBefore(x509));
    plain.not_after = seconds_since_1970(X509_get0_notAfter(x509));
    plain.self_signed = signed_by_itself(x509);
    read_usage(x509, plain);
    ERR_clear_error();
    return plain;
}

std::optional<trust::Certificate> parse_certificate(std::string_view der) {
    const auto certificate = read_der(der);
    if (!certificate)
        return std::nullopt;
    return to_certificate(certificate.get());
}

std::vector<X509Pointer> load_certificates(std::string_view content) {
    std::vector<X509Pointer> certificates;
    if (auto certificate = read_der(content)) {
        certificates.push_back(std::move(certificate));
        return certificates;
    }
    if (content.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return certificates;

    const BioPointer bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    if (!bio)
        return certificates;
    while (auto certificate = next_in_pem(bio.get()))
        certificates.push_back(std::move(certificate));
    // The end of a file looks like this, and nothing else does.
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        certificates.clear();
    ERR_clear_error();
    return certificates;
}

std::vector<trust::Certificate> parse_certificates(std::string_view content) {
    std::vector<trust::Certificate> plain;
    for (const auto& certificate : load_certificates(content))
        plain.push_back(to_certificate(certificate.get()));
    return plain;
}

}  // namespace kxk::image
