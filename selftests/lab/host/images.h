// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Kernel images of every kind of signer. */
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/plan.h"
#include "host/command.h"
#include "host/conf.h"

namespace kxk::lab {

/** Kinds of images, in the order of the tables: four keys, none, and a damaged one. */
inline constexpr std::array<std::string_view, 6> signers{"builtin", "secondary", "platform",
                                                         "unknown", "unsigned",  "tampered"};

/** An image large enough that its verification takes a while; signed by platform. */
inline constexpr std::string_view big_image = "big";

/** Signed by secondary like the other one, but by `kexec-keyrings sign`; and a damaged twin. */
inline constexpr std::string_view companions_image = "by-companion";
inline constexpr std::string_view companions_tampered_image = "by-companion-tampered";

/** Where the guest finds the image of a signer. */
[[nodiscard]] std::string guest_image(std::string_view signer);

/** Where the guest finds the unsigned image that the others derive from. */
inline constexpr const char* guest_base_image = "/lab/image";

/** Tool and material for signatures. */
struct SigningKit {
    std::filesystem::path keys;       ///< WHO.key, WHO.pem
    std::filesystem::path sign_file;  ///< the kernel's tool for appended signatures
    std::filesystem::path companion;  ///< ours, for this machine
};

/** Signs a file as `who`, in an architecture's way of carrying the signature of a kernel. */
void sign_image(const Commands& commands, const SigningKit& kit, Signature kind,
                const std::string& who, const std::filesystem::path& image,
                const std::filesystem::path& result);

/** Signs a module as `who`. */
void sign_module(const Commands& commands, const SigningKit& kit, const std::string& who,
                 const std::filesystem::path& module, const std::filesystem::path& result);

/** Signs a file as `who` with one of the companion's commands, sign or sign-module. */
void sign_by_companion(const Commands& commands, const SigningKit& kit, const std::string& command,
                       const std::string& who, const std::filesystem::path& file,
                       const std::filesystem::path& result);

/** A signed file with one bit in the middle of its content changed. @param size of the content */
[[nodiscard]] std::string tampered(std::string file, std::size_t size);

/**
 * Makes images of all signers, and the big one, out of an unsigned image.
 * @return what the guest makes them from
 */
[[nodiscard]] std::vector<DerivedFile> make_images(const Commands& commands, const SigningKit& kit,
                                                   Signature kind,
                                                   const std::filesystem::path& image,
                                                   const std::filesystem::path& directory);

/**
 * Makes an image larger by zeros at its end, its header knowing of them. The headers of bzImage
 * and of the arm64 Image say how much memory the kernel needs, which may not be less than the file.
 */
[[nodiscard]] std::string enlarged(std::string image, std::size_t bytes);

}  // namespace kxk::lab
