// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"
#include "made_certificate.h"
#include "signature_list_writer.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string efivars = "/sys/firmware/efi/efivars";
const std::string db = "db-d719b2cb-3d3a-4596-a3bc-dad00e67656f";
const std::string mok_list = "MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23";

class Keys : public testing::Test {
  protected:
    /** A 6.1 with one key on each keyring, those of platform and machine from EFI variables. */
    void fill() {
        system.name = {"6.1.0", "x86_64"};
        system.files["/proc/keys"] =
            "00000001 I------ 1 perm 1f0b0000 0 0 keyring .builtin_trusted_keys: 1\n"
            "00000002 I------ 1 perm 1f0b0000 0 0 keyring .secondary_trusted_keys: 3\n"
            "00000003 I------ 1 perm 1f0b0000 0 0 keyring .machine: 1\n"
            "00000004 I------ 1 perm 1f0b0000 0 0 keyring .platform: 1\n"
            "00000005 I------ 1 perm 1f0b0000 0 0 keyring .blacklist: 1\n";
        system.keyrings[1] = {{"asymmetric", "Distribution: key: 0a"}};
        system.keyrings[2] = {{"keyring", ".builtin_trusted_keys"},
                              {"keyring", ".machine"},
                              {"asymmetric", "Vouched for: key: 0b"}};
        system.keyrings[3] = {{"asymmetric", "Tests: MOK: 10"}};
        system.keyrings[4] = {{"asymmetric", "Tests: DB: 11"}};
        system.keyrings[5] = {{"blacklist", "bin:" + std::string(64, '7')}};
        system.directories["/sys/firmware"] = {"efi"};
        system.directories[efivars] = {db, mok_list};
        system.files[efivars + "/" + db] = lists({"DB", 0x11});
        system.files[efivars + "/" + mok_list] = lists({"MOK", 0x10});
    }

    static std::string lists(const std::pair<std::string, std::int64_t>& certificate) {
        CertificateWish wish;
        wish.subject = {{"O", "Tests"}, {"CN", certificate.first}};
        wish.serial = certificate.second;
        return std::string(4, '\0') + signature_list(x509_type, {make_der(wish)});
    }

    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(Keys, ScreenOfAllKeyrings) {
    fill();
    const auto outcome = run(system, {"keys"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(
        outcome.out,
        ".builtin_trusted_keys: 1 key\n"
        "  root of trust: the kernel itself; whether it was verified cannot be told\n"
        "  Distribution: key\n"
        "    key id     0a\n"
        "    source     compiled into the kernel, or inserted into it after the build\n"
        "\n"
        ".secondary_trusted_keys: 1 key, links to .builtin_trusted_keys, .machine\n"
        "  root of trust: a key on it or on a keyring that it links to, which signed the "
        "certificate\n"
        "  Vouched for: key\n"
        "    key id     0b\n"
        "    source     added since boot, vouched for by a key here or on a keyring linked to\n"
        "\n"
        ".machine: 1 key\n"
        "  root of trust: the machine's owner, by way of shim\n"
        "  Tests: MOK\n"
        "    key id     10\n"
        "    subject    O = Tests, CN = MOK\n"
        "    not after  2030-03-17\n"
        "    source     EFI variable MokListRT\n"
        "\n"
        ".platform: 1 key\n"
        "  root of trust: the firmware and its owner\n"
        "  Tests: DB\n"
        "    key id     11\n"
        "    subject    O = Tests, CN = DB\n"
        "    not after  2030-03-17\n"
        "    source     EFI variable db\n"
        "\n"
        ".blacklist: 1 key\n"
        "  root of trust: none needed: what is here is refused\n"
        "  bin:7777777777777777777777777777777777777777777777777777777777777777\n"
        "    source     cannot tell: no EFI variable that can be read has it\n");
}

TEST_F(Keys, JsonOfOneKeyring) {
    fill();
    for (const auto* name : {"platform", ".platform"}) {
        const auto outcome = run(system, {"keys", name, "--json"});
        EXPECT_EQ(outcome.exit, Exit::yes);
        auto json = outcome.json();
        EXPECT_EQ(json["keyrings"].size(), 1U);
        auto& key = json["keyrings"][".platform"]["keys"][0];
        EXPECT_EQ(key["fingerprint"].get<std::string>().size(), 64U);
        key.erase("fingerprint");
        EXPECT_EQ(json["keyrings"], trust::Json::parse(R"({".platform": {
            "present": true, "entries": 1, "links": [],
            "root_of_trust": "the firmware and its owner",
            "keys": [{"type": "asymmetric", "description": "Tests: DB: 11", "name": "Tests: DB",
                "key_id": "11", "source": "EFI variable db", "variable": "db",
                "subject": "O = Tests, CN = DB", "not_after": 1900000000}]}})"));
    }
}

TEST_F(Keys, JsonTellsLinksVariablesAndMoks) {
    fill();
    const auto json = run(system, {"keys", "--json"}).json();
    EXPECT_EQ(json["keyrings"][".secondary_trusted_keys"]["links"],
              trust::Json::parse(R"([".builtin_trusted_keys", ".machine"])"));
    EXPECT_EQ(json["variables"]["MokListRT"]["entries"], 1);
    EXPECT_EQ(json["variables"]["dbx"]["present"], false);
    EXPECT_EQ(json["moks"], trust::Json::parse(R"([{"description": "Tests: MOK: 10",
        "keyrings": [".machine"], "landed": true, "code": "machine",
        "reason": "the owner's trust in it counts wherever .machine does", "remedy": null}])"));
}

TEST_F(Keys, OfAKeyringThatIsAbsentIsNo) {
    fill();
    system.files["/proc/keys"] =
        "00000001 I------ 1 perm 1f0b0000 0 0 keyring .builtin_trusted_keys: 1\n";
    const auto outcome = run(system, {"keys", "machine"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(outcome.out, ".machine: this kernel has none\n");
    EXPECT_EQ(run(system, {"keys"}).exit, Exit::yes);
}

TEST_F(Keys, ThatCannotBeReadAreListedFromProcKeys) {
    fill();
    system.keyrings.erase(4);
    system.files["/proc/keys"] +=
        "00000011 I------ 1 perm 1f030000 0 0 asymmetri Tests: DB: 11: X509.ecdsa 11 []\n"
        "00000012 I------ 1 perm 1f030000 0 0 asymmetri Distribution: key: 0a: X509.rsa 0a []\n"
        "00000013 I------ 1 perm 1f030000 1000 0 asymmetri Somebody: else: 99: X509.rsa 99 []\n";
    const auto outcome = run(system, {"keys"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.out, HasSubstr(".platform: 1 entry; reading them was refused\n"));
    EXPECT_THAT(outcome.out, HasSubstr("does not tell on which):\n  Tests: DB: 11\n"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("Somebody")));
    EXPECT_EQ(run(system, {"keys", "builtin"}).exit, Exit::yes);
    EXPECT_EQ(run(system, {"keys", "--json"}).json()["unplaced_keys"],
              trust::Json::parse(R"(["Tests: DB: 11"])"));
}

TEST_F(Keys, OfASystemThatShowsNothingCannotBeTold) {
    const auto outcome = run(system, {"keys"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.out, HasSubstr(".platform: cannot tell whether it is there\n"));
    EXPECT_EQ(run(system, {"keys", "--mok"}).exit, Exit::cannot_tell);
    EXPECT_THAT(run(system, {"keys", "--mok"}).out, HasSubstr("Cannot tell: no EFI variables"));
}

TEST_F(Keys, MokOnMachine) {
    fill();
    const auto outcome = run(system, {"keys", "--mok"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.out,
              "Tests: MOK: 10\n"
              "  keyring  .machine\n"
              "  because  the owner's trust in it counts wherever .machine does\n");
}

TEST_F(Keys, MokOnPlatformSaysWhyNotOnMachine) {
    fill();
    system.keyrings[4] = {{"asymmetric", "Tests: MOK: 10"}};
    system.keyrings[3] = {};
    const auto outcome = run(system, {"keys", "--mok"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr("  keyring  .platform\n  why      "));
    EXPECT_THAT(outcome.out, HasSubstr("MokListTrustedRT is not set"));
    EXPECT_THAT(outcome.out, HasSubstr("  remedy   run `mokutil --trust-mok`"));
}

TEST_F(Keys, MokOnNoKeyringIsNo) {
    fill();
    system.keyrings[3] = {};
    const auto outcome = run(system, {"keys", "--mok"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("  keyring  on no keyring\n"));
}

TEST_F(Keys, DamagedMokListIsSaidAndCannotBeTold) {
    fill();
    system.files[efivars + "/" + mok_list] += "garbage";
    const auto outcome = run(system, {"keys", "--mok"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.out, HasSubstr("MokListRT is damaged: the signature list at byte"));
}

TEST_F(Keys, WithoutMoks) {
    fill();
    system.directories[efivars] = {db};
    system.files.erase(efivars + "/" + mok_list);
    const auto outcome = run(system, {"keys", "--mok"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr("No Machine Owner Key is enrolled"));
}

TEST_F(Keys, OnS390TheReportIsTheSource) {
    fill();
    system.name = {"5.10.13", "s390x"};
    const auto screen = run(system, {"keys", "platform"}).out;
    EXPECT_THAT(screen, HasSubstr("root of trust: the IPL report"));
    EXPECT_THAT(screen, HasSubstr("    source     IPL report\n"));
    EXPECT_EQ(run(system, {"keys", "--json"}).json()["variables"], trust::Json::object());
    const auto moks = run(system, {"keys", "--mok"});
    EXPECT_EQ(moks.exit, Exit::yes);
    EXPECT_THAT(moks.out, HasSubstr("no Machine Owner Keys on s390x"));
}

TEST_F(Keys, KeyringsHaveTwoNamesEachAndNoOthers) {
    fill();
    EXPECT_EQ(run(system, {"keys", ".builtin_trusted_keys"}).exit, Exit::yes);
    const auto outcome = run(system, {"keys", ".ima"});
    EXPECT_EQ(outcome.exit, Exit::usage);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(run(system, {"keys", "platform", "--mok"}).exit, Exit::usage);
}

}  // namespace
}  // namespace kxk::test
