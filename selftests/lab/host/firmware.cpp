// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/firmware.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "common/hex.h"
#include "image/pe.h"
#include "image/x509.h"

namespace kxk::lab {

namespace {

using variable_attributes::boot_service;
using variable_attributes::non_volatile;
using variable_attributes::runtime;
using variable_attributes::time_based_authenticated;

constexpr std::uint32_t kept = non_volatile | boot_service | runtime;

/** A variable that an owner fills. */
struct OwnersVariable {
    std::string_view name;
    std::string_view vendor;
    std::uint32_t attributes;
};

constexpr std::array<OwnersVariable, 6> owners{{
    {"PK", vendors::global, kept | time_based_authenticated},
    {"KEK", vendors::global, kept | time_based_authenticated},
    {"db", vendors::image_security, kept | time_based_authenticated},
    {"dbx", vendors::image_security, kept | time_based_authenticated},
    // As mokutil and shim's MokManager leave it: nothing that runs after shim can write to it.
    {"MokList", vendors::shim, non_volatile | boot_service},
    {"MokListRT", vendors::shim, kept},
}};

/** The SHA-256 of what Authenticode signs in an image. */
std::string image_digest(const std::string& name, const std::string& file) {
    const image::ByteView bytes{std::string_view(file)};
    const auto parsed = image::parse_pe(bytes);

    if (const auto* pe = std::get_if<image::PeImage>(&parsed)) {
        if (const auto digests = image::pe_digests(*pe, {"sha256"}); !digests.empty()) {
            return from_hex(digests.at("sha256"));
        }
    }
    throw std::invalid_argument(name + " is no PE image");
}

/** The digest of what is signed in a certificate, by the algorithm of that signature. */
std::string certificate_digest(const std::string& who, const std::string& der) {
    const auto certificate = image::parse_certificate(der);

    if (!certificate || certificate->digest_algorithm != "sha256") {
        throw std::invalid_argument(who + " has no certificate that is signed with SHA-256");
    }
    return from_hex(certificate->tbs_digest);
}

std::string list_of(const Enrolment& enrolment, const EnrolmentSources& sources) {
    if (enrolment.type == SignatureType::image_digest) {
        return signature_list(enrolment.type,
                              enrolment.digest.empty()
                                  ? image_digest(enrolment.what, sources.image(enrolment.what))
                                  : from_hex(enrolment.digest));
    }
    const std::string der = sources.certificate(enrolment.what);

    return signature_list(enrolment.type, enrolment.type == SignatureType::certificate
                                              ? der
                                              : certificate_digest(enrolment.what, der));
}

std::string wide(std::string_view text) {
    std::string bytes;

    for (const char c : text) {
        bytes += {c, '\0'};
    }
    return bytes + std::string(2, '\0');
}

/** EFI_LOAD_OPTION (UEFI 2.10, 3.1.3), with a device path that is a file on any disk (10.3.5.4). */
std::string load_option(const std::string& file, const std::string& arguments) {
    constexpr std::uint64_t active = 1;
    const std::string path = wide('\\' + file);
    const std::string device_path =
        "\x04\x04" + little_endian(4 + path.size(), 2) + path + "\x7f\xff" + little_endian(4, 2);

    return little_endian(active, 4) + little_endian(device_path.size(), 2) + wide("Linux") +
           device_path + (arguments.empty() ? "" : wide(arguments));
}

}  // namespace

std::vector<EfiVariable> owners_variables(const FirmwareSetup& setup,
                                          const EnrolmentSources& sources) {
    std::vector<EfiVariable> variables;

    for (const OwnersVariable& variable : owners) {
        std::string lists;

        for (const Enrolment& enrolment : setup.enrolments) {
            if (enrolment.variable == variable.name) {
                lists += list_of(enrolment, sources);
            }
        }
        if (!lists.empty()) {
            variables.push_back({std::string(variable.name), std::string(variable.vendor),
                                 variable.attributes, lists});
        }
    }
    for (const Enrolment& enrolment : setup.enrolments) {
        if (std::none_of(owners.begin(), owners.end(), [&enrolment](const auto& variable) {
                return variable.name == enrolment.variable;
            })) {
            throw std::invalid_argument("owners fill no variable " + enrolment.variable);
        }
    }
    variables.push_back({"SecureBootEnable", std::string(vendors::secure_boot_enable),
                         non_volatile | boot_service, little_endian(setup.secure_boot ? 1 : 0, 1)});
    return variables;
}

std::vector<EfiVariable> boot_variables(const std::string& file, const std::string& arguments) {
    const std::string global(vendors::global);

    return {{"Boot0000", global, kept, load_option(file, arguments)},
            {"BootOrder", global, kept, little_endian(0, 2)},
            {"Timeout", global, kept, little_endian(0, 2)}};
}

std::string with_initramfs(const std::string& command_line) {
    return std::string("initrd=\\") + disk_initramfs + ' ' + command_line;
}

std::vector<std::pair<std::filesystem::path, std::string>> loader_files(
    const std::string& command_line) {
    return {{"loader/loader.conf", "timeout 0\ndefault linux.conf\n"},
            {"loader/entries/linux.conf",
             fmt::format("title Linux\nlinux /{}\ninitrd /{}\noptions {}\n", disk_kernel,
                         disk_initramfs, command_line)}};
}

}  // namespace kxk::lab
