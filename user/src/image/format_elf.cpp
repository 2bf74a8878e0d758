// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <cerrno>

#include "image/format.h"

namespace kxk::image {
namespace {

constexpr std::uint64_t class_offset = 4;
constexpr std::uint64_t byte_order = 5;
constexpr std::uint64_t type_offset = 16;
constexpr std::uint64_t machine_offset = 18;

constexpr std::uint8_t class_64 = 2;
constexpr std::uint8_t big_endian = 2;
constexpr std::uint16_t type_executable = 2;

constexpr std::uint16_t machine_s390 = 22;
constexpr std::uint16_t machine_x86_64 = 62;
constexpr std::uint16_t machine_arm64 = 183;

std::string machine_name(std::uint16_t machine) {
    switch (machine) {
        case machine_s390:
            return "s390x";
        case machine_x86_64:
            return "x86_64";
        case machine_arm64:
            return "arm64";
        default:
            return {};
    }
}

std::string type_name(std::uint16_t type) {
    switch (type) {
        case 1:
            return "relocatable (a module, or an object)";
        case type_executable:
            return "executable";
        case 3:
            return "shared object";
        default:
            return fmt::format("{}", type);
    }
}

}  // namespace

std::optional<Recognised> recognise_elf(ByteView file, const PeImage* /*pe*/) {
    if (!file.has(0,
                  "\x7f"
                  "ELF"))
        return std::nullopt;
    Recognised recognised;
    recognised.format = trust::ImageFormat::elf;
    const bool swapped = file.u8(byte_order) == big_endian;
    const auto type = swapped ? file.be16(type_offset) : file.le16(type_offset);
    const auto machine = swapped ? file.be16(machine_offset) : file.le16(machine_offset);
    if (machine)
        recognised.architecture = machine_name(*machine);
    if (type)
        recognised.details.emplace_back("type", type_name(*type));
    // Of the three, only s390x has a loader for it.
    if (recognised.architecture == "s390x" &&
        (type != type_executable || file.u8(class_offset) != class_64))
        recognised.refusal = {EINVAL, "it is not a 64-bit executable"};
    return recognised;
}

}  // namespace kxk::image
