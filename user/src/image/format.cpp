// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/format.h"

#include <array>

namespace kxk::image {
namespace {

/*
 * In this order: zboot and unified images are PE files for which a simpler view is right too, and
 * nothing forbids a bzImage to have the magic number of arm64.
 */
constexpr std::array<Recogniser, 7> recognisers{
    recognise_zboot, recognise_unified, recognise_bzimage, recognise_arm64,
    recognise_gzip,  recognise_elf,     recognise_s390,
};

}  // namespace

std::string architecture_of(std::uint16_t pe_machine) {
    switch (pe_machine) {
        case pe_machine_x86_64:
            return "x86_64";
        case pe_machine_arm64:
            return "arm64";
        default:
            return {};
    }
}

std::string printable(ByteView bytes, std::size_t longest) {
    std::string text;
    for (const char character : bytes.text().substr(0, bytes.text().find('\0'))) {
        if (text.size() == longest)
            break;
        const bool plain = character > ' ' && character <= '~';
        if (plain)
            text += character;
        else if (!text.empty() && text.back() != ' ')
            text += ' ';
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

Recognised recognise(ByteView file, const PeImage* pe) {
    for (const auto recogniser : recognisers) {
        if (auto recognised = recogniser(file, pe))
            return std::move(*recognised);
    }
    if (pe != nullptr)
        return {trust::ImageFormat::efi_program, architecture_of(pe->machine), {}, {}};
    return {};
}

}  // namespace kxk::image
