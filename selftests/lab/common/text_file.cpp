// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "common/descriptor.h"

namespace kxk::lab {

void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::string read_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 65536> buffer{};
    std::string contents;

    if (!file) {
        throw_errno(path);
    }
    for (;;) {
        const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());

        if (count < 0) {
            throw_errno(path);
        }
        if (count == 0) {
            return contents;
        }
        contents.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

void write_file(const std::string& path, std::string_view contents) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));

    if (!file) {
        throw_errno(path);
    }
    while (!contents.empty()) {
        const ssize_t count = ::write(file.get(), contents.data(), contents.size());

        if (count < 0) {
            throw_errno(path);
        }
        contents.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace kxk::lab
