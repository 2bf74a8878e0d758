// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * The images that `test` gives to the kernel: all made from one, so that they differ in what the
 * kernel has to judge, and in nothing else.
 */
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/selftest_judge.h"
#include "image/signing_key.h"
#include "trust/image_facts.h"

namespace kxk::cmd {

/** An image, or why there is none. */
struct MadeImage {
    std::string missing;  ///< the reason and the remedy; empty: there is one
    std::string bytes;
    trust::ImageFacts facts;
};

/** A test with the image that it needs, which is made when its turn comes. */
struct ImageCase {
    std::string name;
    ImageTest test = ImageTest::signature;
    bool installed = false;  ///< the file itself; otherwise make() is called
    std::function<MadeImage()> make;
};

/** What images are made from. It has to outlive the cases. */
struct ImageSources {
    std::string_view image;                               ///< content of the file
    const std::vector<image::SigningKey>& keys;           ///< that somebody has given
    const image::SigningKey& stranger;                    ///< one that no keyring has
    const std::vector<image::X509Pointer>& certificates;  ///< those of all these, and others
    const trust::Machine& machine;
    const std::vector<trust::Certificate>& known;  ///< the same in plain form, and the firmware's
    const ExpectedPolicy& policy;
};

/**
 * The tests in their order. Which keyring a key is on is found by what the keyrings have, never
 * taken for granted.
 */
[[nodiscard]] std::vector<ImageCase> image_cases(const ImageSources& sources);

}  // namespace kxk::cmd
