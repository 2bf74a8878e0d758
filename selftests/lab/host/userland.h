// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Programs of the guest, from unpacked Debian packages, with the libraries they need. */
#pragma once

#include <filesystem>
#include <string>

#include "host/command.h"
#include "host/cpio.h"

namespace kxk::lab {

/** Puts programs and libraries of a sysroot into an initramfs. */
class Userland {
  public:
    Userland(const Commands& commands, std::filesystem::path sysroot, std::string triplet)
        : commands_(commands), sysroot_(std::move(sysroot)), triplet_(std::move(triplet)) {}

    /** A program of the sysroot, found by name, goes to bin/. */
    void add_program(Cpio& cpio, const std::string& name);

    /** A program from elsewhere that was linked against the sysroot. */
    void add_program_file(Cpio& cpio, const std::filesystem::path& program);

    /** A library that programs load by its name. */
    void add_library(Cpio& cpio, const std::string& name);

  private:
    void add_needs(Cpio& cpio, const std::filesystem::path& file);
    [[nodiscard]] std::filesystem::path find(const std::string& what,
                                             const std::vector<std::string>& directories) const;

    const Commands& commands_;
    std::filesystem::path sysroot_;
    std::string triplet_;
    std::set<std::string> libraries_;
};

}  // namespace kxk::lab
