// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Makes what guests are made of, by the lab's scripts and the project's own build: kernels, keys,
 * modules, programs, images, initramfs. What is up to date is left alone.
 */
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/plan.h"
#include "host/boot.h"
#include "host/catalogue.h"
#include "host/command.h"
#include "host/conf.h"
#include "host/cpio.h"
#include "host/firmware.h"
#include "host/images.h"

namespace kxk::lab {

/** Where things are. */
struct Places {
    std::filesystem::path top;    ///< the project
    std::filesystem::path lab;    ///< selftests/lab
    std::filesystem::path build;  ///< build/lab
    std::filesystem::path cache;
};

/** The places of this build and this user. */
[[nodiscard]] Places find_places();

/** For one architecture. */
class Workshop {
  public:
    /** Throws Failure when a tool is missing that we need for this architecture. */
    Workshop(const Places& places, const Commands& commands, Arch arch);

    [[nodiscard]] const Arch& arch() const { return arch_; }

    /** Directory of a kernel in the cache, made if need be. */
    [[nodiscard]] std::filesystem::path kernel(const std::string& name);

    /** A distribution's kernel: it does not know our keys, and its drivers are modules. */
    [[nodiscard]] bool is_stock(const std::string& kernel);

    /** The kernel that images of all signers are made from, and that guests leave for. */
    void use_images_of(const std::string& kernel);

    /** The catalogue of images made from a kernel; what `plan.files` of its guests may name. */
    [[nodiscard]] const Catalogue& use_catalogue_of(const std::string& kernel);

    /** Makes the variable store of a guest, and its disk with the kernel. */
    void make_firmware(const FirmwareSetup& setup, const Guest& guest);

    /** What guests with firmware make more images from, out of the kernel of use_images_of(). */
    [[nodiscard]] const std::vector<DerivedFile>& firmware_images();

    /**
     * Writes the initramfs of a guest.
     * @param kernel  that it is for
     * @param plan    gets the drivers and further files that the guest has to make
     */
    void make_initramfs(const std::filesystem::path& path, const std::string& kernel, Plan plan);

  private:
    [[nodiscard]] std::filesystem::path sysroot();
    [[nodiscard]] std::filesystem::path companion();
    /** The companion for this machine, which signs for the guests. */
    [[nodiscard]] std::filesystem::path own_companion();
    [[nodiscard]] std::filesystem::path guest_program();
    [[nodiscard]] std::filesystem::path keys();
    /** Directory with the keys of whoever: ours, or those of firmware-keys.sh. */
    [[nodiscard]] std::filesystem::path keys_of(const std::string& who);
    /** Directory with kexec_keyrings.ko, and kxk_fixture.ko where the kernel takes our keys. */
    [[nodiscard]] std::filesystem::path modules(const std::string& kernel);
    [[nodiscard]] SigningKit signing_kit();
    void build_module(const std::string& what, const std::filesystem::path& kernel_build,
                      const std::filesystem::path& out);
    /** Everything that guests of this architecture have in common. */
    [[nodiscard]] std::filesystem::path common_archive();
    /** Modules that the verdict port needs on a kernel of a distribution; adds them to an archive.
     */
    [[nodiscard]] std::vector<std::string> add_drivers(Cpio& cpio, const std::string& kernel);
    void require_tools() const;
    void require_firmware() const;

    Places places_;
    const Commands& commands_;
    Arch arch_;
    std::filesystem::path build_;  ///< ours, in build/lab
    std::map<std::string, std::filesystem::path> kernels_;
    std::map<std::string, std::filesystem::path> modules_;
    std::filesystem::path sysroot_;
    std::filesystem::path own_companion_;
    std::filesystem::path common_archive_;
    std::string image_kernel_;
    std::vector<DerivedFile> images_;  ///< of all signers, which guests have anyway
    std::optional<Catalogue> catalogue_;
    std::vector<DerivedFile> firmware_images_;
    std::map<std::string, std::string> firmware_image_files_;  ///< their contents, by name
};

}  // namespace kxk::lab
