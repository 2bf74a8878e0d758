// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/nameless_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "host/file_descriptor.h"

namespace kxk::host {
namespace {

class OpenFile final : public NamelessFile {
  public:
    explicit OpenFile(FileDescriptor file) : file_(std::move(file)) {}

    [[nodiscard]] std::string path() const override { return path_of(file_.get()); }

    [[nodiscard]] static std::string path_of(int descriptor) {
        return fmt::format("/proc/self/fd/{}", descriptor);
    }

  private:
    FileDescriptor file_;
};

int write_all(int file, std::string_view content) {
    while (!content.empty()) {
        const auto written = ::write(file, content.data(), content.size());
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0)
            content.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

}  // namespace

Result<std::unique_ptr<NamelessFile>> make_nameless_file(std::string_view content) {
    const FileDescriptor writable(::memfd_create("kexec-keyrings", MFD_CLOEXEC));
    if (!writable.is_open())
        return Errno{errno};
    if (const int error = write_all(writable.get(), content))
        return Errno{error};
    // The kernel takes no image that somebody has open for writing.
    FileDescriptor file(::open(OpenFile::path_of(writable.get()).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open())
        return Errno{errno};
    return std::unique_ptr<NamelessFile>(std::make_unique<OpenFile>(std::move(file)));
}

}  // namespace kxk::host
