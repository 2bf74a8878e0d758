// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/corruption.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "host/failure.h"
#include "image/appended.h"
#include "image/appended_sign.h"
#include "image/image.h"
#include "image/pe.h"
#include "image/pe_sign.h"
#include "made_image.h"
#include "made_signer.h"

namespace kxk::lab {
namespace {

using image::ByteView;

const image::SigningKey& key() {
    static const test::MadeSigner signer = test::make_signer();
    static const image::SigningKey key = signer.signing_key();

    return key;
}

std::string signed_pe() {
    static const std::string file = [] {
        test::PeWriter writer;

        writer.sections.push_back({".large", std::string(8192, 'L')});
        return std::get<image::SignedFile>(
                   image::sign_pe(test::made_arm64_image(writer), key(), {}))
            .bytes;
    }();

    return file;
}

std::string appended() {
    static const std::string file =
        std::get<image::SignedFile>(image::sign_appended(test::made_s390_image(), key(), {})).bytes;

    return file;
}

std::uint64_t offset_of(const std::vector<Spot>& spots, const std::string& name) {
    const auto spot = std::find_if(spots.begin(), spots.end(),
                                   [&name](const Spot& other) { return other.name == name; });

    EXPECT_NE(spot, spots.end()) << name;
    return spot == spots.end() ? 0 : spot->offset;
}

/** Places are of different names, different, and in the file. */
void expect_distinct(const std::vector<Spot>& spots, std::size_t size) {
    std::set<std::string> names;
    std::set<std::uint64_t> offsets;

    for (const Spot& spot : spots) {
        EXPECT_LT(spot.offset, size) << spot.name;
        EXPECT_TRUE(names.insert(spot.name).second) << spot.name;
        EXPECT_TRUE(offsets.insert(spot.offset).second) << spot.name;
    }
}

trust::ImageFacts facts_of(const std::string& file) {
    return image::read_image(ByteView(file));
}

/** Whether a reader finds nothing wrong; appended messages have no certificate to hold against. */
bool sound(const std::string& file) {
    const auto facts = facts_of(file);

    return facts.structure_error == 0 && facts.signatures.size() == 1 &&
           facts.signatures[0].message_error == 0 && facts.signatures[0].content_error == 0 &&
           facts.signatures[0].signers.size() == 1 &&
           facts.signatures[0].signers[0].valid.value_or(facts.form ==
                                                         trust::SignatureForm::appended);
}

TEST(Corruption, FlipsOneBit) {
    EXPECT_EQ(flipped("abc", 1), "acc");
    EXPECT_EQ(flipped(flipped("abc", 2), 2), "abc");
    EXPECT_THROW(static_cast<void>(flipped("abc", 3)), std::out_of_range);
}

TEST(Corruption, PeSpotsAreWhereTheyAreSaidToBe) {
    const std::string file = signed_pe();
    const auto spots = pe_spots(file);
    const auto pe = std::get<image::PeImage>(image::parse_pe(ByteView(file)));

    expect_distinct(spots, file.size());
    EXPECT_EQ(offset_of(spots, "checksum"), pe.checksum_offset);
    EXPECT_EQ(offset_of(spots, "directory-size"), pe.directory_entry_offset + 4);
    EXPECT_EQ(file.at(offset_of(spots, "section")), 'L');
    EXPECT_EQ(file.at(offset_of(spots, "pkcs7")), '\x30');
    EXPECT_EQ(offset_of(spots, "pkcs7"), pe.certificate_table.offset + 8);
    EXPECT_EQ(file.at(offset_of(spots, "entry-revision")), '\0');
    EXPECT_EQ(file.at(offset_of(spots, "entry-type")), '\2');
}

TEST(Corruption, EveryPeSpotMattersButTheChecksum) {
    const std::string file = signed_pe();

    ASSERT_TRUE(sound(file));
    for (const Spot& spot : pe_spots(file)) {
        EXPECT_EQ(sound(flipped(file, spot.offset)), spot.name == "checksum") << spot.name;
    }
}

TEST(Corruption, EveryPeCutMatters) {
    const std::string file = signed_pe();
    const auto cuts = pe_cuts(file);

    expect_distinct(cuts, file.size());
    EXPECT_LT(offset_of(cuts, "dos-header"), 64U);
    for (const Spot& spot : cuts) {
        EXPECT_EQ(cut(file, spot.offset).size(), spot.offset);
        EXPECT_FALSE(sound(cut(file, spot.offset))) << spot.name;
    }
}

TEST(Corruption, LongerTable) {
    const std::string file = signed_pe();
    const std::string in_entry = with_longer_table(file, 8);
    const std::string in_padding = with_longer_table(file, 9);

    EXPECT_EQ(in_entry.size(), file.size() + 8);
    EXPECT_EQ(in_entry.substr(in_entry.size() - 8), "xxxxxxxx");
    EXPECT_TRUE(sound(in_entry));
    EXPECT_EQ(in_padding.size() % image::certificate_alignment, 0U);
    EXPECT_TRUE(sound(in_padding));
    EXPECT_EQ(facts_of(in_padding).structure_error_before_6_3, 0);
    EXPECT_FALSE(sound(file + "xxxxxxxx"));
}

TEST(Corruption, ReplacesMessage) {
    const std::string file = signed_pe();
    const auto pe = std::get<image::PeImage>(image::parse_pe(ByteView(file)));
    const std::string message(image::read_certificates(pe).entries.front().content.text());

    EXPECT_TRUE(sound(with_message(file, message)));
    EXPECT_FALSE(sound(with_message(file, message.substr(0, message.size() / 2))));
}

TEST(Corruption, WhatIsNotSignedIsRefused) {
    EXPECT_THROW(static_cast<void>(pe_spots("text")), Failure);
    EXPECT_THROW(static_cast<void>(pe_cuts(test::made_arm64_image())), Failure);
    EXPECT_THROW(static_cast<void>(take_apart("text")), Failure);
    EXPECT_THROW(static_cast<void>(appended_spots(flipped(appended(), appended().size() - 1))),
                 Failure);
}

TEST(Corruption, ModuleSignature) {
    ModuleSignature signature;
    signature.algo = 1;
    signature.hash = 3;
    signature.signer_len = 4;
    signature.key_id_len = 5;
    signature.pad = {6, 7, 8};
    signature.sig_len = 0x090a0b0c;

    EXPECT_EQ(bytes_of(signature), "\x01\x03\x02\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c");
}

TEST(Corruption, TakenApartAndPutTogether) {
    const std::string file = appended();
    const auto parts = take_apart(file);

    EXPECT_EQ(parts.content, test::made_s390_image());
    EXPECT_EQ(put_together(parts), file);
    EXPECT_TRUE(sound(file));
}

TEST(Corruption, EveryWrongFieldMatters) {
    const auto parts = take_apart(appended());
    std::set<std::string> names;
    std::set<std::string> structures{bytes_of([&parts] {
        ModuleSignature right;
        right.sig_len = static_cast<std::uint32_t>(parts.message.size());
        return right;
    }())};

    for (const WrongField& wrong : wrong_fields(parts)) {
        EXPECT_TRUE(names.insert(wrong.name).second) << wrong.name;
        EXPECT_TRUE(structures.insert(bytes_of(wrong.signature)).second) << wrong.name;
        EXPECT_FALSE(sound(put_together(parts, wrong.signature))) << wrong.name;
    }
}

TEST(Corruption, AppendedCuts) {
    const std::string file = appended();
    const auto cuts = appended_cuts(file);

    expect_distinct(cuts, file.size());
    EXPECT_GT(offset_of(cuts, "pkcs7"), test::made_s390_image().size());
    EXPECT_EQ(offset_of(cuts, "no-marker"), file.size() - image::appended_marker.size());
    for (const Spot& spot : cuts) {
        EXPECT_FALSE(sound(cut(file, spot.offset))) << spot.name;
    }
}

TEST(Corruption, AppendedSpots) {
    const std::string file = appended();
    const auto spots = appended_spots(file);

    expect_distinct(spots, file.size());
    EXPECT_LT(offset_of(spots, "last"), test::made_s390_image().size());
    EXPECT_EQ(file.at(offset_of(spots, "marker")), '~');
    EXPECT_EQ(file.at(offset_of(spots, "pkcs7")), '\x30');
    EXPECT_GT(offset_of(spots, "signature"), offset_of(spots, "signer"));
}

}  // namespace
}  // namespace kxk::lab
