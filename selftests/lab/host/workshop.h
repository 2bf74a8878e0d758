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
#include <set>
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

/** What not every guest has; see Scenario. */
struct Extras {
    bool upstreams_selftests = false;
    bool twin = false;
    bool kselftest = false;
};

/** For one architecture. */
class Workshop {
  public:
    /** Throws Failure when a tool is missing that we need for this architecture. */
    Workshop(const Places& places, const Commands& commands, Arch arch);

    [[nodiscard]] const Arch& arch() const { return arch_; }

    /** Directory of a kernel in the cache, made if need be. */
    [[nodiscard]] std::filesystem::path kernel(const std::string& name);

    /**
     * A kernel that was built elsewhere, by tree.sh.
     * @param name         which scenarios call it by; none of kernels.conf
     * @param with_module  its guests have the module; otherwise that is not even compiled
     */
    void use_tree(const std::string& name, const std::filesystem::path& directory,
                  bool with_module);

    /** Builds the modules for a kernel; throws CommandFailure when they do not. */
    void make_modules(const std::string& kernel) { static_cast<void>(modules(kernel)); }

    /** Compiles the module against a kernel of use_tree(); throws CommandFailure. */
    void compile_module(const std::string& name);

    /**
     * A kernel to boot, with a certificate inserted into the room that its build has reserved.
     * @param inserted  whose; empty: as it was built. Of the lab's architectures, arm64 alone has
     *                  an image that is its vmlinux and no more.
     */
    [[nodiscard]] std::filesystem::path kernel_image(const std::string& name,
                                                     const std::string& inserted);

    /** A distribution's kernel: it does not know our keys, and its drivers are modules. */
    [[nodiscard]] bool is_stock(const std::string& kernel);

    /** The kernel that images of all signers are made from, and that guests leave for. */
    void use_images_of(const std::string& kernel);

    /** The catalogue of images made from a kernel; what `plan.files` of its guests may name. */
    [[nodiscard]] const Catalogue& use_catalogue_of(const std::string& kernel);

    /** Guests have the kernel that images are made from, and no images of it. */
    void use_no_images_of(const std::string& kernel);

    /** Signs in this architecture's way, by the lab's keys. */
    [[nodiscard]] Signer signer();

    /** Makes the variable store of a guest, and its disk with the kernel. */
    void make_firmware(const FirmwareSetup& setup, const Guest& guest);

    /** What guests with firmware make more images from, out of the kernel of use_images_of(). */
    [[nodiscard]] const std::vector<DerivedFile>& firmware_images();

    /**
     * Writes the initramfs of a guest.
     * @param kernel  that it is for
     * @param plan    gets the drivers and further files that the guest has to make
     */
    void make_initramfs(const std::filesystem::path& path, const std::string& kernel, Plan plan,
                        const Extras& extras);

  private:
    /** Puts an EFI program on a guest's disk, signed as its owner likes. */
    void add_to_disk(const FirmwareSetup& setup, const Guest& guest,
                     const std::filesystem::path& program, const std::string& name);
    [[nodiscard]] std::filesystem::path sysroot();
    /** Packages with shim and the boot loader, unpacked. */
    [[nodiscard]] std::filesystem::path efi_programs();
    [[nodiscard]] std::filesystem::path companion();
    /** The companion for this machine, which signs for the guests. */
    [[nodiscard]] std::filesystem::path own_companion();
    [[nodiscard]] std::filesystem::path guest_program();
    [[nodiscard]] std::filesystem::path keys();
    /** Directory with the keys of whoever: ours, or those of firmware-keys.sh. */
    [[nodiscard]] std::filesystem::path keys_of(const std::string& who);
    /**
     * Directory with kexec_keyrings.ko, and kxk_fixture.ko where the kernel takes our keys; of a
     * tree without the module, with the latter only.
     */
    [[nodiscard]] std::filesystem::path modules(const std::string& kernel);
    /** The module by another name: the same sources, which Kbuild is told to call so. */
    [[nodiscard]] std::filesystem::path twin(const std::string& kernel);
    [[nodiscard]] SigningKit signing_kit();
    /** @param more  arguments for make */
    void build_module(const std::string& what, const std::filesystem::path& kernel_build,
                      const std::filesystem::path& out, const std::vector<std::string>& more = {});
    /** Where modules for a kernel are built. */
    [[nodiscard]] std::filesystem::path module_build(const std::string& name) const;
    /** @param kind_of_usual  what the file is called by that guests load if they want no other */
    static void add_module(Cpio& cpio, const std::filesystem::path& built,
                           const std::string& kind_of_usual);
    /** Everything that guests of this architecture have in common. */
    [[nodiscard]] std::filesystem::path common_archive();
    /** Modules that the verdict port needs on a kernel of a distribution; adds them to an archive.
     */
    [[nodiscard]] std::vector<std::string> add_drivers(Cpio& cpio, const std::string& kernel);
    /** The selftests for kexec in the source of a kernel, and the programs that they run. */
    void add_upstreams_selftests(Cpio& cpio, const std::string& kernel);
    /** Our own, and what runs them: of the source of that kernel. And private keys to sign with. */
    void add_kselftest(Cpio& cpio, const std::string& kernel);
    void require_tools() const;
    void require_firmware() const;

    Places places_;
    const Commands& commands_;
    Arch arch_;
    std::filesystem::path build_;  ///< ours, in build/lab
    std::map<std::string, std::filesystem::path> kernels_;
    std::map<std::string, std::filesystem::path> modules_;
    std::set<std::string> without_module_;  ///< kernels
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
