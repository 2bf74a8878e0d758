// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/stress.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "guest/device.h"
#include "guest/kexec.h"
#include "guest/modules.h"

namespace kxk::lab {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Verdicts = std::vector<int>;

/** How long the module may be in use by others before that counts as a fault. */
constexpr std::chrono::seconds patience{120};

/**
 * A task between two calls: mostly it does not wait at all, but when none of them ever did, the
 * module would be in use at every attempt to unload it.
 */
class Breath {
  public:
    explicit Breath(unsigned seed) : random_(seed) {}

    void take() {
        constexpr int choices[] = {0, 0, 0, 5, 20, 50};

        std::this_thread::sleep_for(milliseconds(choices[random_() % std::size(choices)]));
    }

  private:
    std::mt19937 random_;
};

/** Where the module is, as the task that loads and unloads it knows. */
enum class Presence { changing, loaded, unloaded };

/** A presence that lasts; a later one of the same kind is another one. */
struct Epoch {
    Presence presence;
    unsigned number;

    bool operator==(const Epoch& other) const {
        return presence == other.presence && number == other.number;
    }
};

/** Counts and complaints of all tasks. */
class Tally {
  public:
    void count(const char* what) {
        const std::lock_guard<std::mutex> lock(mutex_);
        ++counts_[what];
    }

    [[nodiscard]] long count_of(const char* what) const {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = counts_.find(what);

        return found == counts_.end() ? 0 : found->second;
    }

    void complain(const std::string& what) {
        constexpr std::size_t told = 20;
        const std::lock_guard<std::mutex> lock(mutex_);

        ++counts_["wrong"];
        if (complaints_.size() < told) {
            complaints_.push_back(what);
        }
    }

    /** To the result of a step; all that can be counted is there. */
    void tell(StepResult& result) const {
        for (const char* what : {"as_native", "as_loaded", "as_either", "busy", "asked", "wrong"}) {
            result.values[what] = std::to_string(count_of(what));
        }
        for (const std::string& complaint : complaints_) {
            result.output += complaint + '\n';
        }
        if (!complaints_.empty() && result.error == 0) {
            result.error = ERANGE;
        }
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::string, long> counts_;
    std::vector<std::string> complaints_;
};

std::string words(const Verdicts& verdicts) {
    std::string text;

    for (const int verdict : verdicts) {
        text += (text.empty() ? "" : " ") + std::to_string(verdict);
    }
    return text;
}

Verdicts load_each(const std::vector<std::string>& images) {
    Verdicts verdicts;

    for (const std::string& image : images) {
        verdicts.push_back(load_image(image));
        static_cast<void>(unload_image());
    }
    return verdicts;
}

long elapsed_ms(steady_clock::time_point since) {
    return static_cast<long>(
        std::chrono::duration_cast<milliseconds>(steady_clock::now() - since).count());
}

/** All that takes part. */
class Arena {
  public:
    Arena(const Stress& stress, StepResult& result) : stress_(stress), result_(result) {}

    void run() {
        native_ = load_each(stress_.images);
        if (!load_and([this] {
                loaded_ = load_each(stress_.images);
                device_ = ask_each();
            })) {
            return;
        }
        result_.values["native"] = words(native_);
        result_.values["loaded"] = words(loaded_);
        result_.values["device"] = words(device_);

        std::vector<std::thread> tasks;
        tasks.reserve(static_cast<std::size_t>(stress_.callers) +
                      static_cast<std::size_t>(stress_.askers));
        for (int i = 0; i < stress_.callers; ++i) {
            tasks.emplace_back([this, i] { call(static_cast<std::size_t>(i)); });
        }
        for (int i = 0; i < stress_.askers; ++i) {
            tasks.emplace_back([this, i] { ask(static_cast<std::size_t>(i)); });
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(stress_.seconds);
        const auto is_late = [&] {
            return stress_.seconds != 0 && std::chrono::steady_clock::now() >= end;
        };
        int cycles = 0;
        while (cycles < stress_.cycles && !is_late() && cycle(cycles % 5 == 0)) {
            ++cycles;
        }
        over_ = true;
        for (std::thread& task : tasks) {
            task.join();
        }
        static_cast<void>(unload_image());
        result_.values["cycles"] = std::to_string(cycles);
        result_.values["refused_unloads"] = std::to_string(refused_);
        result_.values["slowest_load_ms"] = std::to_string(slowest_load_);
        result_.values["slowest_unload_ms"] = std::to_string(slowest_unload_);
        tally_.tell(result_);
    }

  private:
    /** Loads, does something in peace, and unloads. */
    template <typename Function>
    bool load_and(const Function& function) {
        result_.error = insert_module(stress_.module, stress_.parameters);
        if (result_.error != 0) {
            return false;
        }
        function();
        return unload();
    }

    Verdicts ask_each() const {
        Verdicts verdicts;

        for (const std::string& image : stress_.images) {
            verdicts.push_back(ask_device_about(image).value_or(-1));
        }
        return verdicts;
    }

    /** Until it is not in use; that it is in use for too long is a fault. */
    bool unload() {
        const auto start = steady_clock::now();

        for (;;) {
            const auto attempt = steady_clock::now();

            result_.error = remove_module(stress_.name);
            if (result_.error != EWOULDBLOCK || steady_clock::now() - start > patience) {
                slowest_unload_ = std::max(slowest_unload_, elapsed_ms(attempt));
                return result_.error == 0;
            }
            ++refused_;
            std::this_thread::yield();
        }
    }

    bool cycle(bool patiently) {
        const auto start = steady_clock::now();

        result_.error = insert_module(stress_.module, stress_.parameters);
        slowest_load_ = std::max(slowest_load_, elapsed_ms(start));
        if (result_.error != 0) {
            return false;
        }
        enter(Presence::loaded);
        linger("as_loaded", patiently);
        enter(Presence::changing);
        if (!unload()) {
            return false;
        }
        enter(Presence::unloaded);
        linger("as_native", patiently);
        enter(Presence::changing);
        return true;
    }

    void enter(Presence presence) {
        ++number_;
        epoch_.store(number_ * presences + static_cast<unsigned>(presence));
    }

    [[nodiscard]] Epoch now() const {
        const unsigned epoch = epoch_.load();

        return {static_cast<Presence>(epoch % presences), epoch / presences};
    }

    /**
     * Mostly not at all: what comes next is to meet calls on their way. But now and then, until a
     * call has begun and ended meanwhile.
     */
    void linger(const char* until, bool patiently) {
        constexpr int choices[] = {0, 0, 0, 1, 5, 20, 80};
        const auto start = steady_clock::now();
        const long count = tally_.count_of(until);

        std::this_thread::sleep_for(milliseconds(choices[random_() % std::size(choices)]));
        while (patiently && tally_.count_of(until) == count &&
               steady_clock::now() - start < patience) {
            std::this_thread::sleep_for(milliseconds(1));
        }
    }

    /** A task that calls kexec_file_load(2). */
    void call(std::size_t first) {
        Breath breath(static_cast<unsigned>(first));

        for (std::size_t i = first; !over_; ++i) {
            const std::size_t image = i % stress_.images.size();
            const Epoch before = now();
            const int verdict = load_image(stress_.images[image]);

            judge(image, verdict, before, now());
            if (verdict == EBUSY) {
                std::this_thread::sleep_for(milliseconds(1));
            } else {
                // One that another task has just loaded goes as well.
                static_cast<void>(unload_image());
                breath.take();
            }
        }
    }

    void judge(std::size_t image, int verdict, const Epoch& before, const Epoch& after) {
        const bool lasting = before == after && before.presence != Presence::changing;
        const bool loaded = before.presence == Presence::loaded;

        if (verdict == EBUSY) {
            tally_.count("busy");
        } else if (lasting && verdict == (loaded ? loaded_ : native_)[image]) {
            tally_.count(loaded ? "as_loaded" : "as_native");
        } else if (!lasting && (verdict == loaded_[image] || verdict == native_[image])) {
            tally_.count("as_either");
        } else {
            tally_.complain(stress_.images[image] + ": " + std::to_string(verdict) +
                            (!lasting ? " while the module came or went"
                             : loaded ? " with the module"
                                      : " without the module"));
        }
    }

    /** A task that asks the device, whenever there is one. */
    void ask(std::size_t first) {
        Breath breath(static_cast<unsigned>(first));

        for (std::size_t i = first; !over_; ++i) {
            const std::size_t image = i % stress_.images.size();
            const std::optional<int> verdict = ask_device_about(stress_.images[image]);

            breath.take();
            if (!verdict) {
                std::this_thread::sleep_for(milliseconds(1));
            } else if (*verdict == device_[image]) {
                tally_.count("asked");
            } else {
                tally_.complain(stress_.images[image] + ": the device says " +
                                std::to_string(*verdict));
            }
        }
    }

    static constexpr unsigned presences = 3;

    const Stress& stress_;
    StepResult& result_;
    Tally tally_;
    Verdicts native_;
    Verdicts loaded_;
    Verdicts device_;
    std::atomic<unsigned> epoch_{0};
    std::atomic<bool> over_{false};
    unsigned number_ = 0;
    long refused_ = 0;
    long slowest_load_ = 0;
    long slowest_unload_ = 0;
    std::mt19937 random_;
};

}  // namespace

void stress_module(const Stress& stress, StepResult& result) {
    Arena(stress, result).run();
}

}  // namespace kxk::lab
