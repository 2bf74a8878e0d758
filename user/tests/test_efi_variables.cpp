// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"
#include "host/efi_variables.h"
#include "made_certificate.h"
#include "signature_list_writer.h"

namespace kxk::host {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string efivars = "/sys/firmware/efi/efivars";
const std::string mok_variables = "/sys/firmware/efi/mok-variables";
const std::string db = "db-d719b2cb-3d3a-4596-a3bc-dad00e67656f";
const std::string mok_list = "MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23";
const std::string attributes(4, '\x06');

std::string list_of_hash(char byte) {
    return test::signature_list(test::sha256_type, {std::string(32, byte)});
}

class EfiVariables : public testing::Test {
  protected:
    [[nodiscard]] trust::FirmwareVariable variable(const std::string& name) const {
        const auto firmware = read_firmware(system);
        const auto* found = firmware.find(name);
        EXPECT_NE(found, nullptr);
        return found == nullptr ? trust::FirmwareVariable() : *found;
    }

    testing::StrictMock<test::FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(EfiVariables, OfWhichNothingIsReadableCannotBeTold) {
    const auto firmware = read_firmware(system);
    ASSERT_THAT(firmware.variables, SizeIs(4));
    for (const auto& one : firmware.variables) {
        EXPECT_EQ(one.present, std::nullopt) << one.name;
        EXPECT_THAT(one.entries, IsEmpty());
    }
    EXPECT_EQ(firmware.mok_list_trusted, std::nullopt);
    EXPECT_EQ(firmware.ignores_db, std::nullopt);
    EXPECT_EQ(firmware.find("KEK"), nullptr);
}

TEST_F(EfiVariables, AreAbsentWhereOthersAreListed) {
    system.directories[efivars] = {"BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"};
    EXPECT_EQ(variable("db").present, false);
    EXPECT_EQ(variable("MokListRT").present, false);
    EXPECT_EQ(read_firmware(system).mok_list_trusted, false);
    // An empty directory is where efivarfs would be mounted.
    system.directories[efivars] = {};
    EXPECT_EQ(variable("db").present, std::nullopt);
}

TEST_F(EfiVariables, StartWithTheirAttributes) {
    system.directories[efivars] = {db};
    system.files[efivars + "/" + db] = attributes + list_of_hash('\x07');
    const auto read = variable("db");
    EXPECT_EQ(read.present, true);
    EXPECT_EQ(read.source, efivars + "/" + db);
    EXPECT_THAT(read.problem, IsEmpty());
    ASSERT_THAT(read.entries, SizeIs(1));
    EXPECT_EQ(read.entries[0].digest.substr(0, 2), "07");
}

TEST_F(EfiVariables, ShorterThanTheirAttributesAreAProblem) {
    system.files[efivars + "/" + db] = "\x06";
    EXPECT_EQ(variable("db").problem, "it is shorter than its attributes");
    system.files[efivars + "/" + db] = attributes;
    EXPECT_THAT(variable("db").problem, IsEmpty());
}

TEST_F(EfiVariables, OfShimAreReadFromTheTableWhereThereIsOne) {
    system.directories[efivars] = {mok_list};
    system.files[efivars + "/" + mok_list] = attributes + list_of_hash('\x01');
    EXPECT_EQ(variable("MokListRT").entries.at(0).digest.substr(0, 2), "01");
    // The table has no attributes.
    system.directories[mok_variables] = {"MokListRT", "MokListTrustedRT"};
    system.files[mok_variables + "/MokListRT"] = list_of_hash('\x02') + list_of_hash('\x03');
    EXPECT_THAT(variable("MokListRT").entries, SizeIs(2));
    EXPECT_EQ(variable("MokListRT").source, mok_variables + "/MokListRT");
    EXPECT_EQ(read_firmware(system).mok_list_trusted, true);
}

TEST_F(EfiVariables, OfADamagedTableAreReadFromEfivarfs) {
    system.directories[mok_variables] = {"MokListRT"};
    system.files[mok_variables + "/MokListRT"] = "garbage";
    EXPECT_THAT(variable("MokListRT").problem, HasSubstr("cut off"));
    system.files[efivars + "/" + mok_list] = attributes + list_of_hash('\x01');
    EXPECT_THAT(variable("MokListRT").problem, IsEmpty());
    EXPECT_THAT(variable("MokListRT").entries, SizeIs(1));
}

TEST_F(EfiVariables, ThatMayNotBeReadSayWhy) {
    system.directories[efivars] = {db};
    system.errors[efivars + "/" + db] = EACCES;
    const auto read = variable("db");
    EXPECT_EQ(read.present, true);
    EXPECT_THAT(read.problem, HasSubstr("Permission denied"));
}

TEST_F(EfiVariables, SwitchesAreOneByte) {
    const auto path = efivars + "/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    EXPECT_EQ(read_efi_switch(system, "SetupMode"), std::nullopt);
    system.files[path] = attributes + '\x01';
    EXPECT_EQ(read_efi_switch(system, "SetupMode"), true);
    system.files[path] = attributes + '\0';
    EXPECT_EQ(read_efi_switch(system, "SetupMode"), false);
    for (const auto& malformed : {attributes, attributes + '\x02', attributes + "\x01\x01"}) {
        system.files[path] = malformed;
        EXPECT_EQ(read_efi_switch(system, "SetupMode"), std::nullopt);
    }
}

}  // namespace
}  // namespace kxk::host
