// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/device.h"

#include <fcntl.h>
#include <linux/kexec_keyrings.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "common/descriptor.h"
#include "common/text_file.h"
#include "guest/modules.h"

namespace kxk::lab {

namespace {

Descriptor open_or_throw(const std::string& path, int flags) {
    Descriptor file(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK));

    if (!file) {
        throw_errno(path);
    }
    return file;
}

}  // namespace

void ask_device(const AskDevice& question, StepResult& result) {
    const Descriptor device = open_or_throw(device_path, O_RDONLY);
    Descriptor file = question.file.empty()
                          ? Descriptor()
                          : open_or_throw(question.file, question.write_only ? O_WRONLY : O_RDONLY);
    const Descriptor writer =
        question.written ? open_or_throw(question.file, O_RDWR) : Descriptor();
    kexec_keyrings_verify verify{};
    std::vector<unsigned char> buffer(sizeof(verify) +
                                      static_cast<std::size_t>(std::max(question.more_bytes, 0)));

    verify.size =
        static_cast<std::uint32_t>(static_cast<int>(sizeof(verify)) + question.more_bytes);
    verify.flags = question.flags;
    verify.fd = file.get();
    std::memcpy(buffer.data(), &verify, sizeof(verify));
    if (question.closed) {
        file.reset();
    }
    if (question.more_bytes > 0) {
        buffer.back() = static_cast<unsigned char>(question.last_byte);
    }
    if (::ioctl(device.get(), KEXEC_KEYRINGS_VERIFY + question.command,
                question.nowhere ? nullptr : buffer.data()) < 0) {
        result.error = errno;
        return;
    }
    std::memcpy(&verify, buffer.data(), sizeof(verify));
    result.values["error"] = std::to_string(verify.error);
    result.values["known"] = std::to_string(verify.known);
    result.values["count"] = std::to_string(verify.count);
    result.values["size"] = std::to_string(verify.size);
}

std::optional<int> ask_device_about(const std::string& file) {
    const Descriptor device(::open(device_path, O_RDONLY | O_CLOEXEC));

    if (!device) {
        return std::nullopt;
    }
    return ask_device_by(device.get(), open_or_throw(file, O_RDONLY).get());
}

int ask_device_by(int device, int file) {
    kexec_keyrings_verify verify{};

    verify.size = sizeof(verify);
    verify.fd = file;
    return ::ioctl(device, KEXEC_KEYRINGS_VERIFY, &verify) < 0 ? -errno : verify.error;
}

int remove_module_while_open(const std::string& name) {
    const Descriptor device = open_or_throw(device_path, O_RDONLY);

    return remove_module(name);
}

}  // namespace kxk::lab
