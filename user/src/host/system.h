// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * The operating system as far as kexec-keyrings needs it. LinuxSystem is the real one; unit tests
 * have a fake. Nothing outside of the implementations makes system calls.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/result.h"
#include "trust/policy.h"

namespace kxk::host {

/** What uname(2) says. */
struct KernelName {
    std::string release;
    std::string machine;
};

/** A key as a keyring lists it. */
struct KeyEntry {
    std::string type;
    std::string description;
};

/** Which module to insert, and how. */
struct InsertRequest {
    std::string name;
    std::string path;  ///< empty: by name, as modprobe(8) does
    std::string parameters;
};

/** The steps of an insertion: the one where it ended. */
enum class InsertStep { find, read, insert };

/** What became of an insertion. */
struct InsertResult {
    int error = 0;  ///< errno; 0: the module is in
    InsertStep step = InsertStep::find;
    std::optional<std::string> vermagic;  ///< the kernel that it was built for, on failure
};

/** A keyring that the kernel consulted about an image. */
struct Consultation {
    std::optional<trust::Keyring> keyring;  ///< nothing: one that this program does not know yet
    int error = 0;                          ///< errno; 0: it vouches for the image
    std::uint64_t nanoseconds = 0;
};

/** What the kernel says of an image. */
struct ImageVerdict {
    int error = 0;  ///< errno; 0: the signature is good and trusted
    std::uint64_t nanoseconds = 0;
    std::optional<std::vector<Consultation>> consulted;  ///< nothing: the kernel cannot tell
};

/** The steps of a verification: the one where it ended. */
enum class VerifyStep { device, image, verdict };

/** What became of a verification. */
struct VerifyResult {
    int error = 0;  ///< errno; 0: there is a verdict
    VerifyStep step = VerifyStep::device;
    ImageVerdict verdict;
};

/** The kernel log from the moment of its opening on. */
class KernelLog {
  public:
    KernelLog() = default;
    KernelLog(const KernelLog&) = delete;
    KernelLog& operator=(const KernelLog&) = delete;
    virtual ~KernelLog() = default;

    /** The records, in the format of /dev/kmsg, that were added since the last call. */
    [[nodiscard]] virtual std::vector<std::string> read_new() = 0;
};

/** The bytes of a file, there as long as this is. */
class FileContent {
  public:
    FileContent() = default;
    FileContent(const FileContent&) = delete;
    FileContent& operator=(const FileContent&) = delete;
    virtual ~FileContent() = default;

    [[nodiscard]] virtual std::string_view bytes() const = 0;

    /**
     * Whether all that was read of them so far was there: 0, or the errno of what was not. To be
     * asked after reading, and before anything is made of what was read.
     */
    [[nodiscard]] virtual int error() const { return 0; }
};

/** As long as it lives, SIGHUP, SIGINT, SIGPIPE and SIGTERM wait: the process can clean up. */
class HeldSignals {
  public:
    HeldSignals() = default;
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    virtual ~HeldSignals() = default;
};

/** A file that grows while it is read. */
class Stream {
  public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    /**
     * What has come since the last call; waits for it, but not for long.
     * @return EAGAIN: nothing came; EINTR: one of the signals that are held, but for SIGPIPE, has
     *         come, and is done with; an empty text: nothing will come any more
     */
    [[nodiscard]] virtual Result<std::string> read() = 0;
};

/** What became of a kernel that was loaded only to see whether it is accepted. */
struct LoadTrial {
    int error = 0;         ///< errno of the load; 0: the kernel accepted it
    int unload_error = 0;  ///< errno of unloading it again; 0: it is gone
};

/** A file without a name, with a content that nobody changes, as long as this is there. */
class NamelessFile {
  public:
    NamelessFile() = default;
    NamelessFile(const NamelessFile&) = delete;
    NamelessFile& operator=(const NamelessFile&) = delete;
    virtual ~NamelessFile() = default;

    /** Where this process, and no other, can open it. */
    [[nodiscard]] virtual std::string path() const = 0;
};

/** The running system. */
class System {
  public:
    System() = default;
    System(const System&) = delete;
    System& operator=(const System&) = delete;
    virtual ~System() = default;

    [[nodiscard]] virtual KernelName kernel_name() const = 0;

    /** Whether this process has CAP_SYS_MODULE. */
    [[nodiscard]] virtual bool may_load_modules() const = 0;

    /** Whether this process has CAP_SYS_BOOT. */
    [[nodiscard]] virtual bool may_load_kernels() const = 0;

    /**
     * Gives up, for good, what nobody needs who only reads: see host/confinement.h. Before the
     * first thread, and before files are parsed that somebody else wrote.
     */
    virtual void give_up_privileges() = 0;

    /** The content of a file, decompressed if its name ends in ".gz". */
    [[nodiscard]] virtual Result<std::string> read_file(const std::string& path) const = 0;

    /**
     * The content of a regular file as it is, of any size, without a copy of it. Several threads
     * may ask at once.
     * @return EISDIR for a directory, ENODEV for what else is no regular file
     */
    [[nodiscard]] virtual Result<std::shared_ptr<const FileContent>> map_file(
        const std::string& path) const = 0;

    /** Whether a file has an extended attribute; nothing where that cannot be told. */
    [[nodiscard]] virtual std::optional<bool> has_attribute(const std::string& path,
                                                            const std::string& name) const = 0;

    /** All that can be read from a descriptor that this process was given. */
    [[nodiscard]] virtual Result<std::string> read_descriptor(int number) const = 0;

    /** Opens a file that grows, without waiting for its first bytes. */
    [[nodiscard]] virtual Result<std::unique_ptr<Stream>> open_stream(const std::string& path) = 0;

    /** Has the signals that end a program wait. */
    [[nodiscard]] virtual std::unique_ptr<HeldSignals> hold_signals() = 0;

    /** The number of this process. */
    [[nodiscard]] virtual int process_id() const = 0;

    /** Makes a directory. @return an errno, or 0 */
    [[nodiscard]] virtual int make_directory(const std::string& path) = 0;

    /** Removes a directory, as rmdir(2) does. @return an errno, or 0 */
    [[nodiscard]] virtual int remove_directory(const std::string& path) = 0;

    /** Gives a text to a file of the kernel's, which is there. @return an errno, or 0 */
    [[nodiscard]] virtual int write_to_kernel(const std::string& path, const std::string& text) = 0;

    /** Puts content in the place of a file: see host/replace_file.h. @return an errno, or 0 */
    [[nodiscard]] virtual int replace_file(const std::string& path, const std::string& content) = 0;

    /**
     * What a program, found by PATH, makes of an input: see host/filter.h. No shell is involved.
     * @return ENOENT: there is no such program; EIO: it failed, and has said why on stderr
     */
    [[nodiscard]] virtual Result<std::string> filter(const std::vector<std::string>& command,
                                                     const std::string& input) = 0;

    /** Runs a program in place of this one. @return an errno: if it returns, there was none */
    [[nodiscard]] virtual int become(const std::vector<std::string>& command) = 0;

    /** A variable of the environment. */
    [[nodiscard]] virtual std::optional<std::string> environment(const std::string& name) const = 0;

    /** Asks whoever sits at the terminal, without an echo. ENOTTY: there is no terminal. */
    [[nodiscard]] virtual Result<std::string> ask_secret(const std::string& prompt) = 0;

    /** Seconds since 1970. */
    [[nodiscard]] virtual std::int64_t now() const = 0;

    /** The sorted names in a directory, without "." and "..". */
    [[nodiscard]] virtual Result<std::vector<std::string>> list_directory(
        const std::string& path) const = 0;

    /** What a keyring contains. */
    [[nodiscard]] virtual Result<std::vector<KeyEntry>> read_keyring(std::int32_t serial) const = 0;

    /** Opens the kernel log at its end; nothing when it cannot be read. */
    [[nodiscard]] virtual std::unique_ptr<KernelLog> open_kernel_log() const = 0;

    /** Inserts a module, by libkmod. On failure, the result says at which step and why. */
    [[nodiscard]] virtual InsertResult insert_module(const InsertRequest& request) = 0;

    /** Removes a module. @return an errno, or 0 */
    [[nodiscard]] virtual int remove_module(const std::string& name) = 0;

    /** Has the kernel judge an image, through the module's device. Nothing is loaded. */
    [[nodiscard]] virtual VerifyResult verify_image(const std::string& path) = 0;

    /**
     * Has the kernel load an image with kexec_file_load(2), and unloads it at once. Signals that
     * end the program wait meanwhile. Only where no kernel is loaded: it would be unloaded as well.
     */
    [[nodiscard]] virtual LoadTrial try_kernel(const std::string& path) = 0;

    /**
     * Asks kexec_load(2) for its permission, by a call without segments: it loads nothing, and
     * unloads what is loaded. @return an errno, or 0
     */
    [[nodiscard]] virtual int ask_kexec_load() = 0;

    /** Makes a file without a name. */
    [[nodiscard]] virtual Result<std::unique_ptr<NamelessFile>> make_nameless_file(
        std::string_view content) = 0;
};

}  // namespace kxk::host
