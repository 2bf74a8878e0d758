// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <cerrno>
#include <variant>

#include "image/appended.h"
#include "image/format.h"
#include "made_image.h"
#include "trust/image_assess.h"

namespace kxk::test {
namespace {

using image::ByteView;
using image::Recognised;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;
using trust::Answer;
using trust::ImageFormat;

Recognised recognise(const std::string& file) {
    const auto parsed = image::parse_pe(ByteView(file));
    return image::recognise(ByteView(file), std::get_if<image::PeImage>(&parsed));
}

TEST(Format, Bzimage) {
    const auto found = recognise(made_bzimage());
    EXPECT_EQ(found.format, ImageFormat::x86_bzimage);
    EXPECT_EQ(found.architecture, "x86_64");
    EXPECT_EQ(found.refusal.error, 0) << found.refusal.text;
    EXPECT_THAT(found.details, Contains(Pair("boot protocol", "2.15")));
    EXPECT_THAT(found.details, Contains(Pair("version", "5.10.13 test")));
}

struct SpoiledHeader {
    const char* name;
    std::size_t offset;
    unsigned value;
    const char* text;
};

class SpoiledBzimage : public testing::TestWithParam<SpoiledHeader> {};

TEST_P(SpoiledBzimage, IsRefusedByTheLoader) {
    auto file = made_bzimage();
    put(file, GetParam().offset, static_cast<std::uint16_t>(GetParam().value));
    const auto found = recognise(file);
    EXPECT_EQ(found.format, ImageFormat::x86_bzimage);
    EXPECT_EQ(found.refusal.error, ENOEXEC);
    EXPECT_THAT(found.refusal.text, HasSubstr(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(Each, SpoiledBzimage,
                         testing::Values(SpoiledHeader{"BootFlag", 0x1fe, 0, "boot sector"},
                                         SpoiledHeader{"Protocol", 0x206, 0x20b, "older than 2.12"},
                                         SpoiledHeader{"LoadedLow", 0x211, 0, "zImage"},
                                         SpoiledHeader{"No64Bit", 0x236, 2, "64-bit entry"},
                                         SpoiledHeader{"Below4G", 0x236, 1, "above 4 GiB"},
                                         SpoiledHeader{"Setup", 0x1f1, 200, "truncated"}),
                         [](const auto& test) { return test.param.name; });

TEST(Format, BzimageTruncatedAnywhereIsRefused) {
    const auto file = made_bzimage();
    for (std::size_t size = 0x206; size < 1024; ++size)
        EXPECT_EQ(recognise(file.substr(0, size)).refusal.error, ENOEXEC) << size;
    for (std::size_t size = 0; size < 0x206; ++size)
        EXPECT_NE(recognise(file.substr(0, size)).format, ImageFormat::x86_bzimage) << size;
}

TEST(Format, Arm64Image) {
    const auto found = recognise(made_arm64_image());
    EXPECT_EQ(found.format, ImageFormat::arm64_image);
    EXPECT_EQ(found.architecture, "arm64");
    EXPECT_EQ(found.refusal.error, 0);
    EXPECT_THAT(found.details, Contains(Pair("page size", "4 KiB")));
    EXPECT_THAT(found.details, Contains(Pair("byte order", "little endian")));
}

TEST(Format, Arm64ImageOfAnOldKernelIsRefused) {
    auto file = made_arm64_image();
    put(file, 16, std::uint64_t{0});
    EXPECT_EQ(recognise(file).refusal.error, EINVAL);
}

TEST(Format, Arm64ImageTruncatedIsNone) {
    const auto file = made_arm64_image();
    for (std::size_t size = 0; size < 64; ++size)
        EXPECT_EQ(recognise(file.substr(0, size)).format, ImageFormat::unknown) << size;
    EXPECT_EQ(recognise(file.substr(0, 64)).format, ImageFormat::arm64_image);
}

TEST(Format, Zboot) {
    const auto found = recognise(made_zboot());
    EXPECT_EQ(found.format, ImageFormat::efi_zboot);
    EXPECT_EQ(found.architecture, "arm64");
    EXPECT_THAT(found.details, Contains(Pair("compression", "gzip")));
    EXPECT_THAT(found.details, Contains(Pair("payload", "512 bytes at 1024")));
}

TEST(Format, ZbootWithAPayloadOutsideSaysSo) {
    auto file = made_zboot();
    put(file, 12, 0xffffffffU);
    EXPECT_THAT(recognise(file).details, Contains(Pair("payload", HasSubstr("beyond the end"))));
    for (std::size_t size = 8; size < file.size(); size += 3)
        EXPECT_EQ(recognise(file.substr(0, size)).format, ImageFormat::efi_zboot) << size;
}

TEST(Format, UnifiedKernel) {
    const auto found = recognise(made_unified_kernel());
    EXPECT_EQ(found.format, ImageFormat::unified_kernel);
    EXPECT_EQ(found.architecture, "x86_64");
    EXPECT_THAT(found.details, Contains(Pair("system", "Test Linux 1")));
    EXPECT_THAT(found.details, Contains(Pair("version", "6.1.0-test")));
    EXPECT_THAT(found.details, Contains(Pair("command line", "root=/dev/sda1 quiet")));
    EXPECT_THAT(found.details, Contains(Pair("kernel", "600 bytes")));
}

TEST(Format, UnifiedKernelWithoutItsSectionsIsAnEfiProgram) {
    const auto found = recognise(PeWriter{}.write());
    EXPECT_EQ(found.format, ImageFormat::efi_program);
    EXPECT_EQ(found.architecture, "x86_64");
}

TEST(Format, S390) {
    const auto found = recognise(made_s390_image());
    EXPECT_EQ(found.format, ImageFormat::s390_image);
    EXPECT_EQ(found.architecture, "s390x");
    EXPECT_EQ(found.refusal.error, 0);
    EXPECT_EQ(recognise(made_s390_image().substr(0, 0x11fff)).refusal.error, ENOEXEC);
}

TEST(Format, Gzip) {
    const std::string file("\x1f\x8b\x08\x08\0\0\0\0\0\x03Image\0data", 20);
    const auto found = recognise(file);
    EXPECT_EQ(found.format, ImageFormat::gzip);
    EXPECT_THAT(found.details, Contains(Pair("name inside", "Image")));
    for (std::size_t size = 3; size < file.size(); ++size)
        EXPECT_EQ(recognise(file.substr(0, size)).format, ImageFormat::gzip);
    EXPECT_EQ(recognise("\x1f\x8b\x09").format, ImageFormat::unknown);
}

TEST(Format, Elf) {
    const auto found = recognise(made_elf(22, 2));
    EXPECT_EQ(found.format, ImageFormat::elf);
    EXPECT_EQ(found.architecture, "s390x");
    EXPECT_EQ(found.refusal.error, 0);
    EXPECT_EQ(recognise(made_elf(22, 1)).refusal.error, EINVAL);
    EXPECT_EQ(recognise(made_elf(999, 2)).architecture, "");
    const auto file = made_elf(22, 2);
    for (std::size_t size = 4; size < 20; ++size)
        EXPECT_EQ(recognise(file.substr(0, size)).architecture, "") << size;
}

TEST(Format, NothingIsUnknown) {
    EXPECT_EQ(recognise("").format, ImageFormat::unknown);
    EXPECT_EQ(recognise("#!/bin/sh\n").format, ImageFormat::unknown);
    EXPECT_EQ(recognise("MZ").format, ImageFormat::unknown);
}

TEST(Format, TextOfFilesIsMadePrintable) {
    EXPECT_EQ(image::printable(ByteView("a\033[31mb\n\n c\xff "), 80), "a [31mb c");
    EXPECT_EQ(image::printable(ByteView("long"), 2), "lo");
    EXPECT_EQ(image::printable(ByteView(std::string_view("a\0b", 3)), 80), "a");
}

/* A file with this appended, as it is taken apart. */
image::AppendedSignature take_apart(const std::string& file) {
    return image::parse_appended(ByteView(file));
}

TEST(Appended, IsTakenApart) {
    const auto file = append_signature("content", "message");
    const auto signature = take_apart(file);
    EXPECT_EQ(signature.problem.error, 0);
    EXPECT_EQ(signature.content.size, 7U);
    EXPECT_EQ(signature.message.text(), "message");
}

TEST(Appended, TruncatedAnywhereIsRefused) {
    const auto file = append_signature("content", "message");
    for (std::size_t size = 0; size < file.size(); ++size)
        EXPECT_EQ(take_apart(file.substr(0, size)).problem.error, EKEYREJECTED) << size;
    for (std::size_t start = 1; start < file.size(); ++start) {
        const auto rest = file.substr(start);
        // As long as something is left of the content, it is another content.
        EXPECT_EQ(take_apart(rest).problem.error, start < 7 ? 0 : EKEYREJECTED) << start;
    }
}

TEST(Appended, HeaderWithAnythingElseIsRefused) {
    const auto file = append_signature("content", "message");
    const auto header = file.size() - 28 - 12;
    for (std::size_t i = 0; i < 8; ++i) {
        auto spoiled = file;
        spoiled[header + i] = static_cast<char>(spoiled[header + i] ^ 1);
        EXPECT_EQ(take_apart(spoiled).problem.error, i == 2 ? EKEYREJECTED : EBADMSG) << i;
    }
    auto huge = file;
    huge[header + 8] = '\xff';
    EXPECT_EQ(take_apart(huge).problem.error, EKEYREJECTED);
}

/* What a loader makes of each format. */
struct Asked {
    const char* name;
    const char* arch;
    ImageFormat format;
    Answer takes;
    int error;
    const char* text;
};

class Loader : public testing::TestWithParam<Asked> {};

TEST_P(Loader, TakesItsFormatAndNoOther) {
    trust::ImageFacts facts;
    facts.format = GetParam().format;
    facts.size = 0x12000;
    facts.architecture = GetParam().arch;
    const auto answer = trust::loader_answer(facts, GetParam().arch);
    EXPECT_EQ(answer.takes, GetParam().takes);
    EXPECT_EQ(answer.error, GetParam().error);
    EXPECT_THAT(answer.text, HasSubstr(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    Each, Loader,
    testing::Values(
        Asked{"Bzimage", "x86_64", ImageFormat::x86_bzimage, Answer::yes, 0, "takes it"},
        Asked{"Arm64Image", "arm64", ImageFormat::arm64_image, Answer::yes, 0, "takes it"},
        Asked{"S390Image", "s390x", ImageFormat::s390_image, Answer::yes, 0, "takes it"},
        Asked{"S390Elf", "s390x", ImageFormat::elf, Answer::yes, 0, "takes it"},
        Asked{"S390Anything", "s390x", ImageFormat::gzip, Answer::yes, 0, "does not look"},
        Asked{"BzimageOnArm64", "arm64", ImageFormat::x86_bzimage, Answer::no, EINVAL, "only"},
        Asked{"Arm64OnX86", "x86_64", ImageFormat::arm64_image, Answer::no, ENOEXEC, "only"},
        Asked{"Zboot", "arm64", ImageFormat::efi_zboot, Answer::no, EINVAL, "zboot"},
        Asked{"Unified", "x86_64", ImageFormat::unified_kernel, Answer::no, ENOEXEC, ".linux"},
        Asked{"Gzip", "arm64", ImageFormat::gzip, Answer::no, EINVAL, "gunzip"},
        Asked{"Elf", "x86_64", ImageFormat::elf, Answer::no, ENOEXEC, "ELF"},
        Asked{"Unknown", "arm64", ImageFormat::unknown, Answer::no, EINVAL, "only"},
        Asked{"OtherArch", "riscv64", ImageFormat::elf, Answer::cannot_tell, 0, "riscv64"}),
    [](const auto& test) { return test.param.name; });

TEST(Loader, RefusesWhatItsHeadersForbid) {
    trust::ImageFacts facts;
    facts.format = ImageFormat::arm64_image;
    facts.loader_error = EINVAL;
    facts.loader_problem = "because";
    EXPECT_EQ(trust::loader_answer(facts, "arm64").takes, Answer::no);
    EXPECT_THAT(trust::loader_answer(facts, "arm64").text, HasSubstr("because"));

    facts.format = ImageFormat::elf;
    EXPECT_EQ(trust::loader_answer(facts, "s390x").error, ENOEXEC);  // too short, first
    facts.size = 0x12000;
    EXPECT_EQ(trust::loader_answer(facts, "s390x").error, EINVAL);  // of no architecture
    facts.architecture = "s390x";
    EXPECT_THAT(trust::loader_answer(facts, "s390x").text, HasSubstr("because"));
}

}  // namespace
}  // namespace kxk::test
