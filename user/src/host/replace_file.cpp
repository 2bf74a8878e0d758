// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "host/file_descriptor.h"
#include "host/signals_held.h"

namespace kxk::host {
namespace {

/* A file that is removed unless it got its final name. */
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& directory)
        : name_(directory + "/.kexec-keyrings-XXXXXX"),
          file_(::mkostemp(name_.data(), O_CLOEXEC)),
          error_(file_.is_open() ? 0 : errno) {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (file_.is_open() && !renamed_)
            ::unlink(name_.c_str());
    }

    [[nodiscard]] int error() const { return error_; }

    [[nodiscard]] int write(std::string_view content) const {
        while (!content.empty()) {
            const auto count = ::write(file_.get(), content.data(), content.size());
            if (count < 0 && errno != EINTR)
                return errno;
            if (count > 0)
                content.remove_prefix(static_cast<std::size_t>(count));
        }
        return 0;
    }

    /* Makes it belong to whom the old file belongs, or like any new file. */
    [[nodiscard]] int take_after(const std::optional<struct stat>& old) const {
        if (!old) {
            const auto mask = ::umask(0);
            ::umask(mask);
            return ::fchmod(file_.get(), 0666U & ~mask) == 0 ? 0 : errno;
        }
        if ((old->st_uid != ::geteuid() || old->st_gid != ::getegid()) &&
            ::fchown(file_.get(), old->st_uid, old->st_gid) != 0)
            return errno;
        return ::fchmod(file_.get(), old->st_mode & 07777U) == 0 ? 0 : errno;
    }

    [[nodiscard]] int sync() const { return ::fsync(file_.get()) == 0 ? 0 : errno; }

    [[nodiscard]] int rename_to(const std::string& path) {
        renamed_ = ::rename(name_.c_str(), path.c_str()) == 0;
        return renamed_ ? 0 : errno;
    }

  private:
    std::string name_;
    FileDescriptor file_;
    int error_;
    bool renamed_ = false;
};

/* Where a path leads to; the path itself when there is nothing yet. */
std::string resolve(const std::string& path) {
    std::array<char, PATH_MAX> resolved{};
    return ::realpath(path.c_str(), resolved.data()) == nullptr ? path : resolved.data();
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

/* So that the renaming outlives a loss of power. Not all file systems can: no reason to fail. */
void sync_directory(const std::string& path) {
    const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.is_open())
        ::fsync(directory.get());
}

}  // namespace

int replace_file(const std::string& path, std::string_view content) {
    const auto target = resolve(path);
    std::optional<struct stat> old;
    struct stat found {};
    if (::stat(target.c_str(), &found) == 0) {
        if (S_ISDIR(found.st_mode))
            return EISDIR;
        if (!S_ISREG(found.st_mode))
            return EINVAL;
        old = found;
    } else if (errno != ENOENT) {
        return errno;
    }

    const SignalsHeld held;
    TemporaryFile temporary(directory_of(target));
    if (temporary.error() != 0)
        return temporary.error();
    if (const int error = temporary.write(content))
        return error;
    if (const int error = temporary.take_after(old))
        return error;
    if (const int error = temporary.sync())
        return error;
    if (SignalsHeld::any())
        return EINTR;
    if (const int error = temporary.rename_to(target))
        return error;
    sync_directory(directory_of(target));
    return 0;
}

}  // namespace kxk::host
