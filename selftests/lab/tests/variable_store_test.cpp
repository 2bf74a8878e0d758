// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/variable_store.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "common/hex.h"
#include "common/text_file.h"
#include "host/failure.h"
#include "image/signature_list.h"
#include "made_certificate.h"

namespace kxk::lab {
namespace {

using image::ByteView;

constexpr std::size_t volume_size = 0x2000;
constexpr std::size_t volume_header_size = 0x48;
constexpr std::size_t store_size = 0x400;
constexpr std::size_t records_start = volume_header_size + 28;
constexpr const char* some_vendor = "01234567-89ab-cdef-0123-456789abcdef";

/** The header of a firmware volume of one block, with a checksum that is right. */
std::string volume_header(std::size_t size) {
    std::string header =
        std::string(16, '\0') + guid_bytes("fff12b8d-7696-4c8b-a985-2747075b4f50") +
        little_endian(size, 8) + "_FVH" + little_endian(0x4feff, 4) +
        little_endian(volume_header_size, 2) + little_endian(0, 2) + little_endian(0x0200, 4) +
        little_endian(1, 4) + little_endian(size, 4) + little_endian(0, 8);
    unsigned sum = 0;

    for (std::size_t i = 0; i < header.size(); i += 2) {
        sum += ByteView(header).le16(i).value();
    }
    return header.replace(50, 2, little_endian(0x10000 - (sum & 0xffffU), 2));
}

/** A store as a firmware's package has it, with something behind the store, and the volume. */
std::string empty_store() {
    std::string file = volume_header(volume_size) +
                       guid_bytes("aaf32c78-947b-439a-a180-2e144ec37792") +
                       little_endian(store_size, 4) + "\x5a\xfe" + std::string(6, '\0');

    file.resize(volume_header_size + store_size, '\xff');
    file += "work space";
    file.resize(volume_size, '\xff');
    return file + std::string(64, '\0');
}

EfiVariable some_variable(const std::string& name, const std::string& data) {
    return {name, some_vendor, variable_attributes::non_volatile, data};
}

/** The records of a store, read back. */
std::vector<EfiVariable> read_back(const std::string& volume) {
    const ByteView bytes(volume);
    std::vector<EfiVariable> variables;

    for (std::size_t at = records_start; bytes.le16(at) == 0x55aa;
         at = (at + 3) & ~std::size_t{3}) {
        const std::size_t name_size = bytes.le32(at + 36).value();
        const std::size_t data_size = bytes.le32(at + 40).value();
        EfiVariable variable;

        EXPECT_EQ(bytes.u8(at + 2), 0x3f);
        variable.attributes = bytes.le32(at + 4).value();
        variable.vendor = to_hex(bytes.slice(at + 44, 16).value().text());
        for (std::size_t i = 0; i + 2 < name_size; i += 2) {
            variable.name += static_cast<char>(bytes.le16(at + 60 + i).value());
        }
        EXPECT_EQ(bytes.le16(at + 60 + name_size - 2), 0);
        variable.data = bytes.slice(at + 60 + name_size, data_size).value().text();
        variables.push_back(variable);
        at += 60 + name_size + data_size;
    }
    return variables;
}

/** What the store says of a file that it refuses; empty when it takes it. */
std::string refusal_of(const std::string& file) {
    try {
        const VariableStore store(file);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

testing::AssertionResult refuses(const std::string& file, const std::string& reason) {
    const std::string said = refusal_of(file);

    return said.find(reason) != std::string::npos
               ? testing::AssertionSuccess()
               : testing::AssertionFailure() << "it said: \"" << said << '"';
}

std::string with(std::string file, std::size_t offset, const std::string& bytes) {
    return file.replace(offset, bytes.size(), bytes);
}

std::vector<trust::FirmwareEntry> entries_of(const std::string& lists) {
    const image::SignatureLists parsed = image::parse_signature_lists(ByteView(lists));

    EXPECT_EQ(parsed.problem, "");
    return parsed.entries;
}

TEST(VariableStore, GuidsAreInTheOrderOfTheFirmware) {
    EXPECT_EQ(to_hex(guid_bytes(some_vendor)), "67452301ab89efcd0123456789abcdef");
}

TEST(VariableStore, RefusesWhatIsNoGuid) {
    for (const char* guid :
         {"", "01234567", "01234567-89ab-cdef-0123-456789abcdeg",
          "0123456789ab-cdef-0123-456789abcdef-", "01234567-89ab-cdef-0123-456789abcdef0"}) {
        EXPECT_THROW(static_cast<void>(guid_bytes(guid)), std::invalid_argument) << guid;
    }
}

TEST(VariableStore, VariablesComeBack) {
    VariableStore store(empty_store());

    store.add(some_variable("One", "1"));
    store.add({"Second", std::string(vendors::global), variable_attributes::runtime, ""});
    const auto variables = read_back(store.volume());

    ASSERT_EQ(variables.size(), 2U);
    EXPECT_EQ(variables[0].name, "One");
    EXPECT_EQ(variables[0].vendor, to_hex(guid_bytes(some_vendor)));
    EXPECT_EQ(variables[0].attributes, variable_attributes::non_volatile);
    EXPECT_EQ(variables[0].data, "1");
    EXPECT_EQ(variables[1].name, "Second");
    EXPECT_EQ(variables[1].data, "");
}

TEST(VariableStore, TheRestOfTheVolumeStays) {
    const std::string empty = empty_store();
    VariableStore store(empty);

    EXPECT_EQ(store.volume(), empty.substr(0, volume_size));
    store.add(some_variable("One", "1"));
    EXPECT_NE(store.volume(), empty.substr(0, volume_size));
    EXPECT_EQ(store.volume().substr(volume_header_size + store_size),
              empty.substr(volume_header_size + store_size,
                           volume_size - volume_header_size - store_size));
}

TEST(VariableStore, VariablesOfTheFileAreGone) {
    VariableStore full(empty_store());

    full.add(some_variable("Old", "old"));
    const VariableStore store(full.volume());
    EXPECT_TRUE(read_back(store.volume()).empty());
    EXPECT_EQ(store.volume(), empty_store().substr(0, volume_size));
}

TEST(VariableStore, IsFullToTheLastByte) {
    constexpr std::size_t of_header_and_name = 60 + 4;
    const std::string all(volume_header_size + store_size - records_start - of_header_and_name,
                          'x');
    VariableStore store(empty_store());

    EXPECT_THROW(store.add(some_variable("n", all + 'x')), std::invalid_argument);
    store.add(some_variable("n", all));
    EXPECT_THROW(store.add(some_variable("m", "")), std::invalid_argument);
    EXPECT_EQ(store.volume().substr(volume_header_size + store_size, 4), "work");
}

TEST(VariableStore, RefusesVariablesThatAreNone) {
    VariableStore store(empty_store());
    EfiVariable homeless = some_variable("n", "");

    homeless.vendor = "somebody";
    EXPECT_THROW(store.add(some_variable("", "1")), std::invalid_argument);
    EXPECT_THROW(store.add(some_variable("\xc3\xa4", "1")), std::invalid_argument);
    EXPECT_THROW(store.add(homeless), std::invalid_argument);
    EXPECT_TRUE(read_back(store.volume()).empty());
}

TEST(VariableStore, RefusesOtherFiles) {
    EXPECT_TRUE(refuses("", "does not begin with"));
    EXPECT_TRUE(refuses(std::string(volume_size, '\0'), "does not begin with"));
    EXPECT_TRUE(refuses("#!/bin/sh\n", "does not begin with"));
    // A volume for files
    EXPECT_TRUE(refuses(with(empty_store(), 16, std::string(16, 'f')), "does not begin with"));
    EXPECT_TRUE(refuses(with(empty_store(), volume_header_size, std::string(16, 'f')),
                        "not authenticated"));
}

TEST(VariableStore, RefusesDamagedFiles) {
    const std::string file = empty_store();

    EXPECT_TRUE(refuses(with(file, 55, "\x01"), "header of its firmware volume is damaged"));
    EXPECT_TRUE(refuses(with(file, 48, little_endian(0, 2)), "is damaged"));
    EXPECT_TRUE(refuses(with(file, 48, little_endian(0x49, 2)), "is damaged"));
    EXPECT_TRUE(refuses(with(file, 48, little_endian(0xfffe, 2)), "is damaged"));
    EXPECT_TRUE(refuses(with(file, volume_header_size + 20, "\xff"), "not formatted"));
    EXPECT_TRUE(refuses(with(file, volume_header_size + 16, little_endian(27, 4)), "its size"));
    EXPECT_TRUE(
        refuses(with(file, volume_header_size + 16, little_endian(volume_size, 4)), "its size"));
    EXPECT_EQ(refusal_of(file), "");
}

TEST(VariableStore, RefusesTruncatedFiles) {
    const std::string file = empty_store();

    for (std::size_t size = 0; size < volume_size; size += 13) {
        EXPECT_NE(refusal_of(file.substr(0, size)), "") << size;
    }
    EXPECT_TRUE(refuses(file.substr(0, volume_size - 1), "cut off: 8191 bytes of 8192"));
    EXPECT_EQ(refusal_of(file.substr(0, volume_size)), "");
    // A size that no file has
    std::string endless = volume_header(~std::size_t{0});
    endless.resize(volume_size);
    EXPECT_TRUE(refuses(endless, "cut off"));
}

TEST(VariableStore, FilesAreAsLargeAsTheFlashMemory) {
    const std::string directory = testing::TempDir();
    const std::string like = directory + "kxk-like.fd";
    const std::string result = directory + "kxk-result.fd";

    write_file(like, empty_store());
    write_variable_store(like, {some_variable("One", "1")}, result);
    const std::string file = read_file(result);
    EXPECT_EQ(file.size(), empty_store().size());
    EXPECT_EQ(file.substr(volume_size), std::string(64, '\0'));
    EXPECT_EQ(read_back(file).size(), 1U);
}

TEST(VariableStore, FailuresNameTheFile) {
    const std::string like = testing::TempDir() + "kxk-none.fd";

    write_file(like, "none");
    try {
        write_variable_store(like, {}, testing::TempDir() + "kxk-never.fd");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_NE(std::string(failure.what()).find(like), std::string::npos);
    }
}

TEST(SignatureList, Digests) {
    const std::string digest(32, '\x12');
    const auto entries = entries_of(signature_list(SignatureType::image_digest, digest) +
                                    signature_list(SignatureType::certificate_digest, digest) +
                                    signature_list(SignatureType::bare_certificate_digest, digest));

    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[2].kind, trust::FirmwareEntryKind::certificate_hash);
    EXPECT_EQ(entries[2].digest, to_hex(digest));
    EXPECT_EQ(entries[0].kind, trust::FirmwareEntryKind::image_hash);
    EXPECT_EQ(entries[0].digest, to_hex(digest));
    EXPECT_EQ(entries[1].kind, trust::FirmwareEntryKind::certificate_hash);
    EXPECT_EQ(entries[1].digest, to_hex(digest));
    EXPECT_EQ(entries[0].owner, entries[1].owner);
}

TEST(SignatureList, CertificatesComeBackThroughTheStore) {
    const std::string certificate = test::make_der({});
    VariableStore store(empty_store());

    store.add({"db", std::string(vendors::image_security), variable_attributes::runtime,
               signature_list(SignatureType::certificate, certificate)});
    const auto variables = read_back(store.volume());
    ASSERT_EQ(variables.size(), 1U);
    const auto entries = entries_of(variables[0].data);
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].kind, trust::FirmwareEntryKind::certificate);
    ASSERT_TRUE(entries[0].certificate.has_value());
    EXPECT_FALSE(entries[0].certificate->subject.empty());
    // Its twin is damaged, and no certificate.
    const auto damaged =
        entries_of(signature_list(SignatureType::certificate, certificate.substr(1)));
    ASSERT_EQ(damaged.size(), 1U);
    EXPECT_FALSE(damaged[0].certificate.has_value());
}

}  // namespace
}  // namespace kxk::lab
