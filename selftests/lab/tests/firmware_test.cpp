// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/firmware.h"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "common/hex.h"
#include "image/signature_list.h"
#include "made_certificate.h"

namespace kxk::lab {
namespace {

using Variables = std::map<std::string, EfiVariable>;

EnrolmentSources sources() {
    // Made anew, it would have another key.
    static const std::string certificate = test::make_der({});

    return {[](const std::string&) { return certificate; },
            [](const std::string&) { return std::string("no image"); }};
}

Variables owners_of(const FirmwareSetup& setup) {
    Variables variables;

    for (const EfiVariable& variable : owners_variables(setup, sources())) {
        EXPECT_TRUE(variables.emplace(variable.name, variable).second) << variable.name;
    }
    return variables;
}

TEST(Firmware, EntriesOfAVariableAreTogether) {
    const Variables variables = owners_of({true,
                                           {{"db", SignatureType::certificate, "one"},
                                            {"MokListRT", SignatureType::certificate, "other"},
                                            {"db", SignatureType::certificate_digest, "another"}},
                                           ""});

    ASSERT_EQ(variables.size(), 3U);
    const std::string& lists = variables.at("db").data;
    const auto parsed = image::parse_signature_lists(image::ByteView(lists));
    EXPECT_EQ(parsed.problem, "");
    ASSERT_EQ(parsed.entries.size(), 2U);
    EXPECT_EQ(parsed.entries[0].kind, trust::FirmwareEntryKind::certificate);
    EXPECT_EQ(parsed.entries[1].kind, trust::FirmwareEntryKind::certificate_hash);
    EXPECT_EQ(parsed.entries[1].digest, parsed.entries[0].certificate->tbs_digest);
}

TEST(Firmware, EachVariableHasItsVendorAndAttributes) {
    const Variables variables = owners_of({true,
                                           {{"PK", SignatureType::certificate, ""},
                                            {"dbx", SignatureType::certificate, ""},
                                            {"MokListRT", SignatureType::certificate, ""}},
                                           ""});

    EXPECT_EQ(variables.at("PK").vendor, vendors::global);
    EXPECT_EQ(variables.at("dbx").vendor, vendors::image_security);
    EXPECT_EQ(variables.at("MokListRT").vendor, vendors::shim);
    EXPECT_EQ(variables.at("PK").attributes, 0x27U);
    EXPECT_EQ(variables.at("MokListRT").attributes, 0x07U);
}

TEST(Firmware, TheSwitchOfSecureBoot) {
    EXPECT_EQ(owners_of({true, {}, ""}).at("SecureBootEnable").data, std::string(1, '\1'));
    EXPECT_EQ(owners_of({false, {}, ""}).at("SecureBootEnable").data, std::string(1, '\0'));
    EXPECT_EQ(owners_of({true, {}, ""}).at("SecureBootEnable").vendor, vendors::secure_boot_enable);
}

TEST(Firmware, RefusesWhatCannotBeEnrolled) {
    const auto enrol = [](const Enrolment& enrolment) {
        static_cast<void>(owners_of({true, {enrolment}, ""}));
    };

    EXPECT_THROW(enrol({"Boot0000", SignatureType::certificate, "one"}), std::invalid_argument);
    EXPECT_THROW(enrol({"dbx", SignatureType::image_digest, "one"}), std::invalid_argument);
    EnrolmentSources damaged = sources();
    damaged.certificate = [](const std::string&) { return std::string("none"); };
    EXPECT_THROW(static_cast<void>(owners_variables(
                     {true, {{"dbx", SignatureType::certificate_digest, "one"}}, ""}, damaged)),
                 std::invalid_argument);
}

TEST(Firmware, ShimsVariableIsForTheTimeBeforeTheSystem) {
    const Variables variables =
        owners_of({true, {{"MokList", SignatureType::certificate, "one"}}, ""});

    EXPECT_EQ(variables.at("MokList").vendor, vendors::shim);
    EXPECT_EQ(variables.at("MokList").attributes, 0x03U);
}

TEST(Firmware, AnImagesDigestMayBeGiven) {
    const std::string digest(64, 'a');
    const Variables variables =
        owners_of({true, {{"dbx", SignatureType::image_digest, "", digest}}, ""});
    const std::string& lists = variables.at("dbx").data;
    const auto parsed = image::parse_signature_lists(image::ByteView(lists));

    ASSERT_EQ(parsed.entries.size(), 1U);
    EXPECT_EQ(parsed.entries[0].digest, digest);
}

TEST(Firmware, BootsAProgramWithoutArguments) {
    // Active; 28 bytes of path; "Linux"; the file \SHIM.EFI; the end
    EXPECT_EQ(to_hex(boot_variables(disk_shim, "").at(0).data),
              "01000000"
              "1c00"
              "4c0069006e00750078000000"
              "040418005c005300480049004d002e004500460049000000"
              "7fff0400");
}

TEST(Firmware, TheLoaderStartsTheKernelAtOnce) {
    const auto files = loader_files("quiet");

    ASSERT_EQ(files.size(), 2U);
    EXPECT_NE(files[0].second.find("default linux.conf\n"), std::string::npos);
    EXPECT_EQ(files[1].first, "loader/entries/linux.conf");
    EXPECT_EQ(files[1].second, "title Linux\nlinux /LINUX\ninitrd /INITRD\noptions quiet\n");
}

TEST(Firmware, BootsTheKernelOfTheDisk) {
    const auto variables = boot_variables(disk_kernel, with_initramfs("quiet"));

    ASSERT_EQ(variables.size(), 3U);
    EXPECT_EQ(variables[0].name, "Boot0000");
    // Active; 22 bytes of path; "Linux"; the file \LINUX; the end; "initrd=\INITRD quiet"
    EXPECT_EQ(to_hex(variables[0].data),
              "01000000"
              "1600"
              "4c0069006e00750078000000"
              "040412005c004c0049004e00550058000000"
              "7fff0400"
              "69006e0069007400720064003d005c0049004e00490054005200440020007100750069006500"
              "74000000");
    EXPECT_EQ(variables[1].data, std::string(2, '\0'));
}

}  // namespace
}  // namespace kxk::lab
