// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "host/kernel_config.h"

namespace kxk::host {
namespace {

constexpr const char* whole_config =
    "#\n"
    "# Automatically generated file; DO NOT EDIT.\n"
    "#\n"
    "CONFIG_KEXEC=y\n"
    "CONFIG_KEXEC_FILE=m\n"
    "# CONFIG_KEXEC_SIG_FORCE is not set\n"
    "CONFIG_SYSTEM_TRUSTED_KEYS=\"certs/y.pem\"\n"
    "CONFIG_CC_VERSION_TEXT=\"y\"\n"
    "CONFIG_HZ=250\n"
    "CONFIG_OFF=n\n";

TEST(KernelConfig, ReadsSwitches) {
    const auto config = KernelConfig::parse(whole_config);
    EXPECT_EQ(config.is_on("KEXEC"), true);
    EXPECT_EQ(config.is_on("KEXEC_FILE"), true);
    EXPECT_EQ(config.is_on("KEXEC_SIG_FORCE"), false);
    EXPECT_EQ(config.is_on("OFF"), false);
}

TEST(KernelConfig, TakesNoStringForASwitch) {
    EXPECT_EQ(KernelConfig::parse(whole_config).is_on("CC_VERSION_TEXT"), false);
}

TEST(KernelConfig, WholeFileListsWhatIsOn) {
    EXPECT_EQ(KernelConfig::parse(whole_config).is_on("KEXEC_SIG"), false);
}

class DamagedConfig : public testing::TestWithParam<std::string> {};

TEST_P(DamagedConfig, SaysNothingOfWhatItDoesNotList) {
    const auto config = KernelConfig::parse(GetParam());
    EXPECT_EQ(config.is_on("KEXEC_SIG"), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Texts, DamagedConfig,
                         testing::Values("", "\n", "# a comment\n", "CONFIG_KEXEC=y",
                                         "CONFIG_KEXEC=y\nCONFIG_KEXEC_S",
                                         "CONFIG_KEXEC=y\nCONFIG_KEXEC_S\nCONFIG_A=y\n",
                                         "CONFIG_KEXEC=y\n\x01\x02garbage\n", "CONFIG_=y\n"));

TEST(KernelConfig, DamagedFileStillSaysWhatItLists) {
    const auto config =
        KernelConfig::parse("CONFIG_KEXEC=y\n# CONFIG_KEXEC_SIG is not set\nCONFIG_TRUNC");
    EXPECT_EQ(config.is_on("KEXEC"), true);
    EXPECT_EQ(config.is_on("KEXEC_SIG"), false);
    EXPECT_EQ(config.is_on("TRUNC"), std::nullopt);
}

TEST(KernelConfig, CommentThatOnlyResemblesIsNoEvidence) {
    const auto config = KernelConfig::parse("# CONFIG_KEXEC_SIG is not set yet, maybe\nX");
    EXPECT_EQ(config.is_on("KEXEC_SIG"), std::nullopt);
}

TEST(KernelConfig, AnyOfSeveralNames) {
    const auto whole = KernelConfig::parse(whole_config);
    EXPECT_EQ(whole.is_any_on({"KEXEC_SIG", "KEXEC_FILE"}), true);
    EXPECT_EQ(whole.is_any_on({"KEXEC_SIG", "KEXEC_SIG_FORCE"}), false);
    const auto damaged = KernelConfig::parse("# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C");
    EXPECT_EQ(damaged.is_any_on({"A", "B"}), true);
    EXPECT_EQ(damaged.is_any_on({"A", "C"}), std::nullopt);
}

}  // namespace
}  // namespace kxk::host
