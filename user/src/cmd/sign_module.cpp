// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <string_view>

#include "cmd/signing.h"

namespace kxk::cmd {
namespace {

using image::SigningError;

struct Compression {
    std::string_view magic;
    const char* program;
};

constexpr std::array<Compression, 3> compressions{{
    {"\x1f\x8b", "gunzip"},
    {"\xfd"
     "7zXZ",
     "unxz"},
    {"\x28\xb5\x2f\xfd", "unzstd"},
}};

/* Kernel modules are relocatable, in either byte order. */
bool is_relocatable_elf(std::string_view bytes) {
    constexpr std::size_t type_offset = 16;
    if (bytes.substr(0, 4) != "\177ELF" || bytes.size() < type_offset + 2)
        return false;
    const auto type = bytes.substr(type_offset, 2);
    return type == std::string_view("\1\0", 2) || type == std::string_view("\0\1", 2);
}

std::variant<SigningTarget, SigningError> decide_module(const SigningOptions& options,
                                                        std::string_view bytes) {
    for (const auto& compression : compressions) {
        if (bytes.substr(0, compression.magic.size()) == compression.magic)
            return SigningError{
                "compressed",
                fmt::format("{} is compressed, and the signature goes into the module in it",
                            options.file),
                fmt::format("unpack it with {}, sign it, and compress it again",
                            compression.program)};
    }
    if (!is_relocatable_elf(bytes))
        return SigningError{"not-a-module", fmt::format("{} is no kernel module", options.file),
                            "name a .ko file; for kernel images there is `kexec-keyrings sign`"};
    if (auto error = check_unsigned(options, bytes))
        return std::move(*error);
    return SigningTarget{trust::SignatureForm::appended, true};
}

constexpr const char* sign_module_footer = R"(
Examples:
  kexec-keyrings sign-module --key MOK.priv --cert MOK.der kexec_keyrings.ko
  kexec-keyrings sign-module --key signing_key.pem -o signed.ko unsigned.ko

A module that is signed already is refused: the kernel looks at the outermost signature
only. --force appends on top; nothing is ever stripped.

Exit status: 0 signed, 1 refused, 2 wrong command line)";

}  // namespace

void add_sign_module(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand(
        "sign-module", "Sign a kernel module, as the kernel's scripts/sign-file does");
    auto options = std::make_shared<SigningOptions>();

    add_signing_options(*command, *options, "MODULE", "The .ko file");
    command->add_flag("--force", options->force, "Append even to a signed module");
    command->footer(std::string(help_on_keys) + '\n' + sign_module_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) {
            return sign_file(*options, decide_module, context);
        };
    });
}

}  // namespace kxk::cmd
