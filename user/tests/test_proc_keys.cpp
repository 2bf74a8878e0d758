// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "host/proc_keys.h"

namespace kxk::host {
namespace {

constexpr const char* whole_list =
    "18f2236e I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 1\n"
    "f2345678 I------     1 perm 0f0b0000     0     0 keyring   .secondary_trusted_keys: 12\n"
    "1a31f6c7 I------     1 perm 0f0b0000     0     0 keyring   .blacklist: empty\n"
    "29167555 I--Q---     1 perm 1f3f0000  1000 65534 keyring   .platform: 7\n"
    "2f0f0b0c I--Q---     1   3d 3f010000  1000  1000 user      some: thing: 9\n"
    "0bd03a2a I------     1 perm 1f030000     0     0 asymmetri A CA: 6ccece: X509.rsa 27 []\n"
    "3ee46930 I--Q---     1 perm 0c030000     0 65534 keyring   [anon]\n";

TEST(ParseProcKeys, CountsEntries) {
    const auto list = parse_proc_keys(whole_list);
    EXPECT_TRUE(list.whole);
    ASSERT_NE(list.find_system(".builtin_trusted_keys"), nullptr);
    EXPECT_EQ(list.find_system(".builtin_trusted_keys")->entries, 1U);
    EXPECT_EQ(list.find_system(".builtin_trusted_keys")->serial, 0x18f2236e);
    EXPECT_EQ(list.find_system(".secondary_trusted_keys")->entries, 12U);
    EXPECT_EQ(list.find_system(".blacklist")->entries, 0U);
}

TEST(ParseProcKeys, TakesAUsersKeyringForNoneOfTheKernels) {
    EXPECT_EQ(parse_proc_keys(whole_list).find_system(".platform"), nullptr);
}

TEST(ParseProcKeys, TakesNoOtherTypeForAKeyring) {
    const auto list = parse_proc_keys(
        "18f2236e I------     1 perm 1f0b0000     0     0 user      .builtin_trusted_keys: 1\n");
    EXPECT_EQ(list.find_system(".builtin_trusted_keys"), nullptr);
    EXPECT_FALSE(list.shows_system_keyrings());
}

TEST(ParseProcKeys, ListsTheKernelsOwnKeysAsTheirKeyringsDescribeThem) {
    const auto list = parse_proc_keys(
        "0bd03a2a I------     1 perm 1f030000     0     0 asymmetri A: CA: 6cce: X509.rsa 6cce []\n"
        "0bd03a2b I------     1 perm 1f030000     0     0 blacklist bin:00ff\n"
        "0bd03a2c I------     1 perm 1f030000  1000     0 asymmetri B: CA: 6cce: X509.rsa 6cce []\n"
        "0bd03a2d I------     1 perm 1f030000     0     0 user      C: CA: 6cce: 12\n"
        "0bd03a2e I------     1 perm 1f030000     0     0 asymmetri odd\n");
    EXPECT_TRUE(list.whole);
    EXPECT_THAT(list.keys, testing::ElementsAre(trust::Key{"asymmetric", "A: CA: 6cce"},
                                                trust::Key{"blacklist", "bin:00ff"},
                                                trust::Key{"asymmetric", "odd"}));
}

TEST(ParseProcKeys, KnowsSerialsAboveTheSignedRange) {
    const auto list = parse_proc_keys(whole_list);
    EXPECT_EQ(list.find_system(".secondary_trusted_keys")->serial,
              static_cast<std::int32_t>(0xf2345678U));
}

TEST(ParseProcKeys, OfNothingShowsNothing) {
    const auto list = parse_proc_keys("");
    EXPECT_TRUE(list.whole);
    EXPECT_FALSE(list.shows_system_keyrings());
    EXPECT_TRUE(parse_proc_keys(whole_list).shows_system_keyrings());
}

class MalformedLine : public testing::TestWithParam<const char*> {};

TEST_P(MalformedLine, IsLeftOutAndNoted) {
    const auto list = parse_proc_keys(std::string(GetParam()) + "\n" + whole_list);
    EXPECT_FALSE(list.whole);
    EXPECT_EQ(list.find_system(".machine"), nullptr);
    EXPECT_NE(list.find_system(".blacklist"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, MalformedLine,
    testing::Values("garbage", "18f2236e I------     1 perm",
                    "18f2236e I------ 1 perm 1f0b0000 0 0 keyring",
                    "18f2236e I------ 1 perm 1f0b0000 0 0 keyring .machine",
                    "18f2236e I------ 1 perm 1f0b0000 0 0 keyring .machine: many",
                    "18f2236e I------ 1 perm 1f0b0000 0 0 keyring .machine: -1",
                    "18f2236g I------ 1 perm 1f0b0000 0 0 keyring .machine: 1",
                    "18f2236e I------ 1 perm 1f0b0000 x 0 keyring .machine: 1",
                    "18f2236e I------ 1 perm 1f0b0000 0 0 keyring : 1"));

}  // namespace
}  // namespace kxk::host
