// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace kxk::cmd {
namespace {

/* Threads that are waited for whatever happens. */
class Workers {
  public:
    Workers() = default;
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    ~Workers() {
        for (auto& thread : threads_)
            thread.join();
    }

    /* Fewer threads than wanted are enough, as long as there is one. */
    void start(std::size_t count, const std::function<void()>& work) {
        threads_.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            try {
                threads_.emplace_back(work);
            } catch (const std::system_error&) {
                if (threads_.empty())
                    throw;
                return;
            }
        }
    }

  private:
    std::vector<std::thread> threads_;
};

}  // namespace

std::size_t cores() {
    return std::max(1U, std::thread::hardware_concurrency());
}

void for_each_parallel(std::size_t count, std::size_t threads,
                       const std::function<void(std::size_t)>& work,
                       const std::function<void(std::size_t)>& done) {
    threads = std::min(threads, count);
    if (threads <= 1) {
        for (std::size_t i = 0; i < count; ++i) {
            work(i);
            done(i);
        }
        return;
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<bool> finished(count);  // guarded by mutex, as is failure
    std::exception_ptr failure;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};

    {
        Workers workers;
        workers.start(threads, [&] {
            for (auto i = next++; i < count && !stop; i = next++) {
                std::exception_ptr thrown;
                try {
                    work(i);
                } catch (...) {
                    thrown = std::current_exception();
                    stop = true;
                }
                const std::lock_guard<std::mutex> lock(mutex);
                finished[i] = true;
                if (thrown && !failure)
                    failure = thrown;
                changed.notify_one();
            }
        });
        try {
            for (std::size_t i = 0; i < count; ++i) {
                {
                    std::unique_lock<std::mutex> lock(mutex);
                    changed.wait(lock, [&] { return finished[i] || failure; });
                    if (failure)
                        break;
                }
                done(i);
            }
        } catch (...) {
            stop = true;
            throw;
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace kxk::cmd
