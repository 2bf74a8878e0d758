// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/signed_parts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/corruption.h"
#include "small_images.h"

namespace kxk::lab {
namespace {

constexpr ImageForm forms[] = {ImageForm::pe, ImageForm::appended};

NumberField field_of(const std::string& file, ImageForm form, std::string_view name) {
    const auto fields = number_fields(form, file);
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [name](const auto& field) { return field.name == name; });

    return found == fields.end() ? NumberField{"missing", 0, 0} : *found;
}

TEST(SignedParts, AreJoinedAsTheyWereSplit) {
    for (const ImageForm form : forms) {
        for (const std::string& image : small_images(form)) {
            const auto parts = split_signed(form, image);

            ASSERT_TRUE(parts);
            EXPECT_EQ(join_signed(form, *parts), image);
        }
    }
}

TEST(SignedParts, OfPeAreWhatTheCompanionReads) {
    const std::string message = small_message('m');
    const std::string file = join_signed(ImageForm::pe, {small_pe_content(), message, ""});
    const auto pe = image::parse_pe(image::ByteView(file));
    ASSERT_TRUE(std::holds_alternative<image::PeImage>(pe));
    const auto table = image::read_certificates(std::get<image::PeImage>(pe));

    ASSERT_EQ(table.entries.size(), 1U);
    EXPECT_EQ(table.entries[0].content.text().substr(0, message.size()), message);
}

TEST(SignedParts, OfPeKeepFurtherEntries) {
    const std::string entry = join_signed(ImageForm::pe, {"", small_message('2'), ""});
    const std::string file =
        join_signed(ImageForm::pe, {small_pe_content(), small_message('1'), entry});
    const auto pe = image::parse_pe(image::ByteView(file));
    ASSERT_TRUE(std::holds_alternative<image::PeImage>(pe));

    EXPECT_EQ(image::read_certificates(std::get<image::PeImage>(pe)).entries.size(), 2U);
    EXPECT_EQ(split_signed(ImageForm::pe, file)->rest, entry);
}

TEST(SignedParts, OfAppendedAreWhatTheCompanionReads) {
    const std::string file = join_signed(ImageForm::appended, {"content", small_message('m'), ""});
    const Appended parts = take_apart(file);

    EXPECT_EQ(parts.content, "content");
    EXPECT_EQ(parts.message, small_message('m'));
}

TEST(SignedParts, OfNothing) {
    for (const ImageForm form : forms) {
        EXPECT_FALSE(split_signed(form, ""));
        EXPECT_FALSE(split_signed(form, "not signed, and too short for any header"));
    }
}

TEST(NumberFields, AreReadAndWritten) {
    std::string pe = small_images(ImageForm::pe)[0];
    const auto checksum = field_of(pe, ImageForm::pe, "checksum");
    set_number(pe, checksum, 0x12345678);
    EXPECT_EQ(get_number(pe, checksum), 0x12345678U);
    EXPECT_EQ(pe.at(checksum.offset), 0x78);
    EXPECT_EQ(get_number(pe, field_of(pe, ImageForm::pe, "machine")), image::pe_machine_arm64);

    std::string appended = small_images(ImageForm::appended)[0];
    const auto length = field_of(appended, ImageForm::appended, "sig_len");
    EXPECT_EQ(get_number(appended, length), small_message('m').size());
    set_number(appended, length, 0x12345678);
    EXPECT_EQ(appended.at(length.offset), 0x12);
}

TEST(NumberFields, AreWithinTheFile) {
    for (const ImageForm form : forms) {
        const std::string image = small_images(form)[0];
        std::size_t most = 0;

        for (std::size_t size = 0; size <= image.size(); ++size) {
            const std::string cut = image.substr(0, size);

            for (const NumberField& field : number_fields(form, cut)) {
                // Throws if it is not.
                EXPECT_NO_THROW(static_cast<void>(get_number(cut, field)));
            }
            most = std::max(most, number_fields(form, cut).size());
            static_cast<void>(split_signed(form, cut));
        }
        EXPECT_GE(most, 11U);
    }
}

}  // namespace
}  // namespace kxk::lab
