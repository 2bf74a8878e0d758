// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The running Linux system. */
#pragma once

#include <sys/types.h>

#include <functional>

#include "host/system.h"

struct kexec_keyrings_verify;

namespace kxk::host {

/** Reads like read(2): a count, or -1 and errno. */
using ReadFunction = std::function<ssize_t(char* buffer, std::size_t size)>;

/**
 * Reads records of /dev/kmsg until there is none: one per call, EAGAIN at the end. EPIPE says that
 * the next record was overwritten before it was read; the ones after it are read.
 */
[[nodiscard]] std::vector<std::string> drain_kernel_log(const ReadFunction& read);

/** What the module's device answered, in our terms. */
[[nodiscard]] ImageVerdict read_answer(const kexec_keyrings_verify& answer);

/** System calls, libkmod, libkeyutils, zlib. */
class LinuxSystem final : public System {
  public:
    [[nodiscard]] KernelName kernel_name() const override;
    [[nodiscard]] bool may_load_modules() const override;
    void give_up_privileges() override;
    [[nodiscard]] bool may_load_kernels() const override;
    [[nodiscard]] Result<std::string> read_file(const std::string& path) const override;
    [[nodiscard]] Result<std::shared_ptr<const FileContent>> map_file(
        const std::string& path) const override;
    [[nodiscard]] std::optional<bool> has_attribute(const std::string& path,
                                                    const std::string& name) const override;
    [[nodiscard]] Result<std::string> read_descriptor(int number) const override;
    [[nodiscard]] Result<std::unique_ptr<Stream>> open_stream(const std::string& path) override;
    [[nodiscard]] std::unique_ptr<HeldSignals> hold_signals() override;
    [[nodiscard]] int process_id() const override;
    [[nodiscard]] int make_directory(const std::string& path) override;
    [[nodiscard]] int remove_directory(const std::string& path) override;
    [[nodiscard]] int write_to_kernel(const std::string& path, const std::string& text) override;
    [[nodiscard]] int replace_file(const std::string& path, const std::string& content) override;
    [[nodiscard]] Result<std::string> filter(const std::vector<std::string>& command,
                                             const std::string& input) override;
    [[nodiscard]] std::optional<std::string> environment(const std::string& name) const override;
    [[nodiscard]] Result<std::string> ask_secret(const std::string& prompt) override;
    [[nodiscard]] std::int64_t now() const override;
    [[nodiscard]] Result<std::vector<std::string>> list_directory(
        const std::string& path) const override;
    [[nodiscard]] Result<std::vector<KeyEntry>> read_keyring(std::int32_t serial) const override;
    [[nodiscard]] std::unique_ptr<KernelLog> open_kernel_log() const override;
    [[nodiscard]] InsertResult insert_module(const InsertRequest& request) override;
    [[nodiscard]] int become(const std::vector<std::string>& command) override;
    [[nodiscard]] int remove_module(const std::string& name) override;
    [[nodiscard]] VerifyResult verify_image(const std::string& path) override;
    [[nodiscard]] LoadTrial try_kernel(const std::string& path) override;
    [[nodiscard]] int ask_kexec_load() override;
    [[nodiscard]] Result<std::unique_ptr<NamelessFile>> make_nameless_file(
        std::string_view content) override;
};

}  // namespace kxk::host
