// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/image_assess.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace kxk::trust {
namespace {

/* The head of a kernel of s390x, which its loaders write to. */
constexpr std::uint64_t s390_head_size = 0x12000;

/* The one format that an architecture has a loader for, and the errno for all others. */
struct Loader {
    std::string_view arch;
    ImageFormat format;
    int error;
};

constexpr Loader x86_loader{"x86_64", ImageFormat::x86_bzimage, ENOEXEC};
constexpr Loader arm64_loader{"arm64", ImageFormat::arm64_image, EINVAL};

/* What to do with a file of another format. */
std::string advice_about(const ImageFacts& image, const Loader& loader) {
    auto wanted =
        fmt::format("the loader of {} knows the {} only", loader.arch, word_of(loader.format));
    switch (image.format) {
        case ImageFormat::efi_zboot:
            return fmt::format("{}: take the kernel out of this EFI zboot image, and sign that",
                               wanted);
        case ImageFormat::unified_kernel:
            return fmt::format("{}: take the kernel out of the section .linux, and sign that",
                               wanted);
        case ImageFormat::gzip:
            return fmt::format("{}: unpack this with gunzip; what is inside must be signed itself",
                               wanted);
        case ImageFormat::elf:
            return fmt::format("{}: an ELF file is not loaded here", wanted);
        default:
            return wanted;
    }
}

LoaderAnswer ask(const Loader& loader, const ImageFacts& image) {
    if (image.format != loader.format)
        return {Answer::no, loader.error, advice_about(image, loader)};
    if (image.loader_error != 0)
        return {Answer::no, image.loader_error,
                fmt::format("the loader of {} refuses it: {}", loader.arch, image.loader_problem)};
    return {Answer::yes, 0, fmt::format("the loader of {} takes it", loader.arch)};
}

LoaderAnswer ask_s390(const ImageFacts& image) {
    if (image.size < s390_head_size)
        return {Answer::no, ENOEXEC, "it is too short for a kernel of s390x"};
    if (image.format == ImageFormat::s390_image)
        return {Answer::yes, 0, "the loader of s390x takes it"};
    if (image.format != ImageFormat::elf)
        return {
            Answer::yes, 0,
            "the loader of s390x takes it, as any file: it does not look whether it is a kernel"};
    if (image.architecture != "s390x")
        return {Answer::no, EINVAL, "the loader of s390x takes ELF files for s390x only"};
    if (image.loader_error != 0)
        return {Answer::no, image.loader_error,
                fmt::format("the loader of s390x refuses it: {}", image.loader_problem)};
    return {Answer::yes, 0, "the loader of s390x takes it"};
}

}  // namespace

std::string_view word_of(ImageFormat format) {
    switch (format) {
        case ImageFormat::x86_bzimage:
            return "x86 bzImage";
        case ImageFormat::arm64_image:
            return "arm64 Image";
        case ImageFormat::s390_image:
            return "s390 image";
        case ImageFormat::efi_zboot:
            return "EFI zboot image";
        case ImageFormat::unified_kernel:
            return "unified kernel image";
        case ImageFormat::efi_program:
            return "EFI program";
        case ImageFormat::gzip:
            return "gzip file";
        case ImageFormat::elf:
            return "ELF file";
        case ImageFormat::unknown:
            break;
    }
    return "unknown format";
}

Answer is_intact(const ImageSignature& signature) {
    const auto& signers = signature.signers;
    if (signature.message_error != 0 || signature.content_error != 0 ||
        std::any_of(signers.begin(), signers.end(),
                    [](const auto& signer) { return signer.valid == std::optional(false); }))
        return Answer::no;
    const bool all_told = !signers.empty() &&
                          std::all_of(signers.begin(), signers.end(),
                                      [](const auto& signer) { return signer.valid.has_value(); });
    return all_told ? Answer::yes : Answer::cannot_tell;
}

const ImageSignature* signature_of(const ImageFacts& image) {
    const auto index = image.verified_signature.value_or(0);
    return index < image.signatures.size() ? &image.signatures[index] : nullptr;
}

Answer is_intact(const ImageFacts& image) {
    if (image.structure_error != 0 || !image.verified_signature ||
        *image.verified_signature >= image.signatures.size())
        return Answer::no;
    return is_intact(image.signatures[*image.verified_signature]);
}

LoaderAnswer loader_answer(const ImageFacts& image, std::string_view arch) {
    for (const auto& loader : {x86_loader, arm64_loader}) {
        if (arch == loader.arch)
            return ask(loader, image);
    }
    if (arch == "s390x")
        return ask_s390(image);
    return {Answer::cannot_tell, 0,
            fmt::format("what the loaders of {} take is not known here", arch)};
}

}  // namespace kxk::trust
