// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"
#include "made_image.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class InspectCommand : public testing::Test {
  protected:
    InspectCommand() {
        static const Identity signer = make_identity("Signer", rsa_key(0));
        static const std::string good = signed_image(made_arm64_image, signer);
        static const std::string uncertain = signed_s390_image(signer, false);
        system.files["good"] = good;
        system.files["unsigned"] = made_arm64_image();
        system.files["uncertain"] = uncertain;
        system.files["empty"] = "";
        system.directories["directory"] = {"good"};
    }

    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(InspectCommand, OfASignedImageIsYes) {
    const auto outcome = run(system, {"inspect", "good"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, StartsWith("good\n  Format      arm64 Image, "));
    EXPECT_THAT(outcome.out, HasSubstr("\n  Signature   intact\n    signer    CN = Signer\n"));
    EXPECT_THAT(outcome.out,
                HasSubstr("\n    signed    rsa, sha256, on 2025-01-01T00:00:00Z (within the "
                          "validity)\n"));
    EXPECT_THAT(outcome.out, HasSubstr("\n  Loadable    yes: the loader of arm64 takes it\n"));
}

TEST_F(InspectCommand, ParsesWithoutPrivileges) {
    static_cast<void>(run(system, {"inspect", "good"}));
    EXPECT_TRUE(system.gave_up_privileges);
    EXPECT_FALSE(system.mapped_with_privileges);
}

TEST_F(InspectCommand, OfAnUnsignedImageIsNo) {
    const auto outcome = run(system, {"inspect", "unsigned"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("\n  Signature   none\n"));
}

TEST_F(InspectCommand, OfASignatureThatCannotBeCheckedIsCannotTell) {
    const auto outcome = run(system, {"inspect", "uncertain"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.out, HasSubstr("Signature   cannot tell: only somebody who has"));
    EXPECT_THAT(outcome.out, HasSubstr("its certificate is not in the message"));
}

TEST_F(InspectCommand, OfAChangedImageIsNo) {
    system.files["good"][1500] ^= 1;
    const auto outcome = run(system, {"inspect", "good"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("Signature   bad: the file was changed after it was signed "
                                       "(EKEYREJECTED)"));
}

TEST_F(InspectCommand, OfManyFilesIsInTheOrderOfTheArguments) {
    std::vector<const char*> arguments{"inspect"};
    for (int i = 0; i < 20; ++i) {
        arguments.push_back("good");
        arguments.push_back("unsigned");
    }
    const auto outcome = run(system, arguments);
    EXPECT_EQ(outcome.exit, Exit::no);
    std::size_t at = 0;
    for (int i = 0; i < 20; ++i) {
        at = outcome.out.find("good\n", at);
        ASSERT_NE(at, std::string::npos) << i;
        at = outcome.out.find("unsigned\n", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
}

struct Unreadable {
    const char* name;
    const char* cause;
};

class InspectUnreadable : public InspectCommand, public testing::WithParamInterface<Unreadable> {};

TEST_P(InspectUnreadable, IsToldAndTheOthersAreDone) {
    const auto outcome = run(system, {"inspect", GetParam().name, "good"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.err, StartsWith(std::string("kexec-keyrings: ") + GetParam().name + ": "));
    EXPECT_THAT(outcome.err, HasSubstr(GetParam().cause));
    EXPECT_THAT(outcome.err, HasSubstr("\nremedy: "));
    EXPECT_THAT(outcome.out, StartsWith("good\n"));
}

INSTANTIATE_TEST_SUITE_P(Each, InspectUnreadable,
                         testing::Values(Unreadable{"missing", "there is no such file"},
                                         Unreadable{"directory", "this is a directory"},
                                         Unreadable{"empty", "the file is empty"}),
                         [](const auto& test) { return test.param.name; });

TEST_F(InspectCommand, AFileThatBecomesShorterMeanwhileIsNotJudged) {
    system.lost_while_read["good"] = EIO;
    const auto outcome = run(system, {"inspect", "good"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr("good: a part of it could not be read: it became shorter"));
}

TEST_F(InspectCommand, NoFileAtAllIsWrongUsage) {
    EXPECT_EQ(run(system, {"inspect"}).exit, Exit::usage);
}

TEST_F(InspectCommand, AsJson) {
    const auto outcome = run(system, {"inspect", "--json", "good", "missing", "unsigned"});
    EXPECT_EQ(outcome.exit, Exit::no);
    const auto json = outcome.json();
    EXPECT_EQ(json["schema"], 1);
    ASSERT_EQ(json["images"].size(), 3U);
    const auto& good = json["images"][0];
    EXPECT_EQ(good["path"], "good");
    EXPECT_EQ(good["format"], "arm64_image");
    EXPECT_EQ(good["form"], "authenticode");
    EXPECT_EQ(good["intact"], true);
    EXPECT_TRUE(good["structure_error"].is_null());
    EXPECT_EQ(good["signatures"][0]["verified_by_kernel"], true);
    EXPECT_EQ(good["signatures"][0]["digest"], good["sha256"]);
    EXPECT_EQ(good["signatures"][0]["signers"][0]["signing_time"], "2025-01-01T00:00:00Z");
    EXPECT_EQ(good["signatures"][0]["signers"][0]["certificate"]["subject"], "CN = Signer");
    EXPECT_EQ(good["kexec_file_load"]["takes"], true);
    EXPECT_EQ(json["images"][1]["error"]["errno_name"], "ENOENT");
    EXPECT_EQ(json["images"][2]["intact"], false);
    EXPECT_EQ(json["images"][2]["signatures"].size(), 0U);
}

TEST_F(InspectCommand, JsonNamesTheErrnosOfTheKernel) {
    system.files["unsigned"].resize(100);
    system.files["s390"] = made_s390_image();
    const auto json = run(system, {"inspect", "--json", "unsigned", "s390"}).json();
    EXPECT_EQ(json["images"][0]["structure_error"], "ELIBBAD");
    EXPECT_EQ(json["images"][1]["structure_error"], "EKEYREJECTED");
    EXPECT_EQ(json["images"][1]["kexec_file_load"]["errno"], "EINVAL");
}

TEST_F(InspectCommand, ProgressIsForTerminals) {
    const auto show = [this](bool progress) {
        std::ostringstream out;
        std::ostringstream err;
        cmd::Context context{system, out, err, false, progress};
        const std::vector<const char*> arguments{"kexec-keyrings", "inspect", "good", "good"};
        EXPECT_EQ(cmd::run(4, arguments.data(), context), Exit::yes);
        return err.str();
    };
    EXPECT_EQ(show(false), "");
    EXPECT_THAT(show(true), HasSubstr("\r1/2 files"));
}

TEST_F(InspectCommand, ColoursAreForTerminals) {
    std::ostringstream out;
    std::ostringstream err;
    cmd::Context context{system, out, err, true};
    const std::vector<const char*> arguments{"kexec-keyrings", "inspect", "good"};
    EXPECT_EQ(cmd::run(3, arguments.data(), context), Exit::yes);
    EXPECT_THAT(out.str(), HasSubstr("\033[32mintact\033[0m"));
    EXPECT_THAT(run(system, {"inspect", "good"}).out, Not(HasSubstr("\033")));
}

TEST_F(InspectCommand, WhatAFileSaysDoesNotReachTheTerminalRaw) {
    const auto sly = make_identity("Sly\033[2J", rsa_key(0));
    system.files["sly"] = signed_image(made_arm64_image, sly);
    EXPECT_THAT(run(system, {"inspect", "sly"}).out, Not(HasSubstr("\033")));
}

}  // namespace
}  // namespace kxk::test
