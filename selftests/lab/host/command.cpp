// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "common/descriptor.h"
#include "common/text_file.h"
#include "host/child.h"
#include "host/failure.h"
#include "host/progress.h"

namespace kxk::lab {

namespace {

constexpr int tick_milliseconds = 500;
constexpr std::size_t shown_lines = 15;

std::string last_lines(const std::string& text, std::size_t count) {
    std::size_t start = text.size();

    for (std::size_t i = 0; i <= count && start != std::string::npos && start > 0; ++i) {
        start = text.rfind('\n', start - 1);
    }
    return start == std::string::npos ? text : text.substr(start == 0 ? 0 : start + 1);
}

/** Not every program says so. */
bool disk_is_full(const std::filesystem::path& log) {
    constexpr std::uintmax_t least = 1U << 20U;

    return std::filesystem::space(log.parent_path()).available < least;
}

/** Waits for the end of a child, with an eye on signals. */
int wait_for(Child& child, const Signals& signals, Progress& progress) {
    for (;;) {
        if (const auto status = child.poll()) {
            return *status;
        }
        pollfd ready{signals.descriptor(), POLLIN, 0};
        ::poll(&ready, 1, tick_milliseconds);
        signals.take();
        progress.tick();
    }
}

}  // namespace

std::string last_line(const std::string& text) {
    const auto end = text.find_last_not_of('\n');

    if (end == std::string::npos) {
        return {};
    }
    const auto start = text.rfind('\n', end);
    return text.substr(start == std::string::npos ? 0 : start + 1,
                       end - (start == std::string::npos ? 0 : start + 1) + 1);
}

void Commands::run(const std::string& what, const std::vector<std::string>& argv,
                   const std::filesystem::path& log) const {
    std::filesystem::create_directories(log.parent_path());
    const Descriptor output(::open(log.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!output) {
        throw_errno(log);
    }
    Streams streams;
    streams.out = streams.error = output.get();

    int status = 0;
    {
        Progress progress(what);
        Child child(argv, streams);
        status = wait_for(child, signals_, progress);
    }
    if (status != 0) {
        fmt::print(stderr, "{}", last_lines(read_file(log), shown_lines));
        throw CommandFailure(
            fmt::format("{}: {} failed (exit status {}); {}see {}", what, argv.front(), status,
                        disk_is_full(log) ? "the disk is full: make room; " : "", log.string()),
            status);
    }
}

std::string Commands::ask(const std::string& what, const std::vector<std::string>& argv) const {
    std::array<int, 2> ends{};
    std::array<char, 4096> buffer{};
    std::string output;

    if (::pipe2(ends.data(), O_CLOEXEC) < 0) {
        throw_errno("pipe");
    }
    const Descriptor in(ends[0]);
    Descriptor out(ends[1]);
    Streams streams;
    streams.out = out.get();
    streams.error = STDERR_FILENO;
    Child child(argv, streams);
    out.reset();

    for (;;) {
        std::array<pollfd, 2> ready{{{in.get(), POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}}};

        ::poll(ready.data(), ready.size(), -1);
        signals_.take();
        if (ready[0].revents == 0) {
            continue;
        }
        const ssize_t count = ::read(in.get(), buffer.data(), buffer.size());
        if (count <= 0) {
            break;
        }
        output.append(buffer.data(), static_cast<std::size_t>(count));
    }
    for (;;) {
        if (const auto status = child.poll()) {
            if (*status != 0) {
                throw CommandFailure(fmt::format("{}: {} failed (exit status {}); see above", what,
                                                 argv.front(), *status),
                                     *status);
            }
            return output;
        }
        pollfd ready{signals_.descriptor(), POLLIN, 0};
        ::poll(&ready, 1, tick_milliseconds);
        signals_.take();
    }
}

}  // namespace kxk::lab
