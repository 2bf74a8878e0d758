// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/program.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "common/descriptor.h"
#include "common/text_file.h"

namespace kxk::lab {

namespace {

using Clock = std::chrono::steady_clock;

/** Enough for all that the companion tells of keyrings, shim's list of revocations included. */
constexpr std::size_t kept_output = std::size_t{256} << 10U;

struct Pipe {
    Descriptor in;
    Descriptor out;

    Pipe() {
        std::array<int, 2> ends{};

        if (::pipe2(ends.data(), O_CLOEXEC) < 0) {
            throw_errno("pipe");
        }
        in = Descriptor(ends[0]);
        out = Descriptor(ends[1]);
    }
};

[[noreturn]] void become(const std::vector<std::string>& argv) {
    std::vector<char*> arguments;

    arguments.reserve(argv.size() + 1);
    for (const std::string& argument : argv) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(errno == ENOENT ? 127 : 126);
}

/** Whoever is not root keeps nothing of root's. */
void become_user(unsigned uid) {
    if (uid != 0 && (::setgroups(0, nullptr) < 0 || ::setresgid(uid, uid, uid) < 0 ||
                     ::setresuid(uid, uid, uid) < 0)) {
        ::_exit(126);
    }
}

/** Takes what there is to read; closes the end at the end. */
void drain(Descriptor& from, std::string& to) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());

    if (count > 0 && to.size() < kept_output) {
        to.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || (count < 0 && errno != EINTR)) {
        from.reset();
    }
}

int status_of(pid_t child) {
    int status = 0;

    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

void run_program(const RunProgram& program, StepResult& result) {
    const auto deadline = Clock::now() + std::chrono::seconds(program.timeout_seconds);
    Pipe output;
    Pipe errors;
    const pid_t child = ::fork();

    if (child < 0) {
        result.error = errno;
        return;
    }
    if (child == 0) {
        ::dup2(output.out.get(), STDOUT_FILENO);
        ::dup2(errors.out.get(), STDERR_FILENO);
        become_user(program.uid);
        become(program.argv);
    }
    output.out.reset();
    errors.out.reset();

    while (output.in || errors.in) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        std::array<pollfd, 2> ready{{{output.in.get(), POLLIN, 0}, {errors.in.get(), POLLIN, 0}}};

        if (left.count() <= 0) {
            result.error = ETIMEDOUT;
            ::kill(child, SIGKILL);
            break;
        }
        ::poll(ready.data(), ready.size(), static_cast<int>(left.count()));
        if (ready[0].revents != 0) {
            drain(output.in, result.output);
        }
        if (ready[1].revents != 0) {
            drain(errors.in, result.errors);
        }
    }
    result.status = status_of(child);
}

void run_shell(const std::string& greeting, StepResult& result) {
    const pid_t child = ::fork();

    if (child < 0) {
        result.error = errno;
        return;
    }
    if (child == 0) {
        // A session with a controlling terminal, or the shell has no job control.
        const Descriptor console(::open("/dev/console", O_RDWR));

        ::setsid();
        ::ioctl(console.get(), TIOCSCTTY, 1);
        for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            ::dup2(console.get(), standard);
        }
        if (::write(STDOUT_FILENO, greeting.data(), greeting.size()) < 0) {
            ::_exit(1);
        }
        become({"/bin/sh", "-l"});
    }
    result.status = status_of(child);
}

}  // namespace kxk::lab
