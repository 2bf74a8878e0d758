// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Random numbers that are the same on every machine. */
#pragma once

#include <cstddef>
#include <cstdint>

namespace kxk::lab {

/** SplitMix64: what follows a state is fixed, unlike with the distributions of the standard. */
class Random {
  public:
    explicit Random(std::uint64_t state) : state_(state) {}

    std::uint64_t next() {
        std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15U;

        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31U);
    }

    /** A number below the limit; 0 if that is 0. */
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : next() % limit; }

    /** True once in so many times. */
    bool one_in(std::size_t times) { return below(times) == 0; }

  private:
    std::uint64_t state_;
};

}  // namespace kxk::lab
