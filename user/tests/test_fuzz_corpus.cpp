// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every fuzz target over seeds, and over seeds changed in a thousand reproducible ways. What a
 * fuzzer finds becomes a seed in fuzz_seeds.cpp, as the bytes or as a change to what is made there.
 */
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "fuzz_seeds.h"
#include "target.h"

namespace kxk::test {
namespace {

using image::ByteView;

void run_all(const std::string& bytes) {
    // On the heap and exactly as large, so that a byte too much is noticed.
    const std::vector<unsigned char> exact(bytes.begin(), bytes.end());
    const ByteView view(exact.data(), exact.size());
    fuzz::read_pe(view);
    fuzz::read_formats(view);
    fuzz::read_appended(view);
    fuzz::inspect_file(view);
    fuzz::read_signature_lists(view);
}

TEST(FuzzCorpus, SeedsAreRead) {
    for (const auto& [name, bytes] : fuzz_seeds()) {
        SCOPED_TRACE(name);
        run_all(bytes);
    }
}

TEST(FuzzCorpus, ChangedSeedsAreRead) {
    constexpr unsigned seed = 20221002;
    constexpr int changes_of_each = 125;
    std::minstd_rand random(seed);
    for (const auto& [name, bytes] : fuzz_seeds()) {
        SCOPED_TRACE(name);
        for (int i = 0; i < changes_of_each && !bytes.empty(); ++i) {
            auto changed = bytes;
            for (unsigned j = 0; j <= random() % 4; ++j)
                changed[random() % changed.size()] = static_cast<char>(random());
            if (random() % 4 == 0)
                changed.resize(random() % changed.size());
            run_all(changed);
        }
    }
}

}  // namespace
}  // namespace kxk::test
