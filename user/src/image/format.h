// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The formats of kernel images. Each has a file of its own, format_NAME.cpp. */
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "image/bytes.h"
#include "image/malformed.h"
#include "image/pe.h"
#include "trust/image_facts.h"

namespace kxk::image {

/** What a file was recognised as. */
struct Recognised {
    trust::ImageFormat format = trust::ImageFormat::unknown;
    std::string architecture;  ///< "x86_64", "arm64", "s390x", or empty
    std::vector<std::pair<std::string, std::string>> details;  ///< for people: label, value
    Malformed refusal;  ///< of the architecture's own loader, judging by the headers
};

/**
 * Each looks at the magic numbers of its format, and reads the headers if they are there.
 * @param pe the file as a PE file, or nullptr where it is not a sound one
 * @return nothing for a file of another format
 */
using Recogniser = std::optional<Recognised> (*)(ByteView file, const PeImage* pe);

/** Linux/x86 boot protocol (Documentation/x86/boot.rst), as bzImage64_probe() wants it. */
[[nodiscard]] std::optional<Recognised> recognise_bzimage(ByteView file, const PeImage* pe);
/** Documentation/arm64/booting.rst, as image_probe() and image_load() want it. */
[[nodiscard]] std::optional<Recognised> recognise_arm64(ByteView file, const PeImage* pe);
/** The kernel of s390x: arch/s390/boot/head.S. */
[[nodiscard]] std::optional<Recognised> recognise_s390(ByteView file, const PeImage* pe);
/** drivers/firmware/efi/libstub/zboot-header.S, Linux 6.1 and later. */
[[nodiscard]] std::optional<Recognised> recognise_zboot(ByteView file, const PeImage* pe);
/** Unified kernel images: the UAPI group's specification of the sections. */
[[nodiscard]] std::optional<Recognised> recognise_unified(ByteView file, const PeImage* pe);
/** RFC 1952. */
[[nodiscard]] std::optional<Recognised> recognise_gzip(ByteView file, const PeImage* pe);
/** System V ABI, the ELF header. */
[[nodiscard]] std::optional<Recognised> recognise_elf(ByteView file, const PeImage* pe);

/** What a file is; if nothing else, ImageFormat::efi_program or ImageFormat::unknown. */
[[nodiscard]] Recognised recognise(ByteView file, const PeImage* pe);

/** The name of a PE machine's architecture as in Recognised; empty for others. */
[[nodiscard]] std::string architecture_of(std::uint16_t pe_machine);

/**
 * Text from a file that anybody may have written, up to a zero, as one line of printable ASCII:
 * whatever else there is becomes a blank.
 */
[[nodiscard]] std::string printable(ByteView bytes, std::size_t longest);

}  // namespace kxk::image
