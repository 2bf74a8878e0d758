// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/signing.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <ostream>
#include <system_error>
#include <utility>

#include "cmd/explanation.h"
#include "cmd/repeated_option.h"
#include "cmd/utc_time.h"
#include "host/text.h"
#include "image/appended.h"
#include "image/appended_sign.h"
#include "image/pe_sign.h"
#include "image/x509.h"
#include "trust/policy.h"

namespace kxk::cmd {
namespace {

using image::SigningError;

constexpr const char* passphrase_group = "Passphrase of the key, or PIN of the token";

SigningError explain_reading(int error, const std::string& path) {
    switch (error) {
        case ENOENT:
            return {"no-file", fmt::format("there is no file {}", path), "check its name"};
        case EACCES:
            return {"no-access", fmt::format("{} may not be read", path), "run it with sudo"};
        case EISDIR:
            return {"no-file", fmt::format("{} is a directory", path), "name a file in it"};
        case ENODEV:
            return {"no-file", fmt::format("{} is not a regular file", path),
                    "name the file itself, or a copy of it"};
        case EIO:
            return {"unreadable",
                    fmt::format("{} was not signed: a part of it could not be read, as it became "
                                "shorter meanwhile, or its disk failed",
                                path),
                    "try again when nobody writes it; if that does not help, see dmesg"};
        default:
            return {
                "unreadable",
                fmt::format("{} cannot be read: {}", path, std::generic_category().message(error)),
                "check the file and the disk that it is on"};
    }
}

SigningError explain_writing(int error, const std::string& path) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return {"no-space",
                    fmt::format("there is no room for the signed file; {} is as it was", path),
                    "make room in its directory, where it is written first, or give --output"};
        case EINTR:
            return {"interrupted", fmt::format("interrupted; {} is as it was", path),
                    "run it again"};
        case EACCES:
        case EROFS:
            return {"no-access",
                    fmt::format("{} is as it was: its directory cannot be written to", path),
                    "run it with sudo, or give --output"};
        case EPERM:
            return {"no-access", fmt::format("{} is as it was: its owner could not be kept", path),
                    "run it as its owner or with sudo, or give --output"};
        case EISDIR:
        case EINVAL:
            return {"no-file", fmt::format("{} is not a regular file", path),
                    "name a file with --output"};
        default:
            return {"unwritable",
                    fmt::format("{} could not be written: {}", path,
                                std::generic_category().message(error)),
                    "check the directory and the disk, or give --output"};
    }
}

/* The passphrase, wherever it comes from. */
class Passphrase {
  public:
    Passphrase(const SigningOptions& options, host::System& system)
        : options_(options), system_(system) {}

    /* What was given by an option. */
    [[nodiscard]] std::optional<SigningError> read() {
        if (!options_.passphrase_file.empty())
            return keep(system_.read_file(options_.passphrase_file), options_.passphrase_file);
        if (options_.passphrase_descriptor)
            return keep(system_.read_descriptor(*options_.passphrase_descriptor),
                        fmt::format("descriptor {}", *options_.passphrase_descriptor));
        if (options_.passphrase_variable.empty())
            return std::nullopt;
        given_ = system_.environment(options_.passphrase_variable);
        if (given_)
            return std::nullopt;
        return SigningError{
            "no-passphrase",
            fmt::format("there is no variable {} in the environment", options_.passphrase_variable),
            "export the variable, or give the passphrase in a file"};
    }

    [[nodiscard]] std::optional<image::Secret> operator()(const std::string& what) const {
        if (given_)
            return image::Secret(*given_);
        auto typed = system_.ask_secret(fmt::format("Passphrase or PIN for {}: ", what));
        if (!typed)
            return std::nullopt;
        return image::Secret(*typed);
    }

  private:
    /* A file has a newline at its end, which the passphrase has not. */
    std::optional<SigningError> keep(const host::Result<std::string>& content,
                                     const std::string& name) {
        if (!content)
            return explain_reading(content.error(), name);
        given_ = content->substr(0, content->find_first_of("\r\n"));
        return std::nullopt;
    }

    const SigningOptions& options_;
    host::System& system_;
    std::optional<std::string> given_;
};

std::variant<image::KeySource, SigningError> read_source(const std::string& name,
                                                         const host::System& system) {
    if (image::is_pkcs11_uri(name))
        return image::KeySource{name, {}};
    auto bytes = system.read_file(name);
    if (!bytes)
        return explain_reading(bytes.error(), name);
    return image::KeySource{name, *bytes};
}

/* What is known when all is done. */
struct SigningReport {
    SigningTarget target;
    image::SignedFile signed_file;
    image::SigningChoice choice;
    trust::Certificate certificate;
    bool certificate_embedded = false;
    std::vector<std::string> warnings;
};

/* The signing time that was asked for, by option or for a reproducible build. */
std::variant<std::optional<std::int64_t>, SigningError> wanted_time(const SigningOptions& options,
                                                                    const Context& context) {
    auto text = options.signing_time;
    if (text.empty())
        text = context.system.environment("SOURCE_DATE_EPOCH").value_or("");
    if (text.empty())
        return std::nullopt;
    const auto time = host::parse_number<std::int64_t>(text);
    if (!time)
        return SigningError{"signing-time",
                            fmt::format("\"{}\" is no number of seconds since 1970", text),
                            "give --signing-time none, or seconds as `date +%s` prints them"};
    return time;
}

/* The kernel ignores the clock, but holds a signing time against the certificate. */
std::optional<SigningError> choose_time(const SigningOptions& options, const Context& context,
                                        SigningReport& report) {
    const auto& certificate = report.certificate;
    const auto is_valid = [&certificate](std::int64_t time) {
        return time >= certificate.not_before && time <= certificate.not_after;
    };
    const auto validity =
        fmt::format("\"{}\" is valid from {} to {}", certificate.description,
                    utc_day(certificate.not_before), utc_day(certificate.not_after));
    const bool authenticode = report.target.form == trust::SignatureForm::authenticode;
    const auto now = context.system.now();

    if (authenticode && options.signing_time != "none") {
        const auto wanted = wanted_time(options, context);
        if (const auto* error = std::get_if<SigningError>(&wanted))
            return *error;
        const auto& time = std::get<std::optional<std::int64_t>>(wanted);
        if (time && !is_valid(*time))
            return SigningError{
                "signing-time",
                fmt::format("{}, and the kernel refuses a signature that was made on {}", validity,
                            utc_day(*time)),
                "give --signing-time none, which the kernel accepts, or take another certificate"};
        if (time || is_valid(now))
            report.choice.signing_time = time.value_or(now);
    }
    if (!is_valid(now))
        report.warnings.push_back(fmt::format(
            "{}, not now; the kernel ignores that{}", validity,
            authenticode && !report.choice.signing_time
                ? ", but refuses a signing time outside of it, so the signature has none"
                : ""));
    return std::nullopt;
}

void add_warnings(SigningReport& report) {
    if (report.certificate.key_algorithm.rfind("EC", 0) == 0)
        report.warnings.emplace_back(
            "the key is EC: Linux before 5.13 verifies only RSA signatures, as most firmware does");
    if (report.choice.digest == "sha1")
        report.warnings.emplace_back("SHA-1 is broken, and newer systems refuse it");
    if (report.signed_file.signatures > 1)
        report.warnings.push_back(fmt::format(
            "the file has {} signatures: the kernel looks at the first one only, and before Linux "
            "6.3 refuses a file that has several",
            report.signed_file.signatures));
}

std::vector<trust::Keyring> keyrings_for(const SigningTarget& target) {
    if (target.module)
        return {trust::Keyring::builtin, trust::Keyring::secondary, trust::Keyring::machine};
    return {trust::Keyring::builtin, trust::Keyring::secondary, trust::Keyring::machine,
            trust::Keyring::platform};
}

/* Which keyring must have which certificate, in one line. */
std::string condition(const SigningReport& report) {
    const auto& certificate = report.certificate;
    auto who = fmt::format("\"{}\"", certificate.description);
    if (report.certificate_embedded && !certificate.self_signed)
        who += fmt::format(" or its issuer \"{}\"", certificate.issuer);
    std::string keyrings;
    for (const auto keyring : keyrings_for(report.target))
        keyrings += (keyrings.empty() ? "" : ", ") + std::string(trust::kernel_name_of(keyring));
    return fmt::format("it counts where {} is on a keyring that the kernel consults for {}: {}{}",
                       who, report.target.module ? "modules" : "images", keyrings,
                       report.target.module ? " (.platform: Debian and Fedora only)" : "");
}

trust::Json certificate_summary(const trust::Certificate& certificate) {
    return {
        {"description", certificate.description},
        {"subject", certificate.subject},
        {"issuer", certificate.issuer},
        {"serial", certificate.serial},
        {"subject_key_id", certificate.subject_key_id},
        {"fingerprint", certificate.fingerprint},
        {"key_algorithm", certificate.key_algorithm},
        {"not_before", certificate.not_before},
        {"not_after", certificate.not_after},
    };
}

trust::Json report_json(const SigningReport& report, const SigningOptions& options,
                        const std::string& output) {
    const bool authenticode = report.target.form == trust::SignatureForm::authenticode;
    trust::Json keyrings = trust::Json::array();
    for (const auto keyring : keyrings_for(report.target))
        keyrings.push_back(trust::kernel_name_of(keyring));
    return {
        {"signed", true},
        {"file", options.file},
        {"output", output},
        {"form", authenticode ? "authenticode" : "appended"},
        {"digest_algorithm", report.choice.digest},
        {"digest", authenticode ? trust::Json(report.signed_file.digest) : trust::Json(nullptr)},
        {"signatures", report.signed_file.signatures},
        {"signing_time", report.choice.signing_time ? trust::Json(*report.choice.signing_time)
                                                    : trust::Json(nullptr)},
        {"signer", certificate_summary(report.certificate)},
        {"keyrings", std::move(keyrings)},
        {"warnings", report.warnings},
    };
}

Exit refuse(const SigningOptions& options, const SigningError& error, const Context& context) {
    if (options.json)
        context.out << trust::to_text({{"signed", false},
                                       {"file", options.file},
                                       {"code", error.code},
                                       {"cause", error.cause},
                                       {"remedy", error.remedy}});
    else
        print_for_people({error.code, 0, error.cause, error.remedy}, context);
    return Exit::no;
}

void print(const SigningReport& report, const SigningOptions& options, const std::string& output,
           const Context& context) {
    if (options.json) {
        context.out << trust::to_text(report_json(report, options, output));
        return;
    }
    context.out << fmt::format(
        "signed: {}: {}, {}, by \"{}\"\n", output,
        report.target.form == trust::SignatureForm::authenticode ? "Authenticode" : "appended",
        report.choice.digest, report.certificate.description);
    context.out << condition(report) << '\n';
    for (const auto& warning : report.warnings)
        context.err << "warning: " << warning << '\n';
}

}  // namespace

std::variant<image::SigningKey, SigningError> load_key(const SigningOptions& options,
                                                       Context& context) {
    image::KeyRequest request;
    auto key = read_source(options.key, context.system);
    if (auto* error = std::get_if<SigningError>(&key))
        return std::move(*error);
    request.key = std::get<image::KeySource>(std::move(key));
    if (!options.certificate.empty()) {
        auto certificate = read_source(options.certificate, context.system);
        if (auto* error = std::get_if<SigningError>(&certificate))
            return std::move(*error);
        request.certificate = std::get<image::KeySource>(std::move(certificate));
    }
    for (const auto& name : options.additional) {
        auto certificate = read_source(name, context.system);
        if (auto* error = std::get_if<SigningError>(&certificate))
            return std::move(*error);
        request.additional.push_back(std::get<image::KeySource>(std::move(certificate)));
    }

    Passphrase passphrase(options, context.system);
    if (auto error = passphrase.read())
        return std::move(*error);
    // The key may ask for it again at each signature: it takes its own copy along.
    return image::load_signing_key(request, passphrase);
}

const char* const help_on_keys =
    R"(Keys: KEY is a file (PEM, DER, or PKCS#12, which has the certificate as well), or a
PKCS#11 URI such as "pkcs11:token=lab;object=signer", for which OpenSSL needs the
package pkcs11-provider or libengine-pkcs11-openssl. A passphrase or PIN is asked for
at the terminal unless one of the --passphrase options says where it is; it is never
taken from the command line, which everybody on the machine can read.

The file is replaced as a whole or stays as it was; its mode and owner are kept.)";

void add_signing_options(CLI::App& command, SigningOptions& options, const char* file_name,
                         const char* file_description) {
    command.add_option(file_name, options.file, file_description)->required();
    command.add_option("--key", options.key, "The private key: a file, or a pkcs11: URI")
        ->required();
    command.add_option("--cert", options.certificate,
                       "Its certificate (PEM, DER, pkcs11: URI), if that is not where the key is");
    take_one_each_time(
        command.add_option("--addcert", options.additional,
                           "Embed the certificates of this file too; may be given several times"));
    command.add_option("--digest", options.digest, "sha256 (default), sha384, sha512 or sha1")
        ->check(CLI::IsMember({"sha256", "sha384", "sha512", "sha1"}));
    command.add_option("-o,--output", options.output, "Write here, and leave the file alone");
    auto* file = command.add_option("--passphrase-file", options.passphrase_file,
                                    "The first line of this file");
    auto* descriptor = command.add_option("--passphrase-fd", options.passphrase_descriptor,
                                          "The first line from this file descriptor");
    auto* variable = command.add_option("--passphrase-env", options.passphrase_variable,
                                        "This variable of the environment");
    file->group(passphrase_group)->excludes(descriptor)->excludes(variable);
    descriptor->group(passphrase_group)->excludes(variable);
    variable->group(passphrase_group);
    command.add_flag("--json", options.json, "Report as JSON");
}

std::optional<SigningError> check_unsigned(const SigningOptions& options, std::string_view bytes) {
    if (options.force || !image::has_appended_signature(image::ByteView(bytes)))
        return std::nullopt;
    return SigningError{
        "already-signed",
        fmt::format("{} has an appended signature already, and a second one would hide it",
                    options.file),
        "sign the unsigned file that the build made, or append on top with --force"};
}

Exit sign_file(const SigningOptions& options, const SigningDecision& decide, Context& context) {
    const auto content = context.system.map_file(options.file);
    if (!content)
        return refuse(options, explain_reading(content.error(), options.file), context);
    const auto bytes = (*content)->bytes();
    // What was made of a file that could not be read to its end, an error too, is worth nothing.
    const auto reading_failed = [&] { return (*content)->error() != 0; };
    const auto refuse_reading = [&] {
        return refuse(options, explain_reading((*content)->error(), options.file), context);
    };
    const auto decision = decide(options, bytes);
    if (reading_failed())
        return refuse_reading();
    if (const auto* error = std::get_if<SigningError>(&decision))
        return refuse(options, *error, context);

    const auto loaded = load_key(options, context);
    if (const auto* error = std::get_if<SigningError>(&loaded))
        return refuse(options, *error, context);
    const auto& key = std::get<image::SigningKey>(loaded);

    SigningReport report;
    report.target = std::get<SigningTarget>(decision);
    report.choice.digest = options.digest;
    report.certificate = image::to_certificate(key.certificate.get());
    const bool authenticode = report.target.form == trust::SignatureForm::authenticode;
    report.certificate_embedded = authenticode || !key.additional.empty();
    if (const auto error = choose_time(options, context, report))
        return refuse(options, *error, context);

    auto result = authenticode ? image::sign_pe(bytes, key, report.choice)
                               : image::sign_appended(bytes, key, report.choice);
    if (reading_failed())
        return refuse_reading();
    if (const auto* error = std::get_if<SigningError>(&result))
        return refuse(options, *error, context);
    report.signed_file = std::get<image::SignedFile>(std::move(result));

    const auto& output = options.output.empty() ? options.file : options.output;
    if (const int error = context.system.replace_file(output, report.signed_file.bytes))
        return refuse(options, explain_writing(error, output), context);
    add_warnings(report);
    print(report, options, output, context);
    return Exit::yes;
}

}  // namespace kxk::cmd
