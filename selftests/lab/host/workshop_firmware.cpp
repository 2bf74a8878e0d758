// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Of the workshop: what guests with UEFI firmware boot from. */
#include "host/workshop.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "common/text_file.h"
#include "host/delta.h"
#include "host/failure.h"

namespace kxk::lab {

namespace {

/** shim 16 says of the x86_64 kernels of 5.10 that they are "Unsupported"; 15.8 starts them. */
constexpr const char* shim_suite = "bullseye";

/** The first suite whose systemd-boot has what shim wants to see, a section .sbat, for arm64 too.
 */
constexpr const char* loader_suite = "trixie";

}  // namespace

void Workshop::require_firmware() const {
    if (!arch_.firmware) {
        throw Failure(
            fmt::format("the lab has no UEFI firmware for {} guests; add firmware_code= "
                        "to arch/{}.conf",
                        arch_.name, arch_.name));
    }
    for (const auto& file : {arch_.firmware->code, arch_.firmware->variables}) {
        if (!std::filesystem::exists(file)) {
            throw Failure(
                fmt::format("{} is missing, which {} guests need; install the Debian "
                            "package {}",
                            file.string(), arch_.name, arch_.firmware->package));
        }
    }
}

std::filesystem::path Workshop::efi_programs() {
    auto directory =
        places_.cache / "efi" / fmt::format("{}-{}-{}", shim_suite, loader_suite, arch_.debian);

    if (!std::filesystem::exists(directory)) {
        const std::filesystem::path partial = directory.string() + ".partial";

        std::filesystem::remove_all(partial);
        std::filesystem::create_directories(partial.parent_path());
        for (const auto& [from, package] :
             {std::pair{shim_suite, "shim-unsigned"}, {loader_suite, "systemd-boot-efi"}}) {
            commands_.run(
                fmt::format("fetching {}", package),
                {places_.lab / "packages.sh", "unpack", from, arch_.debian, partial, package},
                places_.build / "log" / fmt::format("{}-{}.log", package, arch_.name));
        }
        std::filesystem::rename(partial, directory);
    }
    return directory;
}

const std::vector<DerivedFile>& Workshop::firmware_images() {
    struct Wish {
        std::string_view name;
        const char* signer;
        std::size_t more_bytes;
    };
    // What dbx has the digest of must not be the image of all the others.
    constexpr std::array<Wish, 4> wishes{{{mok_image, "mok", 0},
                                          {revoked_image, "platform", 4096},
                                          {revoked_signers_image, "revoked", 0},
                                          {vetoed_signers_image, "vetoed", 0}}};
    const auto directory = build_ / "firmware-images";

    if (!firmware_images_.empty()) {
        return firmware_images_;
    }
    std::filesystem::create_directories(directory);
    const std::string base = read_file(kernel(image_kernel_) / "image");
    for (const Wish& wish : wishes) {
        const auto plain = directory / "plain";
        const auto result = directory / wish.name;
        SigningKit kit = signing_kit();

        kit.keys = keys_of(wish.signer);
        write_file(plain, enlarged(base, wish.more_bytes));
        sign_image(commands_, kit, arch_.signature, wish.signer, plain, result);
        const std::string contents = read_file(result);
        firmware_images_.push_back({guest_image(wish.name), guest_base_image, contents.size(),
                                    difference(base, contents)});
        firmware_image_files_[std::string(wish.name)] = contents;
    }
    std::filesystem::remove_all(directory);
    return firmware_images_;
}

void Workshop::make_firmware(const FirmwareSetup& setup, const Guest& guest) {
    const EnrolmentSources sources{
        [this](const std::string& who) { return read_file(keys_of(who) / (who + ".der")); },
        [this](const std::string& name) {
            static_cast<void>(firmware_images());
            return firmware_image_files_.at(name);
        }};
    const std::string command_line = kernel_command_line(arch_, guest.command_line);

    require_firmware();
    std::vector<EfiVariable> variables = owners_variables(setup, sources);
    if (guest.firmware->boots) {
        const auto boot = setup.shim ? boot_variables(disk_shim, "")
                                     : boot_variables(disk_kernel, with_initramfs(command_line));
        variables.insert(variables.end(), boot.begin(), boot.end());
    }
    write_variable_store(arch_.firmware->variables, variables, guest.firmware->variables);

    std::filesystem::create_directories(guest.firmware->disk);
    add_to_disk(setup, guest, guest.kernel, disk_kernel);
    if (setup.shim) {
        add_to_disk(setup, guest, efi_programs() / arch_.firmware->shim, disk_shim);
        add_to_disk(setup, guest, efi_programs() / arch_.firmware->loader,
                    arch_.firmware->loader_name);
        for (const auto& [file, text] : loader_files(command_line)) {
            std::filesystem::create_directories((guest.firmware->disk / file).parent_path());
            write_file(guest.firmware->disk / file, text);
        }
    }
}

void Workshop::add_to_disk(const FirmwareSetup& setup, const Guest& guest,
                           const std::filesystem::path& program, const std::string& name) {
    const auto result = guest.firmware->disk / name;

    if (setup.kernel_signer.empty()) {
        std::filesystem::copy_file(program, result);
        return;
    }
    SigningKit kit = signing_kit();
    kit.keys = keys_of(setup.kernel_signer);
    // What a distribution has signed keeps that signature.
    sign_by_companion(commands_, kit, "sign", setup.kernel_signer, program, result);
    // The log of that is not for the guest.
    std::filesystem::rename(result.string() + ".log", guest.directory / (name + "-signing.log"));
}

}  // namespace kxk::lab
