// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A kernel image as plain data: what was found in the file, judged by nobody yet. */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

/** One signer of one PKCS#7 message. */
struct Signer {
    std::string issuer;                      ///< names the certificate, with the serial number
    std::string serial;                      ///< hexadecimal digits
    std::optional<Certificate> certificate;  ///< when the message has it
    std::vector<Certificate> chain;          ///< from the signer's up, as far as the message has it
    std::string digest_algorithm;            ///< "sha256"
    std::optional<std::int64_t> signing_time;  ///< seconds since 1970
    std::optional<bool> valid;  ///< cryptographically; nothing without the signer's certificate
};

/** One PKCS#7 message. */
struct ImageSignature {
    std::string digest_algorithm;        ///< of the image's digest in the message
    std::string digest;                  ///< as it stands there; empty for an appended signature
    std::optional<bool> digest_matches;  ///< that of the file; nothing for an unknown algorithm
    std::vector<Signer> signers;
    std::vector<Certificate> certificates;  ///< all that the message has
    std::string problem;                    ///< why it cannot be read, else empty
};

/** A file. */
struct ImageFacts {
    std::string path;
    std::uint64_t size = 0;
    ImageFormat format = ImageFormat::unknown;
    SignatureForm form = SignatureForm::none;
    std::vector<ImageSignature> signatures;  ///< in the order of the file
    std::string digest;       ///< SHA-256 Authenticode digest; of an appended form, of the content
    int structure_error = 0;  ///< errno of the kernel's verifier for a malformed file, else 0
    std::string problem;      ///< in words, what is malformed
};

}  // namespace kxk::trust
