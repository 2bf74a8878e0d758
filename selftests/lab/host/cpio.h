// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Archives that the kernel unpacks into its initramfs (format "newc"). */
#pragma once

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

namespace kxk::lab {

/** Writer of an archive; several of them, one after the other, make one initramfs. */
class Cpio {
  public:
    /** Throws Failure when the file cannot be written; so does everything else here. */
    explicit Cpio(const std::filesystem::path& path);

    /** Adds a file. Here and below: no leading slash; directories above are made. */
    void add_file(const std::string& path, std::string_view contents, bool executable = false);

    /** The same with the contents of a file of this machine. */
    void add_copy(const std::string& path, const std::filesystem::path& source,
                  bool executable = false);

    /** Adds a directory, unless the archive has it. */
    void add_directory(const std::string& path);

    /** Adds a symbolic link. @param target as it is to be read, whether it is there or not */
    void add_link(const std::string& path, const std::string& target);

    /** Adds a device node, which nobody but root may open. */
    void add_character_device(const std::string& path, unsigned major, unsigned minor);

    /** To be called last. */
    void finish();

  private:
    void add(const std::string& path, unsigned mode, std::string_view contents, unsigned major = 0,
             unsigned minor = 0);
    void add_parents(const std::string& path);
    void pad();

    std::filesystem::path path_;
    std::ofstream out_;
    std::set<std::string> directories_;
    unsigned next_inode_ = 1;
};

}  // namespace kxk::lab
