// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/hazard.h"

#include <gtest/gtest.h>

#include <utility>

#include "common/mutator.h"
#include "small_images.h"

namespace kxk::lab {
namespace {

/** A sound image with a number changed. */
bool is_hazardous_with(std::string_view name, std::uint64_t number) {
    std::string file = small_images(ImageForm::pe)[0];

    for (const NumberField& field : number_fields(ImageForm::pe, file)) {
        if (field.name == name) {
            set_number(file, field, number);
            return is_hazardous(ImageForm::pe, file);
        }
    }
    ADD_FAILURE() << name << " is missing";
    return false;
}

TEST(Hazard, IsNotInSoundFiles) {
    for (const std::string& file : small_images(ImageForm::pe)) {
        EXPECT_FALSE(is_hazardous(ImageForm::pe, file));
    }
    EXPECT_FALSE(is_hazardous(ImageForm::pe, ""));
    EXPECT_FALSE(is_hazardous(ImageForm::pe, "MZ"));
}

TEST(Hazard, IsASectionOutsideOfTheFile) {
    EXPECT_TRUE(is_hazardous_with("section size", 0x7fffffff));
    EXPECT_TRUE(is_hazardous_with("section offset", 0x7fffffff));
    EXPECT_FALSE(is_hazardous_with("section offset", 0));
    EXPECT_FALSE(is_hazardous_with("section address", 0x7fffffff));
}

TEST(Hazard, IsASectionThatReachesIntoTheCertificateTable) {
    EXPECT_TRUE(is_hazardous_with("section size", 1024 + 1));
    EXPECT_FALSE(is_hazardous_with("section size", 1024 - 1));
    EXPECT_FALSE(is_hazardous_with("section size", 0));
}

TEST(Hazard, IsAFileWithoutSections) {
    EXPECT_TRUE(is_hazardous_with("sections", 0));
    EXPECT_FALSE(is_hazardous_with("sections", 0xffff));
}

TEST(Hazard, IsNothingThatTheKernelRefusesBefore) {
    EXPECT_FALSE(is_hazardous_with("optional magic", 0));
    EXPECT_FALSE(is_hazardous_with("header size", 0x7fffffff));
    EXPECT_FALSE(is_hazardous_with("directories", 0x7fffffff));
    EXPECT_FALSE(is_hazardous_with("certificate size", 0x7fffffff));
    EXPECT_FALSE(is_hazardous_with("certificate address", 0));
}

/** An image with that for its message. */
bool is_hazardous_with_message(ImageForm form, const DerNode& message) {
    SignedParts parts = *split_signed(form, small_images(form)[0]);

    parts.message = write_der(message);
    return is_hazardous(form, join_signed(form, parts));
}

DerNode sequence(std::vector<DerNode> children) {
    return {tag_sequence, "", std::move(children)};
}

TEST(Hazard, IsAnEmptySignature) {
    const DerNode version{tag_integer, "\1", {}};
    const DerNode algorithm = sequence({{tag_object, "\x2a\x03", {}}});
    const DerNode empty{tag_octet_string, "", {}};
    const DerNode some{tag_octet_string, "some", {}};
    const DerNode no_bits{tag_bit_string, std::string(1, '\0'), {}};
    const DerNode bits{tag_bit_string, std::string(2, '\0'), {}};

    for (const ImageForm form : {ImageForm::pe, ImageForm::appended}) {
        EXPECT_TRUE(is_hazardous_with_message(form, sequence({version, algorithm, empty})));
        EXPECT_TRUE(is_hazardous_with_message(form, sequence({algorithm, algorithm, no_bits})));
        // Sound ones, a digest and a public key
        EXPECT_FALSE(is_hazardous_with_message(form, sequence({version, algorithm, some})));
        EXPECT_FALSE(is_hazardous_with_message(form, sequence({algorithm, algorithm, bits})));
        EXPECT_FALSE(is_hazardous_with_message(form, sequence({algorithm, empty})));
        EXPECT_FALSE(is_hazardous_with_message(form, sequence({algorithm, no_bits})));
    }
}

TEST(Hazard, IsNotAmongMutants) {
    for (const ImageForm form : {ImageForm::pe, ImageForm::appended}) {
        const Mutator mutator(form, small_images(form), 3);

        for (std::uint64_t i = 0; i < 3000; ++i) {
            EXPECT_FALSE(is_hazardous(form, mutator.make(i).bytes));
        }
    }
}

}  // namespace
}  // namespace kxk::lab
