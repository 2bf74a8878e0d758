// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/boot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <memory>
#include <numeric>
#include <stdexcept>

#include "common/text_file.h"
#include "host/failure.h"
#include "host/progress.h"

namespace kxk::lab {

namespace {

constexpr std::size_t slots = 2;
constexpr int tick_milliseconds = 500;

/** The line of a console with a text in it, as far as it can be printed; or nothing. */
std::string line_with(const std::filesystem::path& console, const std::string& text) {
    std::ifstream lines(console);

    for (std::string line; std::getline(lines, line);) {
        if (line.find(text) != std::string::npos) {
            line.erase(
                std::remove_if(line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }),
                line.end());
            return line;
        }
    }
    return {};
}

/** The line of the console that tells most about a guest that died. */
std::string last_words(const std::filesystem::path& console) {
    std::ifstream lines(console);
    std::string words;

    for (std::string line; std::getline(lines, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
            line.pop_back();
        }
        if (line.find("Kernel panic") != std::string::npos) {
            return line;
        }
        if (!line.empty()) {
            words = line;
        }
    }
    return words;
}

/** How long it will take: by the steps that are left, and how long those so far have taken. */
class Estimate {
  public:
    explicit Estimate(const std::vector<Guest>& guests)
        : total_(std::accumulate(
              guests.begin(), guests.end(), std::size_t{0},
              [](std::size_t sum, const Guest& guest) { return sum + guest.steps; })),
          start_(std::chrono::steady_clock::now()) {}

    void ended(const Guest& guest) { ended_ += guest.steps; }

    /** @param under_way  steps done by guests that have not ended; nothing is said at first */
    [[nodiscard]] std::string words(std::size_t under_way) const {
        constexpr std::size_t enough = 20;
        const std::size_t done = ended_ + under_way;
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;

        if (done < enough || done >= total_) {
            return {};
        }
        const double left =
            spent.count() * static_cast<double>(total_ - done) / static_cast<double>(done);
        return fmt::format("; about {:.0f} min {:02.0f} s left", std::floor(left / 60),
                           std::floor(std::fmod(left, 60)));
    }

  private:
    std::size_t total_;
    std::size_t ended_ = 0;
    std::chrono::steady_clock::time_point start_;
};

}  // namespace

const StepResult* Outcome::find(const std::string& id) const {
    const auto found = std::find_if(results.begin(), results.end(),
                                    [&id](const StepResult& result) { return result.id == id; });

    return found == results.end() ? nullptr : &*found;
}

Boot::Boot(const Guest& guest)
    : guest_(guest), start_(std::chrono::steady_clock::now()), heard_(start_) {
    std::array<int, 2> ends{};
    Streams streams;

    std::filesystem::create_directories(guest.directory);
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0) {
        throw_errno("socketpair");
    }
    port_ = Descriptor(ends[0]);
    const Descriptor qemus_end(ends[1]);
    streams.kept = qemus_end.get();

    write_file(guest.directory / "console.log", "");
    const auto log = guest.directory / "qemu.log";
    write_file(log, "");
    const Descriptor messages(::open(log.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    streams.error = messages.get();
    if (guest.interactive) {
        streams.in = STDIN_FILENO;
        streams.out = STDOUT_FILENO;
    }
    qemu_.emplace(qemu_arguments(guest, qemus_end.get()), streams,
                  guest.interactive ? Child::Group::foreground : Child::Group::own);
}

double Boot::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

double Boot::silent_seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - heard_).count();
}

std::string Boot::progress() const {
    return fmt::format("{}: {} of {} steps", guest_.name, outcome_.results.size(), guest_.steps);
}

bool Boot::has_said_last_words() const {
    return !guest_.last_words.empty() &&
           !line_with(guest_.directory / "console.log", guest_.last_words).empty();
}

bool Boot::receive() {
    std::array<char, 16384> buffer{};
    const ssize_t count = ::read(port_.get(), buffer.data(), buffer.size());

    if (count <= 0) {
        return count < 0 && errno == EINTR;
    }
    heard_ = std::chrono::steady_clock::now();
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
    for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
        const std::string line = unread_.substr(0, end);

        unread_.erase(0, end + 1);
        std::ofstream(guest_.directory / "verdicts.jsonl", std::ios::app) << line << '\n';
        if (!take(line)) {
            return false;
        }
    }
    return true;
}

bool Boot::take(const std::string& line) {
    Message message;

    try {
        message = parse_message(line);
    } catch (const std::invalid_argument& error) {
        outcome_.failure = fmt::format("not understood: {}", error.what());
        return false;
    }
    if (const auto* hello = std::get_if<Hello>(&message)) {
        outcome_.release = hello->release;
    } else if (const auto* result = std::get_if<StepResult>(&message)) {
        outcome_.results.push_back(*result);
    } else if (const auto* trouble = std::get_if<Trouble>(&message)) {
        outcome_.trouble.push_back(trouble->line);
    } else if (const auto* second = std::get_if<SecondKernel>(&message)) {
        outcome_.second = *second;
    } else if (const auto* done = std::get_if<Done>(&message)) {
        done_ = true;
        if (!done->complete) {
            outcome_.failure = done->reason;
        }
        return false;
    }
    return true;
}

Outcome Boot::finish(const std::string& failure) {
    qemu_->end();
    outcome_.seconds = seconds();
    if (outcome_.failure.empty() && !failure.empty()) {
        outcome_.failure = failure;
    }
    if (!done_ && outcome_.failure.empty() && has_said_last_words()) {
        outcome_.failure = line_with(guest_.directory / "console.log", guest_.last_words);
    }
    if (!done_ && outcome_.failure.empty()) {
        const std::string complaint = last_words(guest_.directory / "qemu.log");
        outcome_.failure = fmt::format(
            "the guest ended before its plan did; its last words: {}",
            complaint.empty() ? last_words(guest_.directory / "console.log") : complaint);
    }
    return std::move(outcome_);
}

void Booter::run(const std::vector<Guest>& guests,
                 const std::function<void(std::size_t, Outcome)>& finished) const {
    struct Slot {
        std::size_t index;
        std::unique_ptr<Boot> boot;
    };
    std::vector<Slot> running;
    std::size_t next = 0;
    Estimate estimate(guests);
    std::optional<Progress> progress;

    // An interactive guest has the terminal for itself.
    if (std::none_of(guests.begin(), guests.end(),
                     [](const Guest& guest) { return guest.interactive; })) {
        progress.emplace(fmt::format("{} guest{}", guests.size(), guests.size() == 1 ? "" : "s"));
    }

    while (next < guests.size() || !running.empty()) {
        while (running.size() < slots && next < guests.size()) {
            running.push_back({next, std::make_unique<Boot>(guests[next])});
            ++next;
        }

        std::vector<pollfd> ready{{signals_.descriptor(), POLLIN, 0}};
        std::string detail;
        std::size_t under_way = 0;
        for (const Slot& slot : running) {
            under_way += slot.boot->steps();
            ready.push_back({slot.boot->descriptor(), POLLIN, 0});
            detail += (detail.empty() ? "" : "; ") + slot.boot->progress();
        }
        if (progress) {
            progress->at(detail + estimate.words(under_way));
        }
        ::poll(ready.data(), ready.size(), tick_milliseconds);
        signals_.take();

        for (std::size_t i = running.size(); i-- > 0;) {
            Boot& boot = *running[i].boot;
            const bool late = boot.silent_seconds() > static_cast<double>(timeout_.count());

            if (late || boot.has_said_last_words() ||
                (ready[i + 1].revents != 0 && !boot.receive())) {
                estimate.ended(guests[running[i].index]);
                finished(running[i].index,
                         boot.finish(late ? fmt::format("no word for {} s", timeout_.count())
                                          : std::string()));
                running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
    }
}

}  // namespace kxk::lab
