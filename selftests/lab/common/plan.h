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
    bool closed = false;      ///< it is closed again before the question
    unsigned command = 0;     ///< added to the number of the ioctl
    std::uint32_t flags = 0;
    int more_bytes = 0;      ///< the structure is that much larger than it should be
    unsigned last_byte = 0;  ///< the value at the end of a larger structure
    bool nowhere = false;    ///< there is no structure
};

/** Many tasks that ask the module's device at once, each about one of the files. */
struct AskTogether {
    std::vector<std::string> files;
    int askers = 0;
};

/** A question to the device about a file that is so large that reading it takes a while. */
struct DisturbDevice {
    std::string file;
    std::string how;    ///< what happens meanwhile: see guest/device_tasks.h
    std::string other;  ///< an image that another task asks about meanwhile
};

/** Asks the device about images that a Mutator makes; the answers are the step's output. */
struct FuzzDevice {
    bool appended = false;           ///< the images' form: appended, or PE
    std::vector<std::string> bases;  ///< files
    std::uint64_t seed = 0;
    std::uint64_t first = 0;  ///< number of an image
    unsigned count = 0;       ///< of images
};

/** Tries to unload the module while its device is open. */
struct UnloadWhileOpen {
    std::string module;
};

/**
 * Loads and unloads the module again and again, while others have images verified without pause.
 * See stress_module().
 */
struct Stress {
    std::string module;      ///< its file
    std::string name;        ///< in the kernel
    std::string parameters;  ///< a device included, for those who ask it
    std::vector<std::string> images;
    int cycles = 0;
    int seconds = 0;  ///< no cycle begins later; 0: however long it takes
    int callers = 0;  ///< tasks that call kexec_file_load(2)
    int askers = 0;   ///< tasks that ask the device
};

/**
 * Lets a step of the module's life fail at each point where it can, one after the other.
 * See inject_faults().
 */
struct InjectFaults {
    std::string operation;  ///< load, verify, ask or unload
    std::string function;   ///< whose calls fail, by the fixture; empty: allocations do
    std::string module;     ///< its file
    std::string name;       ///< in the kernel
    std::string parameters;
    std::string image;     ///< that only the module has accepted
    std::string stranger;  ///< that nobody vouches for
    int stride = 1;        ///< from one point to the next that is tried
};

/** Opens events of perf on every processor, which stay open until ClosePerf. */
struct OpenPerf {
    std::vector<std::string> functions;  ///< calls and returns of each are events
    std::string program;                 ///< of BPF, on each of these: empty, "count" or "drop"
    int sample_microseconds = 0;  ///< of the clock, from one sample of the stacks to the next
};

/** Closes them. See close_perf(). */
struct ClosePerf {
    std::string module;  ///< in whose functions stacks are looked for
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
                 InFlightUnload, AskDevice, AskTogether, DisturbDevice, FuzzDevice, UnloadWhileOpen,
                 Stress, InjectFaults, OpenPerf, ClosePerf, ListKeys, Shell, KexecExec>;

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
