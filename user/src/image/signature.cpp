// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/signature.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "image/digest.h"
#include "image/openssl.h"
#include "image/x509.h"

namespace kxk::image {
namespace {

using trust::SignatureForm;

struct NameDeleter {
    void operator()(X509_NAME* name) const { X509_NAME_free(name); }
};
struct MemoryDeleter {
    void operator()(unsigned char* memory) const { OPENSSL_free(memory); }
};

/*
 * Why an RSA signature is wrong. The kernel tells a number that was not made by this key (EINVAL,
 * or EBADMSG where chance has it look better) from a right signature of another digest.
 */
int reason_of_bad_rsa(EVP_PKEY* key, ByteView signature) {
    const auto size = static_cast<std::size_t>(EVP_PKEY_size(key));
    const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    std::string padded(size, '\0');
    auto padded_size = padded.size();
    if (signature.size() != size || !context || EVP_PKEY_verify_recover_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) != 1 ||
        EVP_PKEY_verify_recover(context.get(), reinterpret_cast<unsigned char*>(padded.data()),
                                &padded_size, signature.data(), signature.size()) != 1)
        return EINVAL;
    const ByteView bytes(padded);
    if (bytes.u8(0) != 0)
        return EINVAL;
    const auto padding_end = padded.find_first_not_of('\xff', 2);
    constexpr std::size_t shortest_padding_end = 10;
    if (bytes.u8(1) != 1 || padding_end == std::string::npos ||
        padding_end < shortest_padding_end || padded[padding_end] != '\0')
        return EBADMSG;
    return EKEYREJECTED;
}

/* Whether a signature of a digest was made by this key: 0, or the kernel's errno. */
int check_signature(EVP_PKEY* key, const EVP_MD* algorithm, std::string_view digest,
                    ByteView signature) {
    if (key == nullptr || algorithm == nullptr)
        return ENOPKG;
    const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    const bool good =
        context && EVP_PKEY_verify_init(context.get()) == 1 &&
        EVP_PKEY_CTX_set_signature_md(context.get(), algorithm) == 1 &&
        EVP_PKEY_verify(context.get(), signature.data(), signature.size(),
                        reinterpret_cast<const unsigned char*>(digest.data()), digest.size()) == 1;
    const int error = good                                    ? 0
                      : EVP_PKEY_base_id(key) == EVP_PKEY_RSA ? reason_of_bad_rsa(key, signature)
                                                              : EKEYREJECTED;
    ERR_clear_error();
    return error;
}

ByteView der_of(const X509_NAME* name) {
    const unsigned char* bytes = nullptr;
    std::size_t size = 0;
    // Before OpenSSL 3 it wants a name that can be changed.
    if (X509_NAME_get0_der(const_cast<X509_NAME*>(name), &bytes, &size) != 1)
        return {};
    return {bytes, size};
}

ByteView bytes_of(const ASN1_STRING* string) {
    if (string == nullptr)
        return {};
    return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

/* A certificate that the message has. */
struct Embedded {
    X509Pointer x509;
    trust::Certificate plain;

    [[nodiscard]] ByteView issuer() const { return der_of(X509_get_issuer_name(x509.get())); }
    [[nodiscard]] ByteView subject() const { return der_of(X509_get_subject_name(x509.get())); }

    /* Issuer and serial number of the authority's certificate, where they are given. */
    [[nodiscard]] std::optional<std::pair<ByteView, std::string>> authority() const {
        const auto* names = X509_get0_authority_issuer(x509.get());
        const auto* serial = X509_get0_authority_serial(x509.get());
        if (names == nullptr || serial == nullptr)
            return std::nullopt;
        for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
            const auto* name = sk_GENERAL_NAME_value(names, i);
            if (name->type == GEN_DIRNAME)
                return std::pair(der_of(name->d.directoryName), serial_digits(serial));
        }
        return std::nullopt;
    }

    [[nodiscard]] bool is(ByteView its_issuer, std::string_view its_serial) const {
        return plain.serial == its_serial && same_bytes(issuer(), its_issuer);
    }

    /* Whether it was signed by the key of this one: 0, or the kernel's errno. */
    [[nodiscard]] int check(const Embedded& authority_certificate) const {
        const ASN1_BIT_STRING* signature = nullptr;
        const X509_ALGOR* unused = nullptr;
        X509_get0_signature(&signature, &unused, x509.get());
        unsigned char* tbs = nullptr;
        const int size = i2d_re_X509_tbs(x509.get(), &tbs);
        const std::unique_ptr<unsigned char, MemoryDeleter> owned(tbs);
        if (size <= 0)
            return EBADMSG;
        const auto digest =
            digest_of({tbs, static_cast<std::size_t>(size)}, plain.digest_algorithm);
        return check_signature(X509_get0_pubkey(authority_certificate.x509.get()),
                               EVP_get_digestbyname(plain.digest_algorithm.c_str()),
                               from_hex(digest), bytes_of(signature));
    }

    /* As the kernel sees it: by names and ids, not by the signature. */
    [[nodiscard]] bool claims_to_be_a_root() const {
        if (!same_bytes(subject(), issuer()))
            return false;
        const auto by_name = authority();
        if (plain.authority_key_id.empty() && !by_name)
            return true;
        return (!plain.authority_key_id.empty() &&
                plain.authority_key_id == plain.subject_key_id) ||
               (by_name && is(by_name->first, by_name->second));
    }
};

/* Judges one message. */
class Judge {
  public:
    Judge(const Pkcs7Message& message, SignatureForm form,
          const std::map<std::string, std::string>& file_digests,
          const std::vector<X509Pointer>& others)
        : message_(message), form_(form), file_digests_(file_digests), others_(others) {}

    trust::ImageSignature judge() {
        read_certificates();
        if (message_.problem.error != 0)
            fail(message_.problem.error, message_.problem.text);
        check_kind();
        for (const auto& signer : message_.signers)
            result_.signers.push_back(judge_signer(signer));
        if (form_ == SignatureForm::authenticode)
            judge_indirect_digest();
        else
            judge_detached_content();
        return std::move(result_);
    }

  private:
    /* The first failure is the kernel's answer, and the words go with it. */
    void fail(int error, const std::string& text) {
        if (result_.message_error != 0)
            return;
        result_.message_error = error;
        result_.problem = text;
    }

    /* The kernel reads them all, and checks those that have signed themselves, before anything. */
    void read_certificates() {
        for (const auto& der : message_.certificates) {
            const unsigned char* position = der.data();
            X509Pointer x509(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
            ERR_clear_error();
            if (!x509) {
                fail(EBADMSG, "a certificate in the message is damaged");
                continue;
            }
            auto plain = to_certificate(x509.get());
            result_.certificates.push_back(plain);
            certificates_.push_back({std::move(x509), std::move(plain)});
            const auto& certificate = certificates_.back();
            if (!certificate.claims_to_be_a_root())
                continue;
            const int error = certificate.check(certificate);
            if (error != 0 && error != ENOPKG)
                fail(error, "a root certificate in the message is not signed by itself");
        }
    }

    void check_kind() {
        if (form_ == SignatureForm::authenticode) {
            if (message_.content_type != ContentType::indirect_data)
                fail(EKEYREJECTED, "the PKCS#7 message is not Authenticode");
            return;
        }
        if (message_.content)
            fail(EBADMSG, "the PKCS#7 message has a content of its own");
        if (message_.content_type != ContentType::data)
            fail(EKEYREJECTED, "the PKCS#7 message is not about plain data");
        if (!message_.signers.empty() && message_.signers.front().attributes)
            fail(EKEYREJECTED, "the PKCS#7 message has signed attributes");
    }

    /* Of what the message is about, by the signer's algorithm; empty if there is none. */
    [[nodiscard]] std::string content_digest(const SignerInfo& signer) const {
        if (form_ == SignatureForm::authenticode || message_.content)
            return message_.content ? digest_of(message_.content->content, signer.digest_algorithm)
                                    : std::string();
        const auto found = file_digests_.find(signer.digest_algorithm);
        return found == file_digests_.end() ? std::string() : found->second;
    }

    trust::Signer judge_signer(const SignerInfo& info) {
        trust::Signer signer;
        signer.serial = to_hex(info.serial);
        signer.subject_key_id = to_hex(info.key_id);
        signer.digest_algorithm = info.digest_algorithm;
        signer.signature_algorithm = info.signature_algorithm;
        signer.signing_time = info.signing_time;
        if (!info.issuer.empty()) {
            const unsigned char* position = info.issuer.data();
            const std::unique_ptr<X509_NAME, NameDeleter> name(
                d2i_X509_NAME(nullptr, &position, static_cast<long>(info.issuer.size())));
            ERR_clear_error();
            signer.issuer = name ? one_line(name.get()) : "?";
        }

        const auto digest = content_digest(info);
        const bool same_content = !info.attributes || check_message_digest(info, digest);
        // A signer who is named by key id is looked for on the keyrings only.
        const auto* certificate = info.issuer.empty() ? nullptr : find(info.issuer, signer.serial);
        if (certificate == nullptr) {
            if (auto* key = find_elsewhere(signer.serial, info))
                signer.valid = same_content && check_info(key, info, digest) == 0;
            return signer;
        }
        signer.certificate = certificate->plain;
        if (info.signing_time && (*info.signing_time < certificate->plain.not_before ||
                                  *info.signing_time > certificate->plain.not_after))
            fail(EKEYREJECTED, "it was signed outside of the validity of the signer's certificate");

        const int error = check_info(X509_get0_pubkey(certificate->x509.get()), info, digest);
        signer.valid = same_content && error == 0;
        if (error != 0)
            fail(error, "the signature was not made by the signer, or is of something else");
        follow_chain(*certificate, signer);
        return signer;
    }

    /* Whether a signer signed with this key: 0, or the kernel's errno. */
    static int check_info(EVP_PKEY* key, const SignerInfo& info, const std::string& content) {
        return check_signature(key, EVP_get_digestbyname(info.digest_algorithm.c_str()),
                               from_hex(info.attributes ? attributes_digest(info) : content),
                               info.signature);
    }

    /* The key of a signer whose certificate is not in the message. */
    [[nodiscard]] EVP_PKEY* find_elsewhere(std::string_view serial, const SignerInfo& info) const {
        for (const auto& other : others_) {
            const bool is_it =
                info.issuer.empty()
                    ? same_bytes(bytes_of(X509_get0_subject_key_id(other.get())), info.key_id)
                    : serial_digits(X509_get0_serialNumber(other.get())) == serial &&
                          same_bytes(der_of(X509_get_issuer_name(other.get())), info.issuer);
            if (is_it)
                return X509_get0_pubkey(other.get());
        }
        return nullptr;
    }

    bool check_message_digest(const SignerInfo& info, const std::string& digest) {
        if (!info.message_digest)
            return false;
        if (info.message_digest->size() * 2 != digest.size()) {
            fail(EBADMSG, "the digest of the content has the wrong size");
            return false;
        }
        if (to_hex(*info.message_digest) == digest)
            return true;
        fail(EKEYREJECTED, "the content of the message was changed after it was signed");
        return false;
    }

    /* They are signed as a SET, and stand there under another tag. */
    static std::string attributes_digest(const SignerInfo& info) {
        std::string set(info.attributes->text());
        set.front() = static_cast<char>(der_set);
        return digest_of(ByteView(set), info.digest_algorithm);
    }

    [[nodiscard]] const Embedded* find(ByteView issuer, std::string_view serial) const {
        const auto found =
            std::find_if(certificates_.begin(), certificates_.end(),
                         [&](const auto& certificate) { return certificate.is(issuer, serial); });
        return found == certificates_.end() ? nullptr : &*found;
    }

    /* The authority's certificate, by issuer and serial number before key id. */
    const Embedded* find_authority(const Embedded& certificate) {
        const auto& key_id = certificate.plain.authority_key_id;
        if (const auto by_name = certificate.authority()) {
            const auto* found = find(by_name->first, by_name->second);
            if (found == nullptr || key_id.empty() || key_id == found->plain.subject_key_id)
                return found;
            fail(EKEYREJECTED, "a certificate in the message contradicts itself about its issuer");
            return nullptr;
        }
        if (key_id.empty())
            return nullptr;
        const auto found =
            std::find_if(certificates_.begin(), certificates_.end(),
                         [&](const auto& other) { return other.plain.subject_key_id == key_id; });
        return found == certificates_.end() ? nullptr : &*found;
    }

    void follow_chain(const Embedded& first, trust::Signer& signer) {
        std::vector<const Embedded*> seen;
        for (const auto* certificate = &first;;) {
            seen.push_back(certificate);
            signer.chain.push_back(certificate->plain);
            if (certificate->claims_to_be_a_root())
                return;
            const auto* authority = find_authority(*certificate);
            if (authority == nullptr ||
                std::find(seen.begin(), seen.end(), authority) != seen.end())
                return;
            const int error = certificate->check(*authority);
            if (error != 0) {
                fail(error, "a certificate in the message was not signed by its issuer");
                return;
            }
            certificate = authority;
        }
    }

    void judge_indirect_digest() {
        const auto indirect = parse_indirect_digest(message_);
        result_.digest_algorithm = indirect.algorithm;
        result_.digest = to_hex(indirect.digest);
        result_.content_error = indirect.problem.error;
        if (result_.problem.empty())
            result_.problem = indirect.problem.text;
        if (!is_digest_algorithm(indirect.algorithm))
            return;

        const auto found = file_digests_.find(indirect.algorithm);
        result_.digest_matches = found != file_digests_.end() && found->second == result_.digest;
        if (result_.content_error != 0 || *result_.digest_matches)
            return;
        const bool same_size =
            found == file_digests_.end() || found->second.size() == result_.digest.size();
        result_.content_error = same_size ? EKEYREJECTED : EBADMSG;
        if (result_.problem.empty())
            result_.problem = "the file was changed after it was signed";
    }

    /* There is no digest in the message: the signature itself tells. */
    void judge_detached_content() {
        for (const auto& signer : result_.signers) {
            if (signer.valid)
                result_.digest_matches = *signer.valid && result_.digest_matches.value_or(true);
            result_.digest_algorithm = signer.digest_algorithm;
        }
    }

    const Pkcs7Message& message_;
    SignatureForm form_;
    const std::map<std::string, std::string>& file_digests_;
    const std::vector<X509Pointer>& others_;
    std::vector<Embedded> certificates_;
    trust::ImageSignature result_;
};

}  // namespace

std::set<std::string> file_digest_algorithms(const Pkcs7Message& message, SignatureForm form) {
    if (form == SignatureForm::authenticode)
        return {parse_indirect_digest(message).algorithm};
    std::set<std::string> algorithms;
    for (const auto& signer : message.signers)
        algorithms.insert(signer.digest_algorithm);
    return algorithms;
}

trust::ImageSignature judge_message(const Pkcs7Message& message, SignatureForm form,
                                    const std::map<std::string, std::string>& file_digests,
                                    const std::vector<X509Pointer>& others) {
    return Judge(message, form, file_digests, others).judge();
}

}  // namespace kxk::image
