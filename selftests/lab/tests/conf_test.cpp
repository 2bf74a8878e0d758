// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/conf.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "host/failure.h"

namespace kxk::lab {
namespace {

constexpr const char* arch_text =
    "# comment\n"
    "debian=amd64\nkarch=x86_64\ncross=\ntriplet=x86_64-linux-gnu\n"
    "qemu=\"qemu-system-x86_64 -M q35\"  # processor: the default\n"
    "console=ttyS0\nserial_bus=virtio-serial-pci\nsignature=pe\n"
    "verify_sig=bzImage64_verify_sig\n"
    "engines=\"ftrace kprobe\"\n";

TEST(Conf, Assignments) {
    const auto values =
        parse_assignments("a=1\n\n  # b=2\nc=\"two words\" # comment\nd=x # y\ne=\n");

    EXPECT_EQ(values.size(), 4U);
    EXPECT_EQ(values.at("a"), "1");
    EXPECT_EQ(values.at("c"), "two words");
    EXPECT_EQ(values.at("d"), "x");
    EXPECT_EQ(values.at("e"), "");
}

TEST(Conf, RefusesWhatIsNoAssignment) {
    for (const char* text : {"a\n", "=1\n", "a=\"open\n"}) {
        EXPECT_THROW(static_cast<void>(parse_assignments(text)), std::invalid_argument) << text;
    }
}

TEST(Conf, Arch) {
    const Arch arch = parse_arch("x86_64", arch_text);

    EXPECT_EQ(arch.qemu, (std::vector<std::string>{"qemu-system-x86_64", "-M", "q35"}));
    EXPECT_EQ(arch.engines, (std::vector<std::string>{"ftrace", "kprobe"}));
    EXPECT_EQ(arch.cross, "");
    EXPECT_EQ(arch.verify_sig, "bzImage64_verify_sig");
    EXPECT_EQ(arch.signature, Signature::pe);
}

TEST(Conf, ArchWithoutAFact) {
    std::string text = arch_text;
    text.erase(text.find("console"), std::string("console=ttyS0\n").size());

    EXPECT_THROW(static_cast<void>(parse_arch("x86_64", text)), std::invalid_argument);
}

TEST(Conf, ArchWithAnUnknownSignature) {
    std::string text = arch_text;
    text.replace(text.find("signature=pe"), std::string("signature=pe").size(), "signature=seal");

    EXPECT_THROW(static_cast<void>(parse_arch("x86_64", text)), std::invalid_argument);
}

TEST(Conf, Kernels) {
    const auto kernels = parse_kernels(
        "# NAME ARCH FROM PATCH KIND\n"
        "5.10.13  arm64,s390x  source:linux=5.10.13-1@bullseye  -  boot\n"
        "6.1      arm64        package:linux-source-6.1@bookworm  -  headers\n");

    ASSERT_EQ(kernels.size(), 2U);
    EXPECT_EQ(kernels[0].name, "5.10.13");
    EXPECT_EQ(kernels[0].arches, (std::vector<std::string>{"arm64", "s390x"}));
    EXPECT_TRUE(kernels[0].boots);
    EXPECT_FALSE(kernels[1].boots);
}

TEST(Conf, UnknownArchNamesTheKnown) {
    try {
        static_cast<void>(read_arch(KXK_LAB_DIR, "m68k"));
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("arm64, s390x, x86_64"), std::string::npos);
    }
}

TEST(Conf, EveryArchOfTheLabIsUnderstood) {
    for (const std::string& name : known_arches(KXK_LAB_DIR)) {
        EXPECT_EQ(read_arch(KXK_LAB_DIR, name).name, name);
    }
}

TEST(Conf, UnknownKernelNamesTheKnown) {
    const Arch arch = read_arch(KXK_LAB_DIR, "s390x");

    EXPECT_NO_THROW(require_kernel(KXK_LAB_DIR, arch, "5.10.13", true));
    EXPECT_NO_THROW(require_kernel(KXK_LAB_DIR, arch, "5.10.223", false));
    EXPECT_THROW(require_kernel(KXK_LAB_DIR, arch, "5.10.223", true), UsageError);
    EXPECT_THROW(require_kernel(KXK_LAB_DIR, arch, "2.4", false), UsageError);
    EXPECT_THROW(require_kernel(KXK_LAB_DIR, arch, "debian-5.10", false), UsageError);
}

}  // namespace
}  // namespace kxk::lab
