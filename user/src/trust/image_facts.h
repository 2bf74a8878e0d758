// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * A kernel image as plain data: what was found in the file, judged by nobody yet.
 *
 * For a prediction of the kernel's verdict, the errnos stand in the order in which the kernel comes
 * to them. It verifies one signature, that with the number verified_signature:
 *
 *   0. loader_error: the loader of the image's own architecture does not take it at all
 *   1. structure_error of the image; where that is 0 and the form is none, ENODATA
 *   2. message_error of the signature
 *   3. whatever the keyrings lead to: see Signer
 *   4. content_error of the signature
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trust/certificate.h"

namespace kxk::trust {

/** ENOTSUPP: the kernel's own, in no header of user space, but returned to it. */
inline constexpr int enotsupp = 524;

/** What a file is, as far as kexec_file_load(2) and its users are concerned. */
enum class ImageFormat {
    x86_bzimage,     ///< bzImage, with the PE header of the EFI stub or without
    arm64_image,     ///< Image, with the PE header of the EFI stub or without
    s390_image,      ///< bzImage of s390x
    efi_zboot,       ///< compressed kernel in an EFI program
    unified_kernel,  ///< kernel, initramfs and command line in one EFI program (UKI)
    efi_program,     ///< PE, but no kernel that we know
    gzip,            ///< compressed, as distributions install the arm64 Image
    elf,
    unknown,
};

/** Where a file carries signatures. */
enum class SignatureForm { none, authenticode, appended };

/**
 * One signer of one PKCS#7 message.
 *
 * The kernel looks for a key of each certificate of the chain on the keyring, from the signer's
 * up, then for that of the authority of the last one (by authority_key_id), then for one of this
 * issuer and serial number. If it finds none, that signer gives ENOKEY.
 */
struct Signer {
    std::string issuer;          ///< names the certificate, with the serial number
    std::string serial;          ///< hexadecimal digits
    std::string subject_key_id;  ///< names the certificate, where issuer and serial are empty
    std::optional<Certificate> certificate;  ///< when the message has it
    std::vector<Certificate> chain;          ///< from the signer's up, as far as the message has it
    std::string digest_algorithm;            ///< "sha256"
    std::string
        signature_algorithm;  ///< "rsa", "ecdsa" (ENOPKG until Linux 5.13), or OpenSSL's word
    std::optional<std::int64_t> signing_time;  ///< seconds since 1970
    std::optional<bool> valid;  ///< cryptographically; nothing without the signer's certificate
};

/** One PKCS#7 message. */
struct ImageSignature {
    std::uint64_t offset = 0;            ///< of the message, in the file
    std::uint64_t size = 0;              ///< of the message, in bytes
    std::string digest_algorithm;        ///< of the image's digest in the message
    std::string digest;                  ///< as it stands there; empty for an appended signature
    std::optional<bool> digest_matches;  ///< that of the file; nothing for an unknown algorithm
    std::vector<Signer> signers;
    std::vector<Certificate> certificates;  ///< all that the message has
    std::string problem;                    ///< why it cannot be read, else empty

    /**
     * What the kernel's verifier answers for this message before it asks any keyring, else 0: the
     * message is malformed, or wrong by the certificates that it has itself. ECDSA counts as known.
     */
    int message_error = 0;
    /**
     * What it answers once a keyring has vouched for a signer, else 0: the message is about
     * another file, or does not tell about which.
     */
    int content_error = 0;
};

/** A file. */
struct ImageFacts {
    std::string path;
    std::uint64_t size = 0;
    ImageFormat format = ImageFormat::unknown;
    SignatureForm form = SignatureForm::none;
    std::vector<ImageSignature> signatures;  ///< in the order of the file
    std::string digest;  ///< SHA-256: Authenticode's, or of the content of an appended form, or of
                         ///< the file; empty where a PE file is too broken to have one
    int structure_error = 0;  ///< errno of the kernel's verifier for a malformed file, else 0. Of
                              ///< s390x for what is no PE file: EKEYREJECTED if it is unsigned
    std::string problem;      ///< in words, what is malformed

    /**
     * The same for kernels without "verify_pefile: relax wrapper length check" (4fc5c74dde69, Linux
     * 6.3; stable trees took it in 2023): they refuse, with ELIBBAD, several signatures in one
     * file.
     */
    int structure_error_before_6_3 = 0;
    std::optional<std::size_t> verified_signature;  ///< which one the kernel looks at: an index

    std::string architecture;  ///< that it is for: "x86_64", "arm64", "s390x"; empty: not known
    std::vector<std::pair<std::string, std::string>> details;  ///< from the headers, for people
    int loader_error = 0;        ///< errno of that architecture's loader, if it refuses the headers
    std::string loader_problem;  ///< in words, why

    std::optional<bool> ima_label{};  ///< the file has the attribute security.ima, with IMA's
                                      ///< digest or signature of it
};

}  // namespace kxk::trust
