// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/cpio.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "common/text_file.h"
#include "host/failure.h"

namespace kxk::lab {

namespace {

constexpr std::string_view trailer = "TRAILER!!!";
constexpr std::streamoff alignment = 4;

}  // namespace

Cpio::Cpio(const std::filesystem::path& path)
    : path_(path), out_(path, std::ios::binary | std::ios::trunc) {
    if (!out_) {
        throw Failure(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
    }
}

void Cpio::add_file(const std::string& path, std::string_view contents, bool executable) {
    add_parents(path);
    add(path, S_IFREG | (executable ? 0755U : 0644U), contents);
}

void Cpio::add_copy(const std::string& path, const std::filesystem::path& source, bool executable) {
    add_file(path, read_file(source), executable);
}

void Cpio::add_directory(const std::string& path) {
    if (!path.empty() && directories_.insert(path).second) {
        add_parents(path);
        add(path, S_IFDIR | 0755U, {});
    }
}

void Cpio::add_link(const std::string& path, const std::string& target) {
    add_parents(path);
    add(path, S_IFLNK | 0777U, target);
}

void Cpio::add_character_device(const std::string& path, unsigned major, unsigned minor) {
    add_parents(path);
    add(path, S_IFCHR | 0600U, {}, major, minor);
}

void Cpio::finish() {
    add(std::string(trailer), 0, {});
    out_.flush();
    if (!out_) {
        throw Failure(fmt::format("cannot write {}: {}; is there room on the disk?", path_.string(),
                                  std::strerror(errno)));
    }
}

void Cpio::add_parents(const std::string& path) {
    if (const auto slash = path.rfind('/'); slash != std::string::npos) {
        add_directory(path.substr(0, slash));
    }
}

void Cpio::add(const std::string& path, unsigned mode, std::string_view contents, unsigned major,
               unsigned minor) {
    constexpr unsigned owner = 0;
    constexpr unsigned links = 1;
    constexpr unsigned time = 0;
    constexpr unsigned device = 0;
    constexpr unsigned checksum = 0;
    const std::string header = fmt::format(
        "070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}",
        next_inode_++, mode, owner, owner, links, time, contents.size(), device, device, major,
        minor, path.size() + 1, checksum);

    out_ << header << path << '\0';
    pad();
    out_ << contents;
    pad();
}

void Cpio::pad() {
    while (out_ && out_.tellp() % alignment != 0) {
        out_.put('\0');
    }
}

}  // namespace kxk::lab
