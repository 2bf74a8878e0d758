// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Work on many things at once, with the results in their order. */
#pragma once

#include <cstddef>
#include <functional>

namespace kxk::cmd {

/** The number of threads that this machine can run at once; at least 1. */
[[nodiscard]] std::size_t cores();

/**
 * Does a number of jobs on several threads.
 * @param count the number of jobs
 * @param threads how many at once; with 1, all is done on the caller's thread
 * @param work a job, on any thread. What it throws is thrown again to the caller, once all threads
 *        have ended.
 * @param done called on the caller's thread for each job in its order, once it and all before it
 *        are done
 */
void for_each_parallel(std::size_t count, std::size_t threads,
                       const std::function<void(std::size_t)>& work,
                       const std::function<void(std::size_t)>& done);

}  // namespace kxk::cmd
