// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "trust/mok.h"

namespace kxk::trust {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Mok : public testing::Test {
  protected:
    /** A 6.1 that takes MOKs onto .machine, with one MOK, which is on no keyring yet. */
    Mok() {
        certificate.description = "Owner: MOK: 0a0b";
        certificate.tbs_digest = "00ff";
        certificate.key_algorithm = "RSA 2048";
        certificate.ca = certificate.signs_certificates = true;
        for (const auto keyring : all_keyrings) {
            KeyringState state;
            state.keyring = keyring;
            state.present = true;
            state.contents.emplace();
            machine.keyrings.push_back(state);
        }
        machine.secure_boot = {true, "uefi", false, true};
        machine.options.uefi_keys = true;
        machine.options.machine_keyring_cas = false;
        firmware.mok_list_trusted = true;
    }

    KeyringState& keyring(Keyring which) {
        return machine.keyrings.at(static_cast<std::size_t>(which));
    }

    void put_on(Keyring which) {
        keyring(which).contents->push_back({"asymmetric", certificate.description});
    }

    MokLanding land() {
        FirmwareEntry entry;
        entry.kind = FirmwareEntryKind::certificate;
        entry.certificate = certificate;
        FirmwareVariable variable;
        variable.name = "MokListRT";
        variable.present = true;
        variable.entries = {entry};
        firmware.variables = {variable};
        const auto moks = where_moks_landed(machine, firmware);
        EXPECT_THAT(moks, SizeIs(1));
        auto mok = moks.at(0);
        EXPECT_EQ(mok.description, certificate.description);
        EXPECT_THAT(mok.reason, Not(IsEmpty()));
        return mok;
    }

    Machine machine;          // NOLINT(readability-identifier-naming)
    Firmware firmware;        // NOLINT(readability-identifier-naming)
    Certificate certificate;  // NOLINT(readability-identifier-naming)
};

TEST_F(Mok, OnMachineNeedsNoRemedy) {
    put_on(Keyring::machine);
    const auto mok = land();
    EXPECT_EQ(mok.code, "machine");
    EXPECT_EQ(mok.landed, Answer::yes);
    EXPECT_THAT(mok.keyrings, ElementsAre(Keyring::machine));
    EXPECT_THAT(mok.remedy, IsEmpty());
}

TEST_F(Mok, CanBeOnSeveralKeyrings) {
    put_on(Keyring::builtin);
    put_on(Keyring::platform);
    put_on(Keyring::blacklist);  // that is no landing
    EXPECT_THAT(land().keyrings, ElementsAre(Keyring::builtin, Keyring::platform));
}

TEST_F(Mok, OnPlatformWhereThereIsNoMachineKeyring) {
    put_on(Keyring::platform);
    keyring(Keyring::machine).present = false;
    keyring(Keyring::machine).contents.reset();
    EXPECT_EQ(land().code, "no-machine-keyring");
    EXPECT_EQ(land().landed, Answer::yes);
    keyring(Keyring::machine).present.reset();
    EXPECT_EQ(land().code, "unknown");
}

TEST_F(Mok, OnPlatformWhereTheOwnerDidNotTrustIt) {
    put_on(Keyring::platform);
    firmware.mok_list_trusted = false;
    const auto mok = land();
    EXPECT_EQ(mok.code, "not-trusted");
    EXPECT_THAT(mok.remedy, HasSubstr("mokutil --trust-mok"));
}

TEST_F(Mok, OnPlatformBecauseItIsNoAuthority) {
    put_on(Keyring::platform);
    machine.options.machine_keyring_cas = true;
    EXPECT_EQ(land().code, "unknown");
    certificate.signs_certificates = false;
    EXPECT_EQ(land().code, "no-cert-sign");
    certificate.ca = false;
    EXPECT_EQ(land().code, "not-ca");
    EXPECT_THAT(land().reason, HasSubstr("CONFIG_INTEGRITY_CA_MACHINE_KEYRING"));
    machine.options.machine_keyring_cas.reset();
    EXPECT_THAT(land().reason, HasSubstr("probably"));
    machine.options.machine_keyring_cas = false;
    EXPECT_EQ(land().code, "unknown");
}

TEST_F(Mok, OnPlatformBecauseItSignsOtherThings) {
    put_on(Keyring::platform);
    certificate.signs_data = true;
    machine.options.machine_keyring_cas = machine.options.machine_keyring_cas_max = true;
    EXPECT_EQ(land().code, "signs-data");
    machine.options.machine_keyring_cas_max = false;
    EXPECT_EQ(land().code, "unknown");
}

TEST_F(Mok, OnNoKeyringBecauseItIsRevoked) {
    EXPECT_EQ(land().code, "unknown");
    EXPECT_EQ(land().landed, Answer::no);
    keyring(Keyring::blacklist).contents->push_back({"blacklist", "tbs:00fe"});
    EXPECT_EQ(land().code, "unknown");
    keyring(Keyring::blacklist).contents->push_back({"blacklist", "tbs:00ff"});
    EXPECT_EQ(land().code, "revoked");
}

TEST_F(Mok, OnNoKeyringBecauseTheKernelTakesNone) {
    machine.options.uefi_keys = false;
    EXPECT_EQ(land().code, "no-import");
    machine.options.uefi_keys.reset();
    keyring(Keyring::platform).present = false;
    EXPECT_EQ(land().code, "no-import");
}

TEST_F(Mok, OnNoKeyringBecauseSecureBootIsOff) {
    machine.secure_boot.enabled = false;
    EXPECT_EQ(land().code, "secure-boot-off");
    machine.secure_boot.enabled.reset();
    EXPECT_EQ(land().code, "unknown");
    EXPECT_THAT(land().reason, HasSubstr("RSA 2048"));
}

TEST_F(Mok, OnNoKeyringBecauseTheKernelCannotTellThatSecureBootIsOn) {
    machine.options.ima_arch_policy = false;
    for (const char* release : {"5.16.20", "5.10.0-32-amd64", ""}) {
        machine.release = release;
        EXPECT_EQ(land().code, "unknown") << release;
    }
    machine.release = "5.17.0";
    EXPECT_EQ(land().code, "no-ima-policy");
    machine.options.ima_arch_policy = true;
    EXPECT_EQ(land().code, "unknown");
}

TEST_F(Mok, CannotBeToldWhereAKeyringCannotBeRead) {
    keyring(Keyring::platform).contents.reset();
    EXPECT_EQ(land().landed, Answer::cannot_tell);
    EXPECT_EQ(land().code, "unknown");
    put_on(Keyring::machine);
    EXPECT_EQ(land().landed, Answer::yes);
    machine.keyrings.clear();
    EXPECT_EQ(land().landed, Answer::cannot_tell);
}

TEST_F(Mok, ThatIsMalformedIsOnNone) {
    FirmwareVariable variable;
    variable.name = "MokListRT";
    variable.entries.resize(2);
    variable.entries[0].kind = FirmwareEntryKind::certificate;
    variable.entries[1].kind = FirmwareEntryKind::image_hash;
    firmware.variables = {variable};
    const auto moks = where_moks_landed(machine, firmware);
    ASSERT_THAT(moks, SizeIs(1));
    EXPECT_EQ(moks[0].code, "malformed");
    EXPECT_EQ(moks[0].landed, Answer::no);
}

TEST_F(Mok, ThereAreNoneWithoutTheVariable) {
    EXPECT_THAT(where_moks_landed(machine, firmware), IsEmpty());
}

TEST_F(Mok, SourceIsTheVariableThatHasTheCertificateOrTheHash) {
    land();
    FirmwareVariable dbx;
    dbx.name = "dbx";
    dbx.entries.resize(2);
    dbx.entries[0].kind = FirmwareEntryKind::image_hash;
    dbx.entries[0].digest = "aabb";
    dbx.entries[1].kind = FirmwareEntryKind::certificate_hash;
    dbx.entries[1].digest = "ccdd";
    firmware.variables.push_back(dbx);

    const auto source = source_of({"asymmetric", certificate.description}, firmware);
    EXPECT_EQ(source.variable, "MokListRT");
    ASSERT_NE(source.certificate, nullptr);
    EXPECT_EQ(source.certificate->description, certificate.description);
    EXPECT_EQ(source_of({"asymmetric", "Other: 0a"}, firmware).variable, "");
    EXPECT_EQ(source_of({"blacklist", "bin:aabb"}, firmware).variable, "dbx");
    EXPECT_EQ(source_of({"blacklist", "tbs:ccdd0011"}, firmware).variable, "dbx");
    EXPECT_EQ(source_of({"blacklist", "tbs:aabb"}, firmware).variable, "");
    EXPECT_EQ(source_of({"asymmetric", "bin:aabb"}, firmware).variable, "");
}

TEST_F(Mok, EveryKeyringHasARootOfTrust) {
    for (const auto which : all_keyrings)
        EXPECT_THAT(root_of_trust(machine, which), Not(IsEmpty()));
    EXPECT_THAT(root_of_trust(machine, Keyring::builtin), HasSubstr("the firmware verified"));
    machine.secure_boot.enabled = false;
    EXPECT_THAT(root_of_trust(machine, Keyring::builtin), HasSubstr("no firmware verified"));
    machine.secure_boot.enabled.reset();
    EXPECT_THAT(root_of_trust(machine, Keyring::builtin), HasSubstr("cannot be told"));
    machine.secure_boot.firmware = "ipl";
    EXPECT_THAT(root_of_trust(machine, Keyring::platform), HasSubstr("IPL report"));
}

}  // namespace
}  // namespace kxk::trust
