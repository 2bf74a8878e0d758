// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * What a guest is asked to do: the plan that the host puts into its initramfs as plan_path.
 */
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

namespace kxk::lab {

/** Where the guest finds its plan. */
inline constexpr const char* plan_path = "/lab/plan.json";

/** Name of the virtio-serial port by which verdicts leave the guest. */
inline constexpr const char* port_name = "kxk";

/** On the command line of a kernel that was booted by kexec; the rest of the word is a marker. */
inline constexpr const char* second_kernel_option = "kxk.second=";

/** Bytes that replace those of a base file. */
struct Patch {
    std::uint64_t offset = 0;
    std::string bytes;
};

/**
 * A file described by what differs from another one. The signed copies of a kernel image differ
 * in a few bytes, and whole copies would make the initramfs too large.
 */
struct DerivedFile {
    std::string path;
    std::string base;
    std::uint64_t size = 0;
    std::vector<Patch> patches;
};

/** Adds a certificate (DER) to a keyring, which is named as in /proc/keys. */
struct AddKey {
    std::string file;
    std::string keyring;
};

/** finit_module(2). */
struct Insmod {
    std::string file;
    std::string parameters;
};

/** delete_module(2), without waiting. */
struct Rmmod {
    std::string module;
};

/** Runs a program to its end. */
struct RunProgram {
    std::vector<std::string> argv;
    int timeout_seconds = 60;
    unsigned uid = 0;  ///< who runs it; nobody but 0 has capabilities
};

/** kexec_file_load(2); a kernel that it accepts is unloaded again. */
struct LoadImage {
    std::string image;
};

/** Reads a file. */
struct ReadFile {
    std::string path;
};

/** Reads every file below a directory. */
struct ReadTree {
    std::string path;
};

/** Writes a file. */
struct WriteFile {
    std::string path;
    std::string text;
};

/** Tries to unload a module while an image is being verified on its watch. */
struct InFlightUnload {
    std::string image;
    std::string module;
};

/** A question to the module's device by the bare ioctl: any part of it may be wrong. */
struct AskDevice {
    std::string file;         ///< empty: no descriptor
    bool write_only = false;  ///< how it is opened
    bool written = false;     ///< somebody has it open for writing meanwhile
    unsigned command = 0;     ///< added to the number of the ioctl
    std::uint32_t flags = 0;
    int more_bytes = 0;      ///< the structure is that much larger than it should be
    unsigned last_byte = 0;  ///< the value at the end of a larger structure
    bool nowhere = false;    ///< there is no structure
};

/** Tries to unload the module while its device is open. */
struct UnloadWhileOpen {
    std::string module;
};

/** Descriptions of the keys on a keyring. */
struct ListKeys {
    std::string keyring;
};

/** An interactive shell on the console. */
struct Shell {
    std::string greeting;
};

/** kexec -e: the last step of a plan, since it does not return. */
struct KexecExec {
    std::vector<std::string> argv;
};

using Action =
    std::variant<AddKey, Insmod, Rmmod, RunProgram, LoadImage, ReadFile, ReadTree, WriteFile,
                 InFlightUnload, AskDevice, UnloadWhileOpen, ListKeys, Shell, KexecExec>;

/** One thing to do. */
struct Step {
    std::string id;
    Action action;
    bool required = false;  ///< when it fails, the rest of the plan makes no sense
};

/** All that a guest is asked to do. */
struct Plan {
    std::vector<std::string> drivers;  ///< modules that the verdict port needs, in order
    std::vector<DerivedFile> files;    ///< made before the first step
    std::vector<Step> steps;
};

void to_json(nlohmann::json& json, const DerivedFile& file);
void from_json(const nlohmann::json& json, DerivedFile& file);
void to_json(nlohmann::json& json, const Plan& plan);
/** Throws nlohmann::json::exception, or std::invalid_argument for an unknown kind of step. */
void from_json(const nlohmann::json& json, Plan& plan);

}  // namespace kxk::lab
