// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/device_tasks.h"

#include <fcntl.h>
#include <linux/kexec_keyrings.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "common/descriptor.h"
#include "common/text_file.h"
#include "guest/device.h"

namespace kxk::lab {

namespace {

/** What a task gets. */
struct Answer {
    int error = ECANCELED;  ///< of the ioctl
    int verdict = 0;
};

std::string word_of(const Answer& answer) {
    return answer.error == 0 ? std::to_string(answer.verdict) : "E" + std::to_string(answer.error);
}

/** The device and an image, open: ready to ask. */
class Question {
  public:
    explicit Question(const std::string& file)
        : device_(::open(device_path, O_RDONLY | O_CLOEXEC)),
          image_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}

    [[nodiscard]] Answer ask() const {
        kexec_keyrings_verify verify{};

        verify.size = sizeof(verify);
        verify.fd = image_.get();
        if (::ioctl(device_.get(), KEXEC_KEYRINGS_VERIFY, &verify) < 0) {
            return {errno, 0};
        }
        return {0, verify.error};
    }

  private:
    Descriptor device_;
    Descriptor image_;
};

/** Memory that a child shares with us. */
struct Unmap {
    void operator()(Answer* answer) const { ::munmap(answer, sizeof(*answer)); }
};

std::unique_ptr<Answer, Unmap> share_answer() {
    void* memory =
        ::mmap(nullptr, sizeof(Answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        throw_errno("mmap");
    }
    return std::unique_ptr<Answer, Unmap>(new (memory) Answer);
}

/** A task that asks. */
class Asker {
  public:
    /** @param ask what the task does; its result is the task's answer */
    template <typename Ask>
    explicit Asker(Ask ask) : answer_(share_answer()), pid_(::fork()) {
        if (pid_ < 0) {
            throw_errno("fork");
        }
        if (pid_ == 0) {
            *answer_ = ask();
            ::_exit(0);
        }
    }
    Asker(Asker&& other) noexcept
        : answer_(std::move(other.answer_)), pid_(std::exchange(other.pid_, -1)) {}
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;
    Asker& operator=(Asker&&) = delete;
    ~Asker() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    void signal(int number) const { ::kill(pid_, number); }

    [[nodiscard]] bool has_ended() const {
        siginfo_t info{};

        return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
               info.si_pid == pid_;
    }

    /** It waits for something, and a signal would wake it up. */
    [[nodiscard]] bool sleeps() const {
        const std::string text = read_file("/proc/" + std::to_string(pid_) + "/stat");
        const auto state = text.rfind(')') + 2;

        return state < text.size() && text[state] == 'S';
    }

    /** Waits for its end. */
    [[nodiscard]] std::string end() {
        int status = 0;

        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFSIGNALED(status) ? "killed" : word_of(*answer_);
    }

  private:
    std::unique_ptr<Answer, Unmap> answer_;
    pid_t pid_;
};

/** Waits until something holds, which must be before a task ends. */
template <typename Condition>
void wait_for(Condition condition, const Asker& asker) {
    constexpr useconds_t pause = 500;

    while (!condition()) {
        if (asker.has_ended()) {
            throw std::system_error(ETIME, std::generic_category(), "the task has ended before");
        }
        ::usleep(pause);
    }
}

/** Nobody may write to the file at the moment: the device reads it. */
bool is_being_read(const std::string& file) {
    const Descriptor writer(::open(file.c_str(), O_WRONLY | O_CLOEXEC));

    return !writer && errno == ETXTBSY;
}

/** Asks, again if it was told that somebody writes: is_being_read() may have been that. */
Answer ask_patiently(const std::string& file) {
    const Question question(file);
    Answer answer = question.ask();

    while (answer.error == ETXTBSY) {
        answer = question.ask();
    }
    return answer;
}

void ignore(int /*number*/) {}

/** A task that waits for its turn at the device, and gets a signal. @param flags of sigaction(2) */
std::string disturb_waiting(const std::string& file, int signal, int flags) {
    Asker waiting([&] {
        struct sigaction action {};

        action.sa_handler = ignore;
        action.sa_flags = flags;
        ::sigaction(SIGUSR1, &action, nullptr);
        return Question(file).ask();
    });

    wait_for([&] { return waiting.sleeps(); }, waiting);
    waiting.signal(signal);
    return waiting.end();
}

int truncate_to_its_size(const std::string& file) {
    struct stat found {};

    if (::stat(file.c_str(), &found) != 0) {
        return errno;
    }
    return ::truncate(file.c_str(), found.st_size) == 0 ? 0 : errno;
}

}  // namespace

void ask_device_together(const AskTogether& question, StepResult& result) {
    int ends[2];

    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw_errno("pipe");
    }
    const Descriptor start(ends[0]);
    Descriptor starter(ends[1]);
    std::vector<Asker> askers;

    askers.reserve(static_cast<std::size_t>(question.askers));
    for (int i = 0; i < question.askers; ++i) {
        askers.emplace_back([&, i] {
            const Question ready(
                question.files[static_cast<std::size_t>(i) % question.files.size()]);
            char byte = 0;

            starter.reset();
            static_cast<void>(::read(start.get(), &byte, 1));
            return ready.ask();
        });
    }
    starter.reset();

    std::map<std::string, std::set<std::string>> answers;
    for (std::size_t i = 0; i < askers.size(); ++i) {
        answers[question.files[i % question.files.size()]].insert(askers[i].end());
    }
    for (const auto& [file, words] : answers) {
        std::string& value = result.values[file];

        for (const std::string& word : words) {
            value += (value.empty() ? "" : " ") + word;
        }
    }
}

void disturb_device(const DisturbDevice& disturbance, StepResult& result) {
    const std::string& how = disturbance.how;
    Asker reader([&] { return ask_patiently(disturbance.file); });
    std::string& other = result.values["other"];

    wait_for([&] { return is_being_read(disturbance.file); }, reader);
    if (how == "kill") {
        reader.signal(SIGKILL);
    } else if (how == "truncate") {
        other = std::to_string(truncate_to_its_size(disturbance.file));
    } else if (how == "interrupt") {
        other = disturb_waiting(disturbance.other, SIGUSR1, 0);
    } else if (how == "restart") {
        other = disturb_waiting(disturbance.other, SIGUSR1, SA_RESTART);
    } else if (how == "kill_waiting") {
        other = disturb_waiting(disturbance.other, SIGKILL, 0);
    } else {
        throw std::system_error(EINVAL, std::generic_category(), "disturb_device: " + how);
    }
    result.values["reader"] = reader.end();
    result.values["afterwards"] = std::to_string(truncate_to_its_size(disturbance.file));
}

}  // namespace kxk::lab
