// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The tables that the lab's scripts and programs share: arch/<arch>.conf and kernels.conf.
 */
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kxk::lab {

/** How an architecture's kernel images carry their signature. */
enum class Signature { pe, appended };

/** UEFI firmware for an architecture's machine. */
struct FirmwareFiles {
    std::filesystem::path code;       ///< flash memory that is only read
    std::filesystem::path variables;  ///< a variable store of this firmware
    std::string package;              ///< Debian package that has both
    std::vector<std::string> qemu;    ///< more arguments for QEMU
    bool kernel_on_disk = false;      ///< otherwise it takes kernels from QEMU
    std::string refusal;              ///< what its console says of a kernel that it refuses
    std::filesystem::path shim;       ///< shim, in its package
    std::filesystem::path loader;     ///< likewise, the boot loader that shim starts
    std::string loader_name;          ///< what shim takes it to be called
};

/** What the lab knows about an architecture. */
struct Arch {
    std::string name;                       ///< ours: arm64, s390x, x86_64
    std::string debian;                     ///< Debian's name
    std::string kernel;                     ///< the kernel's ARCH=
    std::string cross;                      ///< prefix of the kernel's tools, or empty
    std::string triplet;                    ///< GNU triplet
    std::vector<std::string> qemu;          ///< program, machine, processor
    std::string qemu_package;               ///< Debian package that has it
    std::vector<std::string> make_options;  ///< more arguments for the kernel's make
    std::string console;
    std::string serial_bus;  ///< device that the verdict port is on
    Signature signature = Signature::pe;
    std::string verify_sig;  ///< function that decides about an image in the lab's kernels
    std::vector<std::string> engines;       ///< redirect engines that the lab's kernels have
    std::optional<FirmwareFiles> firmware;  ///< nothing where the machine has another kind
};

/** A kernel of the lab. */
struct Kernel {
    std::string name;
    std::vector<std::string> arches;
    bool boots = false;  ///< otherwise there are headers only
};

/**
 * Reads `key=value` lines, where a value may be in double quotes; `#` begins a comment.
 * Throws std::invalid_argument, naming the line.
 */
[[nodiscard]] std::map<std::string, std::string> parse_assignments(std::string_view text);

/** Takes words apart at white space. */
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

/** Throws std::invalid_argument when a fact is missing or not understood. */
[[nodiscard]] Arch parse_arch(const std::string& name, std::string_view text);

/** Reads kernels.conf: name, architectures separated by commas, ..., kind in the last column. */
[[nodiscard]] std::vector<Kernel> parse_kernels(std::string_view text);

/** Names of the architectures that the lab knows. */
[[nodiscard]] std::vector<std::string> known_arches(const std::filesystem::path& lab);

/** Throws UsageError for an unknown name, Failure for a file that is not understood. */
[[nodiscard]] Arch read_arch(const std::filesystem::path& lab, const std::string& name);

/**
 * Throws UsageError when there is no such kernel for this architecture.
 * @param guest  it must be one that boots; of others the lab has only what modules are built with
 */
void require_kernel(const std::filesystem::path& lab, const Arch& arch, const std::string& name,
                    bool guest);

}  // namespace kxk::lab
