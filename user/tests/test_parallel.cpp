// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/parallel.h"

#include <gmock/gmock.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

namespace kxk::test {
namespace {

std::vector<std::size_t> first_numbers(std::size_t count) {
    std::vector<std::size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0U);
    return numbers;
}

class Parallel : public testing::TestWithParam<std::size_t> {};

TEST_P(Parallel, ResultsAreInOrder) {
    constexpr std::size_t count = 100;
    std::vector<std::size_t> results(count);
    std::vector<std::size_t> done;
    cmd::for_each_parallel(
        count, GetParam(),
        [&](std::size_t i) {
            // The first ones take longest.
            std::this_thread::sleep_for(std::chrono::microseconds(i < 4 ? 2000 : 10));
            results[i] = i + 1;
        },
        [&](std::size_t i) {
            EXPECT_EQ(results[i], i + 1);
            done.push_back(i);
        });
    EXPECT_EQ(done, first_numbers(count));
}

TEST_P(Parallel, NothingToDoIsDone) {
    cmd::for_each_parallel(
        0, GetParam(), [](std::size_t) { FAIL(); }, [](std::size_t) { FAIL(); });
}

TEST_P(Parallel, WhatAJobThrowsIsThrownToTheCaller) {
    const auto run = [&] {
        cmd::for_each_parallel(
            50, GetParam(),
            [](std::size_t i) {
                if (i == 7)
                    throw std::runtime_error("seven");
            },
            [](std::size_t) {});
    };
    EXPECT_THROW(run(), std::runtime_error);
}

TEST_P(Parallel, WhatTheCallerThrowsEndsIt) {
    const auto run = [&] {
        cmd::for_each_parallel(
            50, GetParam(), [](std::size_t) {},
            [](std::size_t) { throw std::runtime_error("done"); });
    };
    EXPECT_THROW(run(), std::runtime_error);
}

INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1U, 2U, 8U));

TEST(Cores, AreAtLeastOne) {
    EXPECT_GE(cmd::cores(), 1U);
}

}  // namespace
}  // namespace kxk::test
