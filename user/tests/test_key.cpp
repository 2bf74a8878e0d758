// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "trust/key.h"

namespace kxk::trust {
namespace {

TEST(Key, OfACertificateEndsWithItsId) {
    const Key key{"asymmetric", "kexec-keyrings lab: lab builtin key: 188f1f73"};
    EXPECT_EQ(key_id_of(key), "188f1f73");
    EXPECT_EQ(name_of(key), "kexec-keyrings lab: lab builtin key");
}

TEST(Key, WithoutANameHasAnIdAllTheSame) {
    const Key key{"asymmetric", ": 0a"};
    EXPECT_EQ(key_id_of(key), "0a");
    EXPECT_EQ(name_of(key), "");
}

class KeyWithoutId : public testing::TestWithParam<Key> {};

TEST_P(KeyWithoutId, IsItsDescriptionAndNoMore) {
    EXPECT_EQ(key_id_of(GetParam()), "");
    EXPECT_EQ(name_of(GetParam()), GetParam().description);
}

INSTANTIATE_TEST_SUITE_P(
    Descriptions, KeyWithoutId,
    testing::Values(Key{"asymmetric", ""}, Key{"asymmetric", "my key"}, Key{"asymmetric", "name: "},
                    Key{"asymmetric", "name: 0a1"}, Key{"asymmetric", "name: 0A"},
                    Key{"asymmetric", "name:0a"}, Key{"asymmetric", "name: 0a "},
                    Key{"blacklist", "bin:00ff"}, Key{"blacklist", "tbs: 00ff"}));

TEST(Key, IsFromTheCertificateWithItsDescription) {
    Certificate certificate;
    certificate.description = "Tests: Key: 0a";
    EXPECT_TRUE(is_from({"asymmetric", "Tests: Key: 0a"}, certificate));
    EXPECT_FALSE(is_from({"asymmetric", "Tests: Key: 0b"}, certificate));
    EXPECT_FALSE(is_from({"asymmetric", "Other: Key: 0a"}, certificate));
    EXPECT_FALSE(is_from({"user", "Tests: Key: 0a"}, certificate));
}

}  // namespace
}  // namespace kxk::trust
