// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/descriptor.h"
#include "common/text_file.h"
#include "host/failure.h"
#include "host/signals.h"

namespace kxk::lab {

namespace {

/** Everything that a new process does before it is another program. */
[[noreturn]] void become(const std::vector<char*>& argv, const Streams& streams, Child::Group group,
                         pid_t parent, int report) {
    const std::array<int, 3> wanted{streams.in, streams.out, streams.error};

    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent) {
        if (group == Child::Group::own) {
            ::setpgid(0, 0);
        }
        const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int i = 0; i < 3; ++i) {
            const int source = wanted[static_cast<std::size_t>(i)];
            // dup2() of a number to itself would leave it closing on exec.
            const int copy = ::fcntl(source < 0 ? nothing : source, F_DUPFD_CLOEXEC, 10);
            ::dup2(copy, i);
        }
        if (streams.kept >= 0) {
            ::fcntl(streams.kept, F_SETFD, 0);
        }
        Signals::restore();
        ::execvp(argv[0], argv.data());
    }
    const int error = errno;
    [[maybe_unused]] const ssize_t told = ::write(report, &error, sizeof(error));
    ::_exit(127);
}

}  // namespace

Child::Child(const std::vector<std::string>& argv, const Streams& streams, Group group)
    : group_(group) {
    std::vector<char*> arguments;
    std::array<int, 2> ends{};
    int error = 0;

    arguments.reserve(argv.size() + 1);
    for (const std::string& argument : argv) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) {
        throw_errno("pipe");
    }
    const Descriptor answer(ends[0]);
    Descriptor report(ends[1]);
    const pid_t parent = ::getpid();

    pid_ = ::fork();
    if (pid_ < 0) {
        throw_errno("fork");
    }
    if (pid_ == 0) {
        become(arguments, streams, group, parent, report.get());
    }
    // Wait for exec: it closes the pipe, or says why it failed.
    report.reset();
    if (::read(answer.get(), &error, sizeof(error)) == sizeof(error)) {
        ::waitpid(pid_, nullptr, 0);
        throw Failure(fmt::format("cannot run {}: {}", argv.front(), std::strerror(error)));
    }
}

Child::~Child() {
    end();
}

std::optional<int> Child::poll() {
    int status = 0;

    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return status_;
}

void Child::signal_group(int signal) const {
    ::kill(group_ == Group::own ? -pid_ : pid_, signal);
}

void Child::end() {
    constexpr int steps = 40;
    constexpr useconds_t step = 50000;

    if (!poll()) {
        signal_group(SIGTERM);
        for (int i = 0; i < steps && !poll(); ++i) {
            ::usleep(step);
        }
    }
    // Of a group whose leader has ended, others may be left.
    if (!status_ || group_ == Group::own) {
        signal_group(SIGKILL);
    }
    if (!status_) {
        int status = 0;

        ::waitpid(pid_, &status, 0);
        status_ = 128 + SIGKILL;
    }
}

}  // namespace kxk::lab
