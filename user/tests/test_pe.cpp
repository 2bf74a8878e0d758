// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <cerrno>

#include "image/digest.h"
#include "image/pe.h"
#include "pe_writer.h"
#include "trust/image_facts.h"

namespace kxk::test {
namespace {

using image::ByteView;
using image::Malformed;
using image::PeImage;
using testing::HasSubstr;

/* A message of which only the first bytes are looked at. */
const std::string short_message{"\x30\x03\x02\x01\x00", 5};

PeImage sound(const std::string& file) {
    auto result = image::parse_pe(ByteView(file));
    EXPECT_TRUE(std::holds_alternative<PeImage>(result)) << std::get<Malformed>(result).text;
    return std::get<PeImage>(std::move(result));
}

Malformed malformed(const std::string& file) {
    auto result = image::parse_pe(ByteView(file));
    EXPECT_TRUE(std::holds_alternative<Malformed>(result));
    return std::get<Malformed>(std::move(result));
}

std::string sha256(const std::string& file) {
    return image::pe_digests(sound(file), {"sha256"})["sha256"];
}

TEST(Pe, HeadersOfAnUnsignedFile) {
    const PeWriter writer;
    const auto file = writer.write();
    const auto pe = sound(file);
    EXPECT_EQ(pe.machine, image::pe_machine_x86_64);
    EXPECT_TRUE(pe.pe32_plus);
    EXPECT_EQ(pe.subsystem, 10);
    EXPECT_EQ(pe.header_size, 1024U);
    EXPECT_EQ(pe.checksum_offset, writer.checksum_offset());
    EXPECT_EQ(pe.directory_entry_offset, writer.certificate_directory());
    EXPECT_TRUE(pe.has_certificate_directory);
    EXPECT_FALSE(pe.is_signed());
    EXPECT_EQ(pe.dos_header.size, writer.dos_stub.size());
    EXPECT_EQ(pe.pe_header.offset, writer.dos_stub.size());
    EXPECT_EQ(pe.optional_header.offset, writer.optional_header());
    EXPECT_EQ(pe.section_table.offset, writer.section_table());
    EXPECT_EQ(pe.section_table.size, writer.section_header(2) - writer.section_table());
    ASSERT_EQ(pe.sections.size(), 2U);
    EXPECT_EQ(image::find_section(pe, ".data")->data.offset, 1536U);
    EXPECT_EQ(image::find_section(pe, ".data")->data.size, 512U);
    EXPECT_EQ(image::find_section(pe, ".dat"), nullptr);
    EXPECT_TRUE(image::read_certificates(pe).entries.empty());
    EXPECT_EQ(image::read_certificates(pe).problem.error, 0);
    EXPECT_EQ(pe.oddity, "");
}

TEST(Pe, HeadersOf32Bits) {
    PeWriter writer;
    writer.pe32_plus = false;
    const auto file = writer.write();
    const auto pe = sound(file);
    EXPECT_FALSE(pe.pe32_plus);
    EXPECT_EQ(pe.checksum_offset, writer.checksum_offset());
    EXPECT_EQ(pe.directory_entry_offset, writer.certificate_directory());
}

TEST(Pe, DigestLeavesOutChecksumAndCertificates) {
    PeWriter writer;
    writer.trailer = "trailer.";
    const auto unsigned_file = writer.write();
    auto content = unsigned_file;
    content.erase(writer.certificate_directory(), 8);
    content.erase(writer.checksum_offset(), 4);
    const auto expected = image::digest_of(ByteView(content), "sha256");
    EXPECT_EQ(sha256(unsigned_file), expected);

    writer.certificates = certificate_entry(short_message);
    auto file = writer.write();
    EXPECT_EQ(sha256(file), expected);
    put(file, writer.checksum_offset(), 0x12345678U);
    EXPECT_EQ(sha256(file), expected);
}

TEST(Pe, DigestTakesSectionsInTheOrderOfTheirOffsets) {
    PeWriter writer;
    auto file = writer.write();
    const auto expected_content = [&writer](std::string content) {
        content.erase(writer.certificate_directory(), 8);
        content.erase(writer.checksum_offset(), 4);
        return image::digest_of(ByteView(content), "sha256");
    };
    // The same two sections, in the other order in the table
    const auto first = file.substr(writer.section_header(0), 40);
    const auto second = file.substr(writer.section_header(1), 40);
    file.replace(writer.section_header(0), 40, second);
    file.replace(writer.section_header(1), 40, first);
    EXPECT_EQ(sha256(file), expected_content(file));
}

TEST(Pe, DigestOfEveryChangedByteIsAnother) {
    PeWriter writer;
    writer.header_size = 512;
    writer.sections = {{".text", std::string(64, 'T')}};
    writer.trailer = "trailer.";
    writer.certificates = certificate_entry(short_message);
    const auto file = writer.write();
    const auto digest = sha256(file);
    const auto content_end = file.size() - writer.certificates.size();

    for (std::size_t i = 0; i < file.size(); ++i) {
        auto changed = file;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        const auto result = image::parse_pe(ByteView(changed));
        const auto* pe = std::get_if<PeImage>(&result);
        if (pe == nullptr)
            continue;  // not a PE file any more
        const bool left_out =
            (i >= writer.checksum_offset() && i < writer.checksum_offset() + 4) || i >= content_end;
        const auto digests = image::pe_digests(*pe, {"sha256"});
        const auto found = digests.find("sha256");
        if (i >= writer.certificate_directory() && i < writer.certificate_directory() + 8)
            continue;  // the place of the table: left out, but it decides what else is
        EXPECT_EQ(found != digests.end() && found->second == digest, left_out) << "byte " << i;
    }
}

TEST(Pe, DigestOfASectionOutsideOfTheFileIsNone) {
    PeWriter writer;
    auto file = writer.write();
    put(file, writer.section_header(1) + 20, 0xffffffffU);
    EXPECT_TRUE(image::pe_digests(sound(file), {"sha256"}).empty());
    file = writer.write();
    put(file, writer.section_header(1) + 16, 513U);
    EXPECT_TRUE(image::pe_digests(sound(file), {"sha256"}).empty());
}

TEST(Pe, DigestIsNoneWhereSectionsCoverTheCertificates) {
    PeWriter writer;
    writer.certificates = certificate_entry(short_message);
    auto file = writer.write();
    put(file, writer.section_header(1) + 16, 520U);
    EXPECT_FALSE(image::digested_ranges(sound(file)));
}

TEST(Pe, AppendedBytesArePartOfTheDigest) {
    PeWriter writer;
    writer.certificates = certificate_entry(short_message);
    const auto file = writer.write();
    EXPECT_NE(sha256(file), sha256(file + std::string(8, '\0')));
}

TEST(Pe, TruncatedAnywhereItIsRefusedOrHasAnotherDigest) {
    PeWriter writer;
    writer.certificates = certificate_entry(short_message);
    const auto file = writer.write();
    for (std::size_t size = 0; size < file.size(); ++size) {
        const auto cut = file.substr(0, size);
        const auto result = image::parse_pe(ByteView(cut));
        const auto* malformed = std::get_if<Malformed>(&result);
        ASSERT_NE(malformed, nullptr) << size;
        EXPECT_EQ(malformed->error, ELIBBAD) << size;
        EXPECT_FALSE(malformed->text.empty()) << size;
    }
}

TEST(Pe, TruncatedHeadersOfUnsignedFilesAreRefused) {
    const PeWriter writer;
    const auto file = writer.write();
    for (std::size_t size = 0; size <= writer.header_size; ++size)
        EXPECT_EQ(malformed(file.substr(0, size)).error, ELIBBAD) << size;
}

struct Damage {
    const char* name;
    std::size_t offset;
    std::uint32_t value;
    const char* text;
};

class DamagedPe : public testing::TestWithParam<Damage> {};

TEST_P(DamagedPe, IsRefusedAsByTheKernel) {
    PeWriter writer;
    writer.certificates = certificate_entry(short_message);
    auto file = writer.write();
    put(file, GetParam().offset, GetParam().value);
    const auto problem = malformed(file);
    EXPECT_EQ(problem.error, ELIBBAD);
    EXPECT_THAT(problem.text, HasSubstr(GetParam().text));
}

// The writer's PE header is at 64, the optional header at 88, the directories at 200.
INSTANTIATE_TEST_SUITE_P(
    Each, DamagedPe,
    testing::Values(Damage{"NoMz", 0, 0, "no MZ"},
                    Damage{"PeInDosHeader", 0x3c, 63, "said to be at 63"},
                    Damage{"PeOutside", 0x3c, 0x7fffffff, "not within the file"},
                    Damage{"PeAtTheEnd", 0x3c, 2056, "not within the file"},
                    Damage{"NoPe", 64, 0x4550ff, "no PE header"},
                    Damage{"NoOptionalHeader", 88, 0x107, "neither PE32"},
                    Damage{"HeadersTooSmall", 148, 200, "size of the headers"},
                    Damage{"HeadersBeyondTheFile", 148, 2064, "size of the headers"},
                    Damage{"TooManyDirectories", 196, 0x10000000, "data directories do not fit"},
                    Damage{"TooManySections", 70, 0xffff, "sections do not fit"},
                    Damage{"TableInHeaders", 232, 1023, "lies in the headers"},
                    Damage{"TableBeyondTheFile", 232, 2049, "certificate table ends"},
                    Damage{"TableTooLarge", 236, 0xffffffff, "certificate table ends"}),
    [](const auto& test) { return test.param.name; });

TEST(Pe, TooManySectionsDoNotMatterToTheKernelInUnsignedFiles) {
    const PeWriter writer;
    auto file = writer.write();
    put(file, 70, std::uint16_t{0xffff});
    EXPECT_EQ(malformed(file).error, 0);
}

TEST(Pe, OdditiesAreTold) {
    const PeWriter writer;
    auto file = writer.write();
    put(file, 84, std::uint16_t{240});
    EXPECT_THAT(sound(file).oddity, HasSubstr("section table"));

    file = writer.write();
    put(file, 84, std::uint16_t{144});
    put(file, writer.directories() - 4, std::uint32_t{4});
    EXPECT_THAT(sound(file).oddity, HasSubstr("no data directory for certificates"));
    EXPECT_FALSE(sound(file).has_certificate_directory);
}

TEST(PeCertificates, AreAllRead) {
    PeWriter writer;
    writer.certificates = certificate_entry(short_message) + certificate_entry("other", 0xef1);
    const auto file = writer.write();
    const auto table = image::read_certificates(sound(file));
    ASSERT_EQ(table.entries.size(), 2U);
    EXPECT_EQ(table.entries[0].content.text(), short_message);
    EXPECT_EQ(table.entries[0].range.offset, 2048U);
    EXPECT_EQ(table.entries[1].type, 0xef1);
    EXPECT_EQ(table.entries[1].content.text(), "other");
    EXPECT_EQ(table.problem.error, 0);
    EXPECT_EQ(table.problem_before_6_3.error, ELIBBAD);
}

TEST(PeCertificates, OfASingleEntryAreFineForOlderKernels) {
    PeWriter writer;
    writer.certificates = certificate_entry(short_message);
    const auto file = writer.write();
    const auto table = image::read_certificates(sound(file));
    ASSERT_EQ(table.entries.size(), 1U);
    EXPECT_EQ(table.problem.error, 0);
    EXPECT_EQ(table.problem_before_6_3.error, 0);
}

TEST(PeCertificates, WithZerosBehindThemAreOfOneEntry) {
    PeWriter writer;
    writer.certificates = certificate_entry(short_message) + std::string(16, '\0');
    const auto file = writer.write();
    const auto table = image::read_certificates(sound(file));
    EXPECT_EQ(table.entries.size(), 1U);
    EXPECT_EQ(table.problem.text, "");
    EXPECT_EQ(table.problem_before_6_3.error, ELIBBAD);
}

struct BadEntry {
    const char* name;
    std::string table;
    int error;
};

class BadFirstEntry : public testing::TestWithParam<BadEntry> {};

TEST_P(BadFirstEntry, HasTheErrnoOfTheKernel) {
    PeWriter writer;
    writer.certificates = GetParam().table;
    const auto file = writer.write();
    const auto table = image::read_certificates(sound(file));
    EXPECT_EQ(table.problem.error, GetParam().error) << table.problem.text;
    EXPECT_FALSE(table.problem.text.empty());
}

std::string entry_of_length(std::uint32_t length) {
    auto entry = certificate_entry(short_message);
    put(entry, 0, length);
    return entry;
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadFirstEntry,
    testing::Values(BadEntry{"TooShort", "\x30", ELIBBAD},
                    BadEntry{"LengthZero", entry_of_length(0), ELIBBAD},
                    BadEntry{"LengthBelowHeader", entry_of_length(7), ELIBBAD},
                    BadEntry{"LongerThanTheTable", entry_of_length(17), ELIBBAD},
                    BadEntry{"LengthHuge", entry_of_length(0xffffffff), ELIBBAD},
                    BadEntry{"Revision1", certificate_entry(short_message, 2, 0x0100),
                             trust::enotsupp},
                    BadEntry{"NotPkcs7", certificate_entry(short_message, 0x0ef1), trust::enotsupp},
                    BadEntry{"Empty", certificate_entry("abc"), EKEYREJECTED},
                    BadEntry{"NoSequence", certificate_entry("abcd"), ELIBBAD},
                    BadEntry{"MessageLonger",
                             certificate_entry("\x30\x06"
                                               "abcde"),
                             ELIBBAD},
                    BadEntry{"MessageLonger81",
                             certificate_entry("\x30\x81\x06"
                                               "abcde"),
                             ELIBBAD},
                    BadEntry{"MessageLonger82",
                             certificate_entry("\x30\x82\x01\x02"
                                               "abcde"),
                             ELIBBAD},
                    BadEntry{"MessageHuge", certificate_entry("\x30\x83\x01\x02\x03"), EMSGSIZE}),
    [](const auto& test) { return test.param.name; });

TEST(PeCertificates, SecondEntryThatIsBrokenIsToldButNotMinded) {
    PeWriter writer;
    writer.certificates = certificate_entry(short_message) + entry_of_length(1000);
    const auto file = writer.write();
    const auto table = image::read_certificates(sound(file));
    EXPECT_EQ(table.entries.size(), 1U);
    EXPECT_EQ(table.problem.error, 0);
    EXPECT_THAT(table.problem.text, HasSubstr("entry 2"));
}

TEST(PeAppend, GoesBehindTheLastEntryOrTheFile) {
    PeWriter writer;
    writer.trailer = "odd";
    auto file = writer.write();
    EXPECT_EQ(image::append_offset(sound(file)), 2056U);
    writer.trailer = "";
    writer.certificates = certificate_entry(short_message);
    file = writer.write();
    EXPECT_EQ(image::append_offset(sound(file)), file.size());
    file += "appended";
    EXPECT_FALSE(image::append_offset(sound(file)));
}

TEST(PeChecksum, IsTheSumOfWordsAndTheSize) {
    const PeWriter writer;
    auto file = writer.write();
    const auto sum = image::checksum(sound(file));
    std::uint64_t expected = 0;
    for (std::size_t i = 0; i < file.size(); i += 2)
        expected +=
            static_cast<unsigned char>(file[i]) + 256U * static_cast<unsigned char>(file[i + 1]);
    expected = (expected & 0xffff) + (expected >> 16);
    EXPECT_EQ(sum, expected + file.size());
    put(file, writer.checksum_offset(), sum);
    EXPECT_EQ(image::checksum(sound(file)), sum);
    file.push_back('\x01');
    EXPECT_EQ(image::checksum(sound(file)), sum + 2);
}

}  // namespace
}  // namespace kxk::test
