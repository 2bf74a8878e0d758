// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/userland.h"

#include <fmt/format.h>

#include <sstream>

#include "host/failure.h"

namespace kxk::lab {

namespace {

/** What stands in brackets behind the last colon of a line of readelf. */
std::string bracketed(const std::string& line) {
    const auto open = line.rfind(": ");
    const auto close = line.rfind(']');

    if (open == std::string::npos || close == std::string::npos || close < open) {
        return {};
    }
    const std::string word = line.substr(open + 2, close - open - 2);
    return word.front() == '[' ? word.substr(1) : word;
}

}  // namespace

void Userland::add_program(Cpio& cpio, const std::string& name) {
    add_program_file(cpio, find(name, {"bin", "sbin", "usr/bin", "usr/sbin"}));
}

void Userland::add_program_file(Cpio& cpio, const std::filesystem::path& program) {
    cpio.add_copy("bin/" + program.filename().string(), program, true);
    add_needs(cpio, program);
}

void Userland::add_needs(Cpio& cpio, const std::filesystem::path& file) {
    std::istringstream lines(
        commands_.ask("reading " + file.string(), {"readelf", "-W", "-l", "-d", file.string()}));

    for (std::string line; std::getline(lines, line);) {
        if (line.find("(NEEDED)") != std::string::npos) {
            add_library(cpio, bracketed(line));
        } else if (line.find("[Requesting program interpreter:") != std::string::npos) {
            // An absolute path that the kernel looks at: all of lib* is one directory here.
            const std::filesystem::path interpreter(bracketed(line));

            if (libraries_.insert(interpreter.filename()).second) {
                cpio.add_copy("lib/" + interpreter.filename().string(),
                              find(interpreter.filename(),
                                   {"lib", "lib64", "lib/" + triplet_, "usr/lib/" + triplet_}),
                              true);
            }
        }
    }
}

void Userland::add_library(Cpio& cpio, const std::string& name) {
    if (libraries_.insert(name).second) {
        const auto path = find(name, {"lib/" + triplet_, "usr/lib/" + triplet_, "lib", "usr/lib"});

        cpio.add_copy("lib/" + name, path, true);
        add_needs(cpio, path);
    }
}

std::filesystem::path Userland::find(const std::string& what,
                                     const std::vector<std::string>& directories) const {
    for (const std::string& directory : directories) {
        auto path = sysroot_ / directory / what;

        if (std::filesystem::exists(path)) {
            return path;
        }
        // Links in a sysroot may be absolute, and then lead out of it.
        if (std::filesystem::is_symlink(path)) {
            auto inside = sysroot_ / std::filesystem::read_symlink(path).relative_path();

            if (std::filesystem::exists(inside)) {
                return inside;
            }
        }
    }
    throw Failure(fmt::format("there is no {} in {}; remove that directory to have it made again",
                              what, sysroot_.string()));
}

}  // namespace kxk::lab
