// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "trust/ima.h"

namespace kxk::trust {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class JudgeIma : public testing::Test {
  protected:
    JudgeIma() {
        machine.arch = "x86_64";
        machine.options.source = "/proc/config.gz";
        machine.options.kexec_sig = true;
        machine.options.ima = machine.options.ima_appraise = true;
        machine.options.trusted_ima_keyring = true;
        machine.options.ima_arch_policy = true;
        machine.options.ima_kexec_signatures = false;
        machine.options.ima_appraise_bootparam = true;
        machine.symbols.arch_ima_get_secureboot = true;
        machine.secure_boot = {true, "uefi", false, true};
        machine.ima.present = true;
        machine.ima.settings.emplace();
        machine.ima.rules.emplace();
    }

    ImaOnKexec judge(const std::vector<std::string>& rules) {
        machine.ima.rules = rules;
        return judge_ima(machine);
    }

    std::string origin(const std::string& rule) {
        const auto verdict = judge({rule});
        EXPECT_THAT(verdict.rules, SizeIs(1)) << rule;
        return verdict.rules.empty() ? "" : verdict.rules[0].origin;
    }

    Machine machine;  // NOLINT(readability-identifier-naming)
};

TEST_F(JudgeIma, RulesForOtherFilesDoNothing) {
    const auto verdict =
        judge({"measure func=MODULE_CHECK ", "appraise func=FIRMWARE_CHECK appraise_type=imasig"});
    EXPECT_EQ(verdict.measured, Extent::none);
    EXPECT_EQ(verdict.appraised, Extent::none);
    EXPECT_EQ(verdict.appraises_signature, false);
    EXPECT_THAT(verdict.rules, IsEmpty());
}

TEST_F(JudgeIma, ArchitectureOfX86MeasuresEveryImage) {
    const auto verdict = judge({"measure func=KEXEC_KERNEL_CHECK ", "measure func=MODULE_CHECK "});
    EXPECT_EQ(verdict.measured, Extent::all);
    EXPECT_EQ(verdict.appraised, Extent::none);
    ASSERT_THAT(verdict.rules, SizeIs(1));
    EXPECT_EQ(verdict.rules[0].text, "measure func=KEXEC_KERNEL_CHECK");
    EXPECT_EQ(verdict.rules[0].origin, "architecture");
}

TEST_F(JudgeIma, PolicySecureBootAppraisesTheSignatureOfEveryImage) {
    machine.ima.settings = {"ima_policy=tcb|secure_boot"};
    const auto verdict = judge({"appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig "});
    EXPECT_EQ(verdict.appraised, Extent::all);
    EXPECT_EQ(verdict.appraises_signature, true);
    EXPECT_EQ(verdict.mode, "enforce");
    EXPECT_EQ(verdict.rules.at(0).origin, "command line");
}

TEST_F(JudgeIma, PolicyAppraiseTcbAppraisesSomeImagesAndNoSignature) {
    machine.ima.settings = {"ima_appraise_tcb"};
    const auto verdict = judge({"dont_appraise fsmagic=0x9fa0 ", "dont_appraise fsmagic=0x1021994 ",
                                "appraise fowner=0 "});
    EXPECT_EQ(verdict.measured, Extent::none);
    EXPECT_EQ(verdict.appraised, Extent::some);
    EXPECT_EQ(verdict.appraises_signature, false);
    ASSERT_THAT(verdict.rules, SizeIs(1));
    EXPECT_EQ(verdict.rules[0].origin, "command line");
}

TEST_F(JudgeIma, ExceptionBeforeARuleLeavesSomeImages) {
    EXPECT_EQ(
        judge({"dont_measure fsmagic=0x1021994 ", "measure func=KEXEC_KERNEL_CHECK "}).measured,
        Extent::some);
    // One behind it changes nothing.
    EXPECT_EQ(
        judge({"measure func=KEXEC_KERNEL_CHECK ", "dont_measure fsmagic=0x1021994 "}).measured,
        Extent::all);
    EXPECT_EQ(
        judge({"dont_measure func=KEXEC_KERNEL_CHECK", "measure func=KEXEC_KERNEL_CHECK"}).measured,
        Extent::none);
}

TEST_F(JudgeIma, MannersAreNoConditions) {
    EXPECT_EQ(judge({"appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig|modsig "
                     "appraise_flag=check_blacklist pcr=10 template=ima-modsig permit_directio "})
                  .appraised,
              Extent::all);
    EXPECT_EQ(judge({"appraise func=KEXEC_KERNEL_CHECK uid=0 appraise_type=imasig"}).appraised,
              Extent::some);
    EXPECT_EQ(judge({"appraise func=KEXEC_KERNEL_CHECK obj_type=boot_t "}).appraised, Extent::some);
}

TEST_F(JudgeIma, FirstAppraisalDecidesWhetherItIsASignature) {
    EXPECT_EQ(judge({"appraise func=KEXEC_KERNEL_CHECK ",
                     "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig "})
                  .appraises_signature,
              false);
    EXPECT_EQ(judge({"appraise func=MODULE_CHECK ", "appraise fowner=0 appraise_type=imasig ",
                     "appraise func=KEXEC_KERNEL_CHECK "})
                  .appraises_signature,
              true);
}

TEST_F(JudgeIma, VouchesForNoSignatureWithoutATrustedKeyring) {
    machine.options.trusted_ima_keyring = false;
    const auto verdict = judge({"appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig "});
    EXPECT_EQ(verdict.appraised, Extent::all);
    EXPECT_EQ(verdict.appraises_signature, false);
}

TEST_F(JudgeIma, SaysWhoseARuleIs) {
    const std::string appraise = "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig";
    EXPECT_EQ(origin(appraise), "custom");
    machine.options.kexec_sig = false;  // then the rules of x86 appraise, too
    EXPECT_EQ(origin(appraise), "architecture");
    machine.secure_boot.enabled = false;
    EXPECT_EQ(origin(appraise), "custom");
    machine.options.ima_kexec_signatures = true;
    EXPECT_EQ(origin(appraise), "build");
    EXPECT_EQ(origin("measure func=KEXEC_KERNEL_CHECK"), "custom");
    EXPECT_EQ(origin("appraise fowner=0"), "custom");
    machine.options.source.reset();
    machine.options.ima_kexec_signatures.reset();
    EXPECT_EQ(origin(appraise), "");
    machine.options.source = "/proc/config.gz";
    machine.ima.settings.reset();
    EXPECT_EQ(origin(appraise), "");
}

TEST_F(JudgeIma, AloneDecidesOnPower) {
    EXPECT_FALSE(ima_alone_decides(machine));
    machine.arch = "ppc64le";
    EXPECT_TRUE(ima_alone_decides(machine));
    // Secure Boot of POWER is no EFI variable.
    machine.secure_boot = {};
    EXPECT_EQ(origin("appraise func=KEXEC_KERNEL_CHECK appraise_flag=check_blacklist "
                     "appraise_type=imasig|modsig"),
              "architecture");
}

TEST_F(JudgeIma, ModeIsThatOfTheCommandLineWithoutSecureBoot) {
    EXPECT_EQ(judge({}).mode, "enforce");
    machine.ima.settings = {"ima_appraise=fix", "ima_appraise=log"};
    EXPECT_EQ(judge({}).mode, "enforce");
    machine.secure_boot.enabled = false;
    EXPECT_EQ(judge({}).mode, "log");
    machine.secure_boot.enabled.reset();
    EXPECT_EQ(judge({}).mode, "");
    machine.ima.settings.reset();
    EXPECT_EQ(judge({}).mode, "");
}

TEST_F(JudgeIma, ModeIsTheCommandLinesWhereIMACannotAskTheFirmware) {
    machine.ima.settings = {"ima_appraise=off"};
    machine.symbols.arch_ima_get_secureboot = false;
    EXPECT_EQ(judge({}).mode, "off");
    machine.symbols.arch_ima_get_secureboot.reset();
    EXPECT_EQ(judge({}).mode, "");
}

TEST_F(JudgeIma, ModeIsEnforceWhereTheKernelHasNoSetting) {
    machine.secure_boot.enabled = false;
    machine.ima.settings = {"ima_appraise=off"};
    machine.options.ima_appraise_bootparam = false;
    EXPECT_EQ(judge({}).mode, "enforce");
    machine.options.ima_appraise_bootparam.reset();
    EXPECT_EQ(judge({}).mode, "");
}

TEST_F(JudgeIma, ModeIsNoneThatTheKernelDoesNotKnow) {
    machine.secure_boot.enabled = false;
    machine.ima.settings = {"ima_appraise=lenient"};
    EXPECT_EQ(judge({}).mode, "enforce");
    machine.ima.settings = {"ima_appraise=fix", "ima_appraise=enforce-evm"};
    EXPECT_EQ(judge({}).mode, "enforce");
}

TEST_F(JudgeIma, ASignatureInTheAttributeIsDemandedByARuleForAllOnly) {
    const std::string all = "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig";
    const std::string some = "appraise func=KEXEC_KERNEL_CHECK fowner=0 appraise_type=imasig";
    const auto demanded = [this](const std::vector<std::string>& rules) {
        return judge(rules).demands_label;
    };
    EXPECT_EQ(demanded({all}), true);
    EXPECT_EQ(demanded({"appraise appraise_type=imasig"}), true);
    EXPECT_EQ(demanded({"appraise func=KEXEC_KERNEL_CHECK appraise_type=sigv3"}), true);
    EXPECT_EQ(demanded({some, all}), true);
    EXPECT_EQ(demanded({some}), false);
    EXPECT_EQ(demanded({"dont_appraise func=KEXEC_KERNEL_CHECK fowner=0", all}), false);
    // A digest, and a signature that is appended, will do.
    EXPECT_EQ(demanded({"appraise func=KEXEC_KERNEL_CHECK", all}), false);
    EXPECT_EQ(demanded({"appraise func=KEXEC_KERNEL_CHECK fowner=0", all}), false);
    EXPECT_EQ(demanded({all + "|modsig"}), false);
    EXPECT_EQ(demanded({}), false);
    machine.options.ima_appraise = false;
    EXPECT_EQ(demanded({all}), false);
    machine.options.ima_appraise = true;
    machine.ima.rules.reset();
    EXPECT_EQ(judge_ima(machine).demands_label, std::nullopt);
}

TEST_F(JudgeIma, WithoutRulesCannotTell) {
    machine.ima.rules.reset();
    const auto verdict = judge_ima(machine);
    EXPECT_EQ(verdict.measured, std::nullopt);
    EXPECT_EQ(verdict.appraised, std::nullopt);
    EXPECT_EQ(verdict.appraises_signature, std::nullopt);
    machine.options.ima_appraise = false;
    EXPECT_EQ(judge_ima(machine).measured, std::nullopt);
    EXPECT_EQ(judge_ima(machine).appraised, Extent::none);
    EXPECT_EQ(judge_ima(machine).appraises_signature, false);
}

TEST_F(JudgeIma, ThatIsAbsentDoesNothing) {
    machine.ima = {};
    EXPECT_EQ(judge_ima(machine).measured, std::nullopt);
    machine.ima.present = false;
    EXPECT_EQ(judge_ima(machine).measured, Extent::none);
    machine.ima.present.reset();
    machine.options.ima = false;
    EXPECT_EQ(judge_ima(machine).appraised, Extent::none);
    EXPECT_EQ(judge_ima(machine).appraises_signature, false);
}

TEST_F(JudgeIma, SurvivesLinesThatAreNoRules) {
    const auto verdict = judge({"", " ", "nonsense", "func=KEXEC_KERNEL_CHECK", "measure",
                                "appraise func= appraise_type="});
    EXPECT_EQ(verdict.measured, Extent::all);
    EXPECT_EQ(verdict.appraised, Extent::all);
    EXPECT_EQ(verdict.appraises_signature, false);
}

}  // namespace
}  // namespace kxk::trust
