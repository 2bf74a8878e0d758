// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every fuzz target over seeds, and over seeds changed in a thousand reproducible ways. What a
 * fuzzer finds becomes a seed here, as the bytes or as a change to what the test makes.
 */
#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

#include "made_image.h"
#include "target.h"

namespace kxk::test {
namespace {

using image::ByteView;

std::vector<std::pair<std::string, std::string>> seeds() {
    const auto signer = make_identity("Signer", rsa_key(0));
    return {
        {"empty", ""},
        {"arm64", signed_image(made_arm64_image, signer)},
        {"zboot", signed_image(made_zboot, signer)},
        {"unified", made_unified_kernel()},
        {"bzimage", made_bzimage()},
        {"appended", append_signature("content", signed_s390_image(signer).substr(0x12000, 1500))},
        {"elf", made_elf(22, 2)},
        {"gzip", std::string("\x1f\x8b\x08\x08\0\0\0\0\0\x03Image", 15)},
    };
}

void run_all(const std::string& bytes) {
    // On the heap and exactly as large, so that a byte too much is noticed.
    const std::vector<unsigned char> exact(bytes.begin(), bytes.end());
    const ByteView view(exact.data(), exact.size());
    fuzz::read_pe(view);
    fuzz::read_formats(view);
    fuzz::read_appended(view);
    fuzz::inspect_file(view);
}

TEST(FuzzCorpus, SeedsAreRead) {
    for (const auto& [name, bytes] : seeds()) {
        SCOPED_TRACE(name);
        run_all(bytes);
    }
}

TEST(FuzzCorpus, ChangedSeedsAreRead) {
    constexpr unsigned seed = 20221002;
    constexpr int changes_of_each = 125;
    std::minstd_rand random(seed);
    for (const auto& [name, bytes] : seeds()) {
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
