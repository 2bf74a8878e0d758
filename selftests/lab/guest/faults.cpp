// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/faults.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>

#include "common/descriptor.h"
#include "common/text_file.h"
#include "guest/device.h"
#include "guest/kexec.h"
#include "guest/modules.h"

namespace kxk::lab {

namespace {

/** Of the kernel, for allocations of the task that writes to it */
constexpr const char* next_allocations = "/proc/thread-self/fail-nth";
/** Of the fixture, for calls of a function; of the same kind */
constexpr const char* next_calls = "/sys/module/kxk_fixture/parameters/fail_at";

Descriptor open_or_throw(const std::string& path, int flags) {
    Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));

    if (!file) {
        throw_errno(path);
    }
    return file;
}

/** The file that says which allocation, or which call, is to fail, and counts down to it. */
class Countdown {
  public:
    explicit Countdown(const std::string& path) : file_(open_or_throw(path, O_RDWR)) {}

    void arm(int point) {
        const std::string text = std::to_string(point);

        if (::pwrite(file_.get(), text.data(), text.size(), 0) < 0) {
            throw_errno("arming a fault");
        }
    }

    /** @return there was a fault since */
    bool disarm() {
        std::array<char, 16> text{};

        // Opening the file only now would be what fails.
        if (::pread(file_.get(), text.data(), text.size() - 1, 0) < 0) {
            throw_errno("reading what is left to a fault");
        }
        arm(0);
        return std::atoi(text.data()) == 0;
    }

  private:
    Descriptor file_;
};

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

/** The module, its files and its effect. */
class Subject {
  public:
    Subject(const InjectFaults& faults, StepResult& result)
        : faults_(faults),
          result_(result),
          module_(open_or_throw(faults.module, O_RDONLY)),
          image_(open_or_throw(faults.image, O_RDONLY)),
          stranger_(open_or_throw(faults.stranger, O_RDONLY)) {}

    [[nodiscard]] int insert() const {
        return ::syscall(SYS_finit_module, module_.get(), faults_.parameters.c_str(), 0) == 0
                   ? 0
                   : errno;
    }

    [[nodiscard]] int remove() const { return remove_module(faults_.name); }

    [[nodiscard]] bool is_there() const { return exists("/sys/module/" + faults_.name); }

    void must(bool truth, const std::string& what) {
        constexpr int told = 20;

        if (!truth && ++wrong_ <= told) {
            result_.output += where_ + ": " + what + '\n';
        }
    }

    /** For complaints. */
    void at(const std::string& where) { where_ = where; }

    /** The kernel is as it was before the module came. */
    void must_be_gone() {
        must(!is_there(), "the module is still there");
        must(!exists("/sys/kernel/kexec_keyrings"), "its attributes are still there");
        must(!exists(device_path), "its device is still there");
        must(load_image(faults_.image) != 0, "its verdicts are still there");
    }

    /** The module does what it is for, and no more. */
    void must_work() {
        must(is_there(), "the module is not there");
        must(exists("/sys/kernel/kexec_keyrings/stats/accepted"), "its attributes are not there");
        must(load_image(faults_.image) == 0, "the image is refused");
        static_cast<void>(unload_image());
        must(load_image(faults_.stranger) != 0, "the stranger's image is accepted");
    }

    /** After an operation that gives a verdict on either image. */
    void must_refuse_stranger(int error) { must(error != 0, "the stranger's image is accepted"); }

    [[nodiscard]] int image() const { return image_.get(); }
    [[nodiscard]] int stranger() const { return stranger_.get(); }
    [[nodiscard]] int wrong() const { return wrong_; }

  private:
    const InjectFaults& faults_;
    StepResult& result_;
    Descriptor module_;
    Descriptor image_;
    Descriptor stranger_;
    std::string where_;
    int wrong_ = 0;
};

/** Something that may fail: what is done, and what must be true then and after it. */
struct Operation {
    std::function<void()> prepare;
    std::function<int()> run;  ///< returns an errno; nothing but the system call
    std::function<void(int)> examine;
};

void nothing() {}

Operation loading(Subject& subject) {
    return {nothing, [&subject] { return subject.insert(); },
            [&subject](int error) {
                if (error != 0) {
                    subject.must_be_gone();
                    return;
                }
                subject.must_work();
                subject.must(subject.remove() == 0, "it cannot be unloaded");
                subject.must(!subject.is_there(), "it is still there");
            }};
}

Operation unloading(Subject& subject) {
    return {[&subject] {
                if (!subject.is_there()) {
                    subject.must(subject.insert() == 0, "it cannot be loaded");
                }
            },
            [&subject] { return subject.remove(); },
            [&subject](int error) {
                if (error == 0) {
                    subject.must_be_gone();
                } else {
                    subject.must_work();
                }
            }};
}

/** Asks for verdicts on both images in turn. */
template <typename Ask>
Operation asking(Subject& subject, Ask ask) {
    return {nothing,
            [&subject, ask] {
                // The second one counts only where the first one needed no more faults.
                const int error = ask(subject.stranger());

                subject.must_refuse_stranger(error);
                return ask(subject.image());
            },
            [](int) {}};
}

Operation operation_of(const std::string& name, Subject& subject, const Descriptor& device) {
    if (name == "load") {
        return loading(subject);
    }
    if (name == "unload") {
        return unloading(subject);
    }
    if (name == "verify") {
        return asking(subject, [](int image) { return load_open_image(image); });
    }
    if (name == "ask") {
        return asking(subject, [&device](int image) { return ask_device_by(device.get(), image); });
    }
    throw std::invalid_argument("there is no operation " + name);
}

}  // namespace

void inject_faults(const InjectFaults& faults, StepResult& result) {
    Subject subject(faults, result);
    Countdown countdown(faults.function.empty() ? next_allocations : next_calls);
    const bool verdicts = faults.operation == "verify" || faults.operation == "ask";
    int points = 0;
    int failed = 0;

    subject.at("beforehand");
    if (verdicts) {
        subject.must(subject.insert() == 0, "the module cannot be loaded");
    }
    {
        const Descriptor device =
            faults.operation == "ask" ? open_or_throw(device_path, O_RDONLY) : Descriptor();
        const Operation operation = operation_of(faults.operation, subject, device);

        for (int point = 1;; point += faults.stride) {
            subject.at("fault " + std::to_string(point));
            operation.prepare();
            countdown.arm(point);
            const int error = operation.run();
            const bool fired = countdown.disarm();
            operation.examine(error);
            if (!fired) {
                subject.must(error == 0, "it fails without a fault");
                break;
            }
            ++points;
            failed += error != 0 ? 1 : 0;
        }
    }
    subject.at("in the end");
    if (verdicts) {
        subject.must_work();
        subject.must(subject.remove() == 0, "it cannot be unloaded");
    }
    if (subject.is_there()) {
        static_cast<void>(subject.remove());
    }
    subject.must_be_gone();
    result.values["points"] = std::to_string(points);
    result.values["failed"] = std::to_string(failed);
    result.values["wrong"] = std::to_string(subject.wrong());
    if (subject.wrong() > 0) {
        result.error = ERANGE;
    }
}

}  // namespace kxk::lab
