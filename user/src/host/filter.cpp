// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Input and output are files in memory, not pipes: neither program ever waits for the other to
 * read, and nobody gets a SIGPIPE.
 */
#include "host/filter.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "host/file_descriptor.h"

namespace kxk::host {
namespace {

FileDescriptor memory_file(const char* name) {
    return FileDescriptor(::memfd_create(name, MFD_CLOEXEC));
}

int write_all(int file, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const auto count =
            ::pwrite(file, text.data() + done, text.size() - done, static_cast<off_t>(done));
        if (count < 0)
            return errno;
        done += static_cast<std::size_t>(count);
    }
    return 0;
}

Result<std::string> read_all(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0)
        return Errno{errno};
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t done = 0; done < text.size();) {
        const auto count = ::pread(file, &text[done], text.size() - done, static_cast<off_t>(done));
        if (count < 0)
            return Errno{errno};
        if (count == 0)
            return Errno{EIO};
        done += static_cast<std::size_t>(count);
    }
    return text;
}

/* What the program does with our descriptors. */
class FileActions {
  public:
    FileActions() { ::posix_spawn_file_actions_init(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    [[nodiscard]] int pass(int ours, int theirs) {
        return ::posix_spawn_file_actions_adddup2(&actions_, ours, theirs);
    }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

int run(const std::vector<std::string>& command, int input, int output) {
    FileActions actions;
    if (const int error = actions.pass(input, STDIN_FILENO))
        return error;
    if (const int error = actions.pass(output, STDOUT_FILENO))
        return error;

    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const auto& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str()));  // NOLINT: C's idea of argv
    arguments.push_back(nullptr);

    pid_t child = 0;
    if (const int error =
            ::posix_spawnp(&child, arguments[0], actions.get(), nullptr, arguments.data(), environ))
        return error;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return errno;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EIO;
}

}  // namespace

Result<std::string> filter(const std::vector<std::string>& command, const std::string& input) {
    const auto from = memory_file("input");
    const auto to = memory_file("output");
    if (!from.is_open() || !to.is_open())
        return Errno{errno};
    if (const int error = write_all(from.get(), input))
        return Errno{error};
    if (const int error = run(command, from.get(), to.get()))
        return Errno{error};
    return read_all(to.get());
}

}  // namespace kxk::host
