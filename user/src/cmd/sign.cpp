// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string_view>

#include "cmd/signing.h"
#include "image/format.h"
#include "image/pe.h"

namespace kxk::cmd {
namespace {

using image::ByteView;
using image::SigningError;

constexpr const char* format_auto = "auto";
constexpr const char* format_pe = "pe";
constexpr const char* format_appended = "appended";

struct SignOptions : SigningOptions {
    std::string format = format_auto;
};

/* What can be said of a file that is neither PE nor of s390x. */
SigningError explain_unknown(const std::string& file, ByteView bytes) {
    if (bytes.has(0, "\x1f\x8b"))
        return {"compressed",
                fmt::format("{} is compressed: the kernel verifies the image in it", file),
                "unpack it with gunzip, sign it, and load it unpacked"};
    if (bytes.has(0, "\177ELF"))
        return {"unknown-format", fmt::format("{} is an ELF file", file),
                "for a module there is `kexec-keyrings sign-module`; of a kernel, sign the bzImage "
                "or Image; for OpenPOWER give --format appended"};
    return {"unknown-format", fmt::format("{} is neither a PE file nor an s390x kernel", file),
            "check that it is a kernel image (with EFI stub); or say the --format"};
}

std::variant<SigningTarget, SigningError> decide(const SignOptions& options,
                                                 std::string_view text) {
    const ByteView bytes(text);
    const bool pe = image::looks_like_pe(bytes);
    if (bytes.empty())
        return SigningError{"empty", fmt::format("{} is empty", options.file),
                            "take a copy that is whole"};
    if (options.format == format_pe || (options.format == format_auto && pe))
        return SigningTarget{trust::SignatureForm::authenticode, false};
    if (pe)
        return SigningError{
            "wrong-format",
            fmt::format("{} is a PE file: the kernel looks for an Authenticode signature, which an "
                        "appended one would break",
                        options.file),
            "leave --format out"};
    if (options.format == format_auto && !image::recognise_s390(bytes, nullptr))
        return explain_unknown(options.file, bytes);
    if (!options.signing_time.empty() && options.signing_time != "none")
        return SigningError{"signing-time", "an appended signature has no signing time",
                            "leave --signing-time out"};
    if (auto error = check_unsigned(options, text))
        return std::move(*error);
    return SigningTarget{trust::SignatureForm::appended, false};
}

constexpr const char* sign_footer = R"(
Examples:
  kexec-keyrings sign --key db.key --cert db.crt vmlinuz
  kexec-keyrings sign --key db.p12 --passphrase-file secret -o signed vmlinuz
  kexec-keyrings sign --key 'pkcs11:token=lab;object=db' --cert db.crt Image

A PE image gets one more signature; those that it has stay. The kernel looks at the
first one only, and before Linux 6.3 refuses an image that has several. An image with
an appended signature (s390x) is refused: the kernel looks at the outermost one only.
--force appends on top; nothing is ever stripped.

The kernel ignores the clock: the certificate may have expired. But it refuses a signing
time outside of the certificate's validity. So the time is left out where it would be
outside; with --signing-time or SOURCE_DATE_EPOCH, the command refuses.

Exit status: 0 signed, 1 refused, 2 wrong command line)";

}  // namespace

void add_sign(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("sign", "Sign a kernel image, or another EFI program");
    auto options = std::make_shared<SignOptions>();

    add_signing_options(*command, *options, "IMAGE", "The kernel image");
    command
        ->add_option("--format", options->format,
                     "auto (default, by content), pe (Authenticode) or appended (PKCS#7)")
        ->check(CLI::IsMember({format_auto, format_pe, format_appended}));
    command->add_option("--signing-time", options->signing_time,
                        "Seconds since 1970, or none; default SOURCE_DATE_EPOCH, or now");
    command->add_flag("--force", options->force, "Append even to an appended signature");
    command->footer(std::string(help_on_keys) + '\n' + sign_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) {
            const auto by_format = [&options](const SigningOptions& /*same*/,
                                              std::string_view bytes) {
                return decide(*options, bytes);
            };
            return sign_file(*options, by_format, context);
        };
    });
}

}  // namespace kxk::cmd
