// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "image/digest.h"
#include "small_images.h"

namespace kxk::lab {
namespace {

constexpr std::uint64_t some = 1000;

std::string digest_of_images(const Mutator& mutator, std::uint64_t count) {
    std::string digests;

    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string bytes = mutator.make(i).bytes;

        digests += image::digest_of(image::ByteView(bytes), "sha256");
    }
    return image::digest_of(image::ByteView(digests), "sha256");
}

/** Guest and host, of whatever byte order and compiler, must have the same images. */
TEST(Mutator, MakesTheSameImagesEverywhere) {
    EXPECT_EQ(digest_of_images({ImageForm::pe, small_images(ImageForm::pe), 1}, some),
              "3e64f43941afba22a5b3b07522b1509e5d6c6f4c81c8e5dfdcea5f0f9f8aff41");
    EXPECT_EQ(digest_of_images({ImageForm::appended, small_images(ImageForm::appended), 1}, some),
              "28983a0358aef4673f9aab5c16072f41c737ae4bff39065002bc38b3b17872ff");
}

TEST(Mutator, MakesOtherImagesOfAnotherSeed) {
    const auto bases = small_images(ImageForm::pe);
    const Mutator one(ImageForm::pe, bases, 1);
    const Mutator two(ImageForm::pe, bases, 2);
    int same = 0;

    for (std::uint64_t i = 0; i < some; ++i) {
        same += one.make(i).bytes == two.make(i).bytes ? 1 : 0;
    }
    EXPECT_LT(same, 50);
}

TEST(Mutator, MakesImagesThatDiffer) {
    for (const ImageForm form : {ImageForm::pe, ImageForm::appended}) {
        const Mutator mutator(form, small_images(form), 1);
        std::set<std::string> images;
        std::size_t unchanged = 0;

        for (std::uint64_t i = 0; i < some; ++i) {
            const Mutant mutant = mutator.make(i);

            images.insert(mutant.bytes);
            unchanged += mutant.bytes == mutator.bases().at(mutant.base) ? 1U : 0U;
        }
        EXPECT_GT(images.size(), some * 7 / 10);
        EXPECT_LT(unchanged, some / 10);
    }
}

TEST(Mutator, MakesEveryKindOfChange) {
    constexpr std::size_t kinds = 22;
    const Mutator mutator(ImageForm::pe, small_images(ImageForm::pe), 1);
    std::set<std::string> seen;

    for (std::uint64_t i = 0; i < 5 * some; ++i) {
        for (const std::string& change : mutator.make(i).changes) {
            seen.insert(change.substr(0, change.find(':')));
        }
    }
    EXPECT_EQ(seen.size(), kinds);
}

TEST(Mutator, LeavesManyMessagesWellFormed) {
    const Mutator mutator(ImageForm::pe, small_images(ImageForm::pe), 1);
    std::size_t sound = 0;

    for (std::uint64_t i = 0; i < some; ++i) {
        const auto parts = split_signed(ImageForm::pe, mutator.make(i).bytes);

        sound += parts && !parse_der(parts->message).empty() ? 1U : 0U;
    }
    EXPECT_GT(sound, some * 7 / 10);
    EXPECT_LT(sound, some);
}

/** Run with sanitizers, this finds whatever is read outside of a base. */
TEST(Mutator, TakesAnythingForABase) {
    for (const ImageForm form : {ImageForm::pe, ImageForm::appended}) {
        const auto images = small_images(form);

        for (std::size_t size = 0; size < images[0].size(); size += 7) {
            const std::string head = images[0].substr(0, size);
            const std::string tail = images[0].substr(size);
            const Mutator mutator(form, {head, tail, images[1], ""}, size);

            for (std::uint64_t i = 0; i < 20; ++i) {
                const Mutant mutant = mutator.make(i);

                EXPECT_LE(mutant.bytes.size(), 16 * images[0].size());
            }
        }
        EXPECT_TRUE(Mutator(form, {}, 1).make(0).bytes.empty());
        EXPECT_NO_THROW(static_cast<void>(Mutator(form, {"", ""}, 1).make(7)));
    }
}

}  // namespace
}  // namespace kxk::lab
