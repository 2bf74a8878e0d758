// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A system made of maps, and what a command made of it. */
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <map>
#include <sstream>
#include <utility>

#include "cmd/context.h"
#include "host/system.h"
#include "trust/machine_json.h"

namespace kxk::test {

/** Records that were there when the log was opened, and those that the insertion adds. */
class FakeKernelLog final : public host::KernelLog {
  public:
    explicit FakeKernelLog(const std::vector<std::string>& records)
        : records_(records), read_(records.size()) {}

    [[nodiscard]] std::vector<std::string> read_new() override {
        std::vector<std::string> fresh(records_.begin() + static_cast<std::ptrdiff_t>(read_),
                                       records_.end());
        read_ = records_.size();
        return fresh;
    }

  private:
    const std::vector<std::string>& records_;
    std::size_t read_;
};

/** Bytes that a test has made. */
class FakeContent final : public host::FileContent {
  public:
    explicit FakeContent(std::string content, int error = 0)
        : content_(std::move(content)), error_(error) {}

    [[nodiscard]] std::string_view bytes() const override { return content_; }
    [[nodiscard]] int error() const override { return error_; }

  private:
    std::string content_;
    int error_;
};

/** Gives what a test has put there, and says that somebody wants the end when that is used up. */
class FakeStream final : public host::Stream {
  public:
    FakeStream(std::deque<host::Result<std::string>>& parts, bool& open)
        : parts_(parts), open_(open) {
        open_ = true;
    }
    FakeStream(const FakeStream&) = delete;
    FakeStream& operator=(const FakeStream&) = delete;
    ~FakeStream() override { open_ = false; }

    [[nodiscard]] host::Result<std::string> read() override {
        if (parts_.empty())
            return host::Errno{EINTR};
        auto part = parts_.front();
        parts_.pop_front();
        return part;
    }

  private:
    std::deque<host::Result<std::string>>& parts_;
    bool& open_;
};

/** Says whether signals are held. */
class FakeSignals final : public host::HeldSignals {
  public:
    explicit FakeSignals(bool& held) : held_(held) { held_ = true; }
    FakeSignals(const FakeSignals&) = delete;
    FakeSignals& operator=(const FakeSignals&) = delete;
    ~FakeSignals() override { held_ = false; }

  private:
    bool& held_;
};

/** A file without a name, under a name of the fake's. */
class FakeNamelessFile final : public host::NamelessFile {
  public:
    FakeNamelessFile(std::map<std::string, std::string>& files, std::string_view content)
        : files_(files), path_("/proc/self/fd/" + std::to_string(files.size())) {
        files_[path_] = content;
    }
    FakeNamelessFile(const FakeNamelessFile&) = delete;
    FakeNamelessFile& operator=(const FakeNamelessFile&) = delete;
    ~FakeNamelessFile() override { files_.erase(path_); }

    [[nodiscard]] std::string path() const override { return path_; }

  private:
    std::map<std::string, std::string>& files_;
    std::string path_;
};

class FakeSystem : public host::System {
  public:
    host::KernelName name{"5.10.13", "aarch64"};
    bool privileged = true;
    bool gave_up_privileges = false;
    mutable std::atomic<bool> mapped_with_privileges{false};  // a file was, before they were
    std::map<std::string, std::string> files;
    std::map<std::string, int> errors;  // errnos of files that are there and cannot be read
    std::map<std::string, std::vector<std::string>> directories;
    std::map<std::string, std::string> attributes;  // the extended one that a file has
    std::map<int, std::string> descriptors;
    std::map<std::string, std::string> variables;
    std::optional<std::string> typed;  // what somebody at the terminal says; empty: nobody is there
    std::vector<std::string> prompts;
    std::int64_t time = 1700000000;
    int write_error = 0;
    std::deque<host::Result<std::string>> stream;
    bool stream_open = false;
    bool signals_held = false;
    std::vector<std::string> kernel_writes;  // "path: text", also of those that fail
    std::map<std::int32_t, std::vector<host::KeyEntry>> keyrings;
    std::map<std::string, int> lost_while_read;  // errno of mapped files of which pages get lost
    bool log_readable = true;
    std::vector<std::string> log;

    MOCK_METHOD(host::InsertResult, insert_module, (const host::InsertRequest& request),
                (override));
    MOCK_METHOD(int, become, (const std::vector<std::string>& command), (override));
    MOCK_METHOD(int, remove_module, (const std::string& name), (override));
    MOCK_METHOD(host::Result<std::string>, filter,
                (const std::vector<std::string>& command, const std::string& input), (override));
    MOCK_METHOD(host::VerifyResult, verify_image, (const std::string& path), (override));
    MOCK_METHOD(host::LoadTrial, try_kernel, (const std::string& path), (override));
    MOCK_METHOD(int, ask_kexec_load, (), (override));

    [[nodiscard]] host::KernelName kernel_name() const override { return name; }
    [[nodiscard]] bool may_load_modules() const override { return privileged; }
    void give_up_privileges() override { gave_up_privileges = true; }
    [[nodiscard]] bool may_load_kernels() const override { return privileged; }

    [[nodiscard]] host::Result<std::string> read_file(const std::string& path) const override {
        const auto error = errors.find(path);
        if (error != errors.end())
            return host::Errno{error->second};
        return look_up(files, path);
    }

    [[nodiscard]] host::Result<std::shared_ptr<const host::FileContent>> map_file(
        const std::string& path) const override {
        if (!gave_up_privileges)
            mapped_with_privileges = true;
        if (directories.count(path) != 0)
            return host::Errno{EISDIR};
        const auto found = files.find(path);
        if (found == files.end())
            return host::Errno{ENOENT};
        const auto lost = lost_while_read.find(path);
        return std::shared_ptr<const host::FileContent>(std::make_shared<FakeContent>(
            found->second, lost == lost_while_read.end() ? 0 : lost->second));
    }

    [[nodiscard]] host::Result<std::unique_ptr<host::NamelessFile>> make_nameless_file(
        std::string_view content) override {
        return std::unique_ptr<host::NamelessFile>(
            std::make_unique<FakeNamelessFile>(files, content));
    }

    [[nodiscard]] std::optional<bool> has_attribute(const std::string& path,
                                                    const std::string& attribute) const override {
        const auto found = attributes.find(path);
        if (files.count(path) == 0)
            return std::nullopt;
        return found != attributes.end() && found->second == attribute;
    }

    [[nodiscard]] host::Result<std::string> read_descriptor(int number) const override {
        const auto found = descriptors.find(number);
        if (found == descriptors.end())
            return host::Errno{EBADF};
        return found->second;
    }

    [[nodiscard]] host::Result<std::unique_ptr<host::Stream>> open_stream(
        const std::string& path) override {
        const auto error = errors.find(path);
        if (error != errors.end())
            return host::Errno{error->second};
        return std::unique_ptr<host::Stream>(std::make_unique<FakeStream>(stream, stream_open));
    }

    [[nodiscard]] std::unique_ptr<host::HeldSignals> hold_signals() override {
        return std::make_unique<FakeSignals>(signals_held);
    }

    [[nodiscard]] int process_id() const override { return 4711; }

    [[nodiscard]] int make_directory(const std::string& path) override {
        const auto error = errors.find(path);
        if (error != errors.end())
            return error->second;
        return directories.emplace(path, std::vector<std::string>{}).second ? 0 : EEXIST;
    }

    [[nodiscard]] int remove_directory(const std::string& path) override {
        // Of tracefs: an instance that is read from is busy.
        if (stream_open)
            return EBUSY;
        return directories.erase(path) == 1 ? 0 : ENOENT;
    }

    [[nodiscard]] int write_to_kernel(const std::string& path, const std::string& text) override {
        kernel_writes.push_back(path + ": " + text);
        const auto error = errors.find(path);
        if (error != errors.end())
            return error->second;
        files[path] = text + "\n";
        return 0;
    }

    [[nodiscard]] int replace_file(const std::string& path, const std::string& content) override {
        if (write_error == 0)
            files[path] = content;
        return write_error;
    }

    [[nodiscard]] std::optional<std::string> environment(
        const std::string& variable) const override {
        const auto found = variables.find(variable);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    }

    [[nodiscard]] host::Result<std::string> ask_secret(const std::string& prompt) override {
        prompts.push_back(prompt);
        if (!typed)
            return host::Errno{ENOTTY};
        return *typed;
    }

    [[nodiscard]] std::int64_t now() const override { return time; }

    [[nodiscard]] host::Result<std::vector<std::string>> list_directory(
        const std::string& path) const override {
        const auto error = errors.find(path);
        if (error != errors.end())
            return host::Errno{error->second};
        return look_up(directories, path);
    }

    [[nodiscard]] host::Result<std::vector<host::KeyEntry>> read_keyring(
        std::int32_t serial) const override {
        return look_up(keyrings, serial);
    }

    [[nodiscard]] std::unique_ptr<host::KernelLog> open_kernel_log() const override {
        return log_readable ? std::make_unique<FakeKernelLog>(log) : nullptr;
    }

    /** An arm64 in lockdown with four keyrings; a test puts keys on 1 (builtin) and 3 (platform).
     */
    void show_locked_down_arm64() {
        files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n";
        directories["/sys/kernel/security"] = {"lockdown"};
        files["/proc/config.gz"] =
            "CONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_SIG=y\nCONFIG_KEXEC_IMAGE_VERIFY_SIG=y\n"
            "CONFIG_INTEGRITY_PLATFORM_KEYRING=y\n";
        files["/proc/keys"] =
            "00000001 I------ 1 perm 1f0b0000 0 0 keyring .builtin_trusted_keys: 1\n"
            "00000002 I------ 1 perm 1f0b0000 0 0 keyring .secondary_trusted_keys: 1\n"
            "00000003 I------ 1 perm 1f0b0000 0 0 keyring .platform: 1\n"
            "00000004 I------ 1 perm 1f0b0000 0 0 keyring .blacklist: empty\n";
        keyrings[2] = {{"keyring", ".builtin_trusted_keys"}};
        keyrings[4] = {};
    }

    /** What the module shows once it is loaded. */
    void show_module(const std::string& mode, const std::string& native,
                     const std::string& active) {
        const std::string directory = "/sys/kernel/kexec_keyrings";
        directories["/sys/kernel"] = {"kexec_keyrings", "security"};
        directories[directory + "/stats"] = {"accepted", "enokey"};
        files[directory + "/version"] = "0.1.0\n";
        files[directory + "/mode"] = mode + "\n";
        files[directory + "/arch"] = "arm64\n";
        files[directory + "/engine"] = mode == "observe" ? "none\n" : "ftrace\n";
        files[directory + "/target"] = "image_verify_sig\n";
        files[directory + "/native_policy"] = native + "\n";
        files[directory + "/active_policy"] = active + "\n";
        files[directory + "/stats/accepted"] = "3\n";
        files[directory + "/stats/enokey"] = "0\n";
    }

    /** Adds a record to the log, as the kernel itself does. */
    void log_from_kernel(const std::string& text) { log.push_back("3,100,5000,-;" + text + "\n"); }

  private:
    template <typename Key, typename Value>
    static host::Result<Value> look_up(const std::map<Key, Value>& map, const Key& key) {
        const auto found = map.find(key);
        if (found == map.end())
            return host::Errno{ENOENT};
        return found->second;
    }
};

/** What a run of the program gave. */
struct Outcome {
    cmd::Exit exit;
    std::string out;
    std::string err;

    [[nodiscard]] trust::Json json() const { return trust::Json::parse(out); }
};

/** Runs the program as from a shell. */
inline Outcome run(host::System& system, std::vector<const char*> arguments) {
    std::ostringstream out;
    std::ostringstream err;
    cmd::Context context{system, out, err, false};
    arguments.insert(arguments.begin(), "kexec-keyrings");
    const auto exit = cmd::run(static_cast<int>(arguments.size()), arguments.data(), context);
    return {exit, out.str(), err.str()};
}

}  // namespace kxk::test
