// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/selftest_judge.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <sstream>

#include "cmd/ktap.h"
#include "trust_facts.h"

namespace kxk::test {
namespace {

using cmd::ImageTest;
using cmd::Ruling;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using trust::Outcomes;

trust::ImageFacts image_by(const std::string& name) {
    return image_signed_by({signer_of({certificate_of(name, name)})});
}

cmd::ExpectedPolicy policy_of(const char* text, bool certain = true) {
    return {trust::parse_policy(text), certain, "said by a test"};
}

cmd::ImageExpectation expect(const trust::ImageFacts& image, const char* policy,
                             const trust::Machine& machine = machine_with_keys(),
                             bool certain = true) {
    return cmd::expect_image(image, machine, {}, policy_of(policy, certain));
}

cmd::ImageAnswer load(int error) {
    cmd::ImageAnswer answer;
    answer.trial.error = error;
    return answer;
}

cmd::ImageAnswer load_and_verdict(int error, int verdict, std::vector<trust::Keyring> asked) {
    auto answer = load(error);
    answer.verdict.emplace();
    answer.verdict->error = verdict;
    answer.verdict->consulted.emplace();
    for (const auto keyring : asked)
        answer.verdict->consulted->push_back({keyring, 0, 0});
    return answer;
}

Ruling rule(const cmd::ImageExpectation& expected, int error, ImageTest test = ImageTest::keyring) {
    return cmd::judge_image(expected, load(error), test).ruling;
}

TEST(SelftestJudge, AKeyOnAKeyringThatIsConsultedMustLoadAndNothingElsePasses) {
    const auto expected = expect(image_by("platform"), "secondary platform");
    EXPECT_EQ(rule(expected, 0), Ruling::pass);
    for (const int error : {EPERM, ENOKEY, EKEYREJECTED, EACCES, EINVAL, ENOEXEC})
        EXPECT_EQ(rule(expected, error), Ruling::fail) << error;
}

TEST(SelftestJudge, ARefusalPassesForTheRightReasonOnly) {
    const auto expected = expect(image_by("platform"), "builtin");
    EXPECT_EQ(rule(expected, EPERM), Ruling::pass);
    for (const int error : {0, ENOKEY, EINVAL, ENOEXEC})
        EXPECT_EQ(rule(expected, error), Ruling::fail) << error;
}

TEST(SelftestJudge, AFailureSaysWhatWasExpectedSeenAndWhy) {
    const auto judgement =
        cmd::judge_image(expect(image_by("platform"), "builtin"), load(0), ImageTest::keyring);
    EXPECT_THAT(judgement.notes, Contains(HasSubstr("expected: the kernel refuses it (EPERM)")));
    EXPECT_THAT(judgement.notes, Contains("seen: the kernel loads"));
    EXPECT_THAT(judgement.notes, Contains(HasSubstr("reason: ")));
    EXPECT_THAT(judgement.notes, Contains(HasSubstr("policy: \"builtin\"")));
}

TEST(SelftestJudge, WhereSignaturesAreForcedTheErrnoTellsTheCause) {
    auto machine = machine_with_keys();
    machine.lockdown = "none";
    machine.options.kexec_sig_force = true;
    const auto expected = expect(image_by("platform"), "builtin", machine);
    EXPECT_EQ(rule(expected, ENOKEY), Ruling::pass);
    EXPECT_EQ(rule(expected, EPERM), Ruling::fail);
    EXPECT_EQ(rule(expected, EKEYREJECTED), Ruling::fail);
}

TEST(SelftestJudge, WhereNothingIsEnforcedALoadTellsNothingOfAKeyring) {
    auto machine = machine_with_keys();
    machine.lockdown = "none";
    for (const char* keyring : {"builtin", "platform"}) {
        const auto judgement = cmd::judge_image(expect(image_by(keyring), "builtin", machine),
                                                load(0), ImageTest::keyring);
        EXPECT_EQ(judgement.ruling, Ruling::skip);
        EXPECT_THAT(judgement.reason, HasSubstr("lockdown=integrity"));
    }
}

TEST(SelftestJudge, WhereNothingIsEnforcedAnUnsignedImageMustLoad) {
    auto machine = machine_with_keys();
    machine.lockdown = "none";
    auto image = image_by("nobody");
    image.form = trust::SignatureForm::none;
    image.signatures.clear();
    image.verified_signature.reset();
    const auto expected = expect(image, "builtin", machine);
    EXPECT_EQ(rule(expected, 0, ImageTest::signature), Ruling::pass);
    EXPECT_EQ(rule(expected, EPERM, ImageTest::signature), Ruling::fail);
}

TEST(SelftestJudge, WithoutLockdownTheDeviceTells) {
    using trust::Keyring;
    auto machine = machine_with_keys();
    machine.lockdown = "none";
    const auto expected = expect(image_by("platform"), "secondary platform", machine);
    const auto rule_of = [&expected](const cmd::ImageAnswer& answer) {
        return cmd::judge_image(expected, answer, ImageTest::keyring).ruling;
    };
    EXPECT_EQ(rule_of(load_and_verdict(0, 0, {Keyring::secondary, Keyring::platform})),
              Ruling::pass);
    EXPECT_EQ(rule_of(load_and_verdict(0, ENOKEY, {Keyring::secondary, Keyring::platform})),
              Ruling::fail);
    EXPECT_EQ(rule_of(load_and_verdict(0, 0, {Keyring::platform})), Ruling::fail);
    EXPECT_EQ(rule_of(load_and_verdict(0, 0, {Keyring::platform, Keyring::secondary})),
              Ruling::fail);
}

TEST(SelftestJudge, TheDeviceMayFindOutWhatLockdownHides) {
    using trust::Keyring;
    const auto expected = expect(image_by("nobody"), "secondary platform");
    const auto all = {Keyring::secondary, Keyring::platform};
    EXPECT_EQ(cmd::judge_image(expected, load_and_verdict(EPERM, ENOKEY, all), ImageTest::signature)
                  .ruling,
              Ruling::pass);
    EXPECT_EQ(
        cmd::judge_image(expected, load_and_verdict(EPERM, EKEYREJECTED, all), ImageTest::signature)
            .ruling,
        Ruling::fail);
}

TEST(SelftestJudge, OfAnUnsignedImageTheVerifierIsToldTheFirstKeyringAlone) {
    using trust::Keyring;
    auto image = image_by("nobody");
    image.form = trust::SignatureForm::none;
    image.signatures.clear();
    image.verified_signature.reset();
    const auto expected = expect(image, "secondary platform");
    const auto rule_of = [&expected](std::vector<Keyring> asked) {
        return cmd::judge_image(expected, load_and_verdict(EPERM, ENODATA, std::move(asked)),
                                ImageTest::signature)
            .ruling;
    };
    EXPECT_EQ(rule_of({}), Ruling::pass);
    EXPECT_EQ(rule_of({Keyring::secondary}), Ruling::pass);
    EXPECT_EQ(rule_of({Keyring::platform}), Ruling::fail);
    EXPECT_EQ(rule_of({Keyring::secondary, Keyring::platform}), Ruling::fail);
}

TEST(SelftestJudge, AGuessThatIsWrongIsNoFailureAndNoPass) {
    const auto expected = expect(image_by("platform"), "builtin", machine_with_keys(), false);
    const auto judgement = cmd::judge_image(expected, load(0), ImageTest::keyring);
    EXPECT_EQ(judgement.ruling, Ruling::skip);
    EXPECT_THAT(judgement.reason, HasSubstr("--expect-policy"));
    EXPECT_EQ(rule(expected, EPERM), Ruling::pass);
    EXPECT_EQ(rule(expected, EINVAL), Ruling::fail);
}

TEST(SelftestJudge, WhatEveryPolicyOfTheArchitectureAcceptsMustLoad) {
    const auto expected = expect(image_by("builtin"), "builtin", machine_with_keys(), false);
    EXPECT_EQ(rule(expected, 0), Ruling::pass);
    EXPECT_EQ(rule(expected, EPERM), Ruling::fail);
}

TEST(SelftestJudge, WhatNoPolicyAcceptsFailsAlsoWhereThePolicyIsAGuess) {
    const auto expected = expect(image_by("nobody"), "builtin", machine_with_keys(), false);
    EXPECT_EQ(rule(expected, EPERM, ImageTest::signature), Ruling::pass);
    EXPECT_EQ(rule(expected, 0, ImageTest::signature), Ruling::fail);
}

TEST(SelftestJudge, WithoutAPolicyNothingOfKeyringsPasses) {
    auto machine = machine_with_keys();
    machine.release = "5.14.0-70.el9.aarch64";  // whose policy nobody guesses
    const auto expected = cmd::expect_image(image_by("platform"), machine, {},
                                            {std::nullopt, false, "the release does not tell"});
    EXPECT_EQ(rule(expected, 0), Ruling::skip);
    EXPECT_EQ(rule(expected, EPERM), Ruling::skip);
    EXPECT_EQ(rule(expected, ENOEXEC), Ruling::fail);
}

TEST(SelftestJudge, WhatCannotBeSeenIsSkippedWithItsRemedy) {
    auto machine = machine_with_keys();
    machine.lockdown = std::nullopt;
    const auto judgement = cmd::judge_image(expect(image_by("nobody"), "builtin", machine),
                                            load(EPERM), ImageTest::signature);
    EXPECT_EQ(judgement.ruling, Ruling::skip);
    EXPECT_THAT(judgement.reason, HasSubstr("securityfs"));
}

TEST(SelftestJudge, AFileThatNoLoaderTakesTellsNothingOfSignatures) {
    auto image = image_by("builtin");
    image.format = trust::ImageFormat::gzip;
    image.loader_error = ENOEXEC;
    const auto expected = expect(image, "builtin");
    ASSERT_EQ(expected.obstacle, trust::Obstacle::loader);
    const int error = *expected.outcomes.begin();
    EXPECT_EQ(rule(expected, error, ImageTest::keyring), Ruling::skip);
    EXPECT_EQ(rule(expected, error, ImageTest::signature), Ruling::skip);
    EXPECT_EQ(rule(expected, error, ImageTest::whole), Ruling::pass);
    EXPECT_EQ(rule(expected, 0, ImageTest::keyring), Ruling::fail);
}

TEST(SelftestJudge, WhatImaDemandsIsTestedAndHidesTheKeyrings) {
    auto machine = machine_with_keys();
    appraise_images(machine);
    machine.options.trusted_ima_keyring = true;
    auto image = image_by("builtin");
    image.ima_label = false;
    const auto expected = expect(image, "builtin", machine);
    EXPECT_EQ(rule(expected, EACCES, ImageTest::whole), Ruling::pass);
    EXPECT_EQ(rule(expected, 0, ImageTest::whole), Ruling::fail);
    EXPECT_EQ(rule(expected, EACCES, ImageTest::keyring), Ruling::skip);
}

TEST(SelftestJudge, AKernelThatGaveNoAnswerIsNoFailure) {
    const auto expected = expect(image_by("builtin"), "builtin");
    for (const int error : {EBUSY, ENOMEM, ENOSYS})
        EXPECT_EQ(rule(expected, error), Ruling::skip);
}

TEST(SelftestJudge, TheModulesOwnWordIsNotWhatIsExpected) {
    auto machine = machine_with_keys();
    machine.module_loaded = true;
    machine.module.mode = "backport";
    machine.module.native_policy = "builtin";
    machine.module.active_policy = "builtin";
    EXPECT_EQ(expect(image_by("platform"), "secondary platform", machine).outcomes, Outcomes{0});
    EXPECT_EQ(cmd::judge_module(machine).ruling, Ruling::fail);
    machine.module.active_policy = "secondary platform";
    EXPECT_EQ(cmd::judge_module(machine).ruling, Ruling::pass);
    machine.module.mode = "observe";
    EXPECT_EQ(cmd::judge_module(machine).ruling, Ruling::skip);
}

TEST(SelftestJudge, ALoaderThatCannotVerifyRefusesAllButWithTheModule) {
    auto machine = machine_with_keys();
    machine.options.image_verify_sig = false;
    EXPECT_EQ(expect(image_by("builtin"), "builtin", machine).outcomes, Outcomes{EPERM});
    machine.module_loaded = true;
    machine.module.mode = "observe";
    machine.module.native_policy = machine.module.active_policy = "none";
    EXPECT_EQ(expect(image_by("builtin"), "none", machine).outcomes, Outcomes{EPERM});
    machine.module.mode = "backport";
    machine.module.active_policy = "secondary platform";
    EXPECT_EQ(expect(image_by("platform"), "secondary platform", machine).outcomes, Outcomes{0});
    // What the module has seen consult keyrings can verify, whatever cannot be read.
    machine.options.image_verify_sig.reset();
    machine.module.mode = "observe";
    machine.module.native_policy = machine.module.active_policy = "builtin";
    EXPECT_EQ(expect(image_by("builtin"), "builtin", machine).outcomes, Outcomes{0});
}

TEST(SelftestJudge, WhereNothingIsConsultedNothingMayBeAsked) {
    const auto expected = expect(image_by("platform"), "none");
    EXPECT_EQ(rule(expected, EPERM), Ruling::pass);
    EXPECT_EQ(rule(expected, 0), Ruling::fail);
    const auto rule_of = [&expected](std::vector<trust::Keyring> asked) {
        return cmd::judge_image(expected, load_and_verdict(EPERM, EKEYREJECTED, std::move(asked)),
                                ImageTest::keyring)
            .ruling;
    };
    EXPECT_EQ(rule_of({}), Ruling::pass);
    EXPECT_EQ(rule_of({trust::Keyring::builtin}), Ruling::fail);
}

TEST(SelftestJudge, KexecLoad) {
    const auto locked = trust::predict_kexec_load(machine_with_keys());
    EXPECT_EQ(cmd::judge_kexec_load(locked, EPERM).ruling, Ruling::pass);
    EXPECT_EQ(cmd::judge_kexec_load(locked, 0).ruling, Ruling::fail);
    EXPECT_EQ(cmd::judge_kexec_load(locked, EACCES).ruling, Ruling::fail);
    EXPECT_EQ(cmd::judge_kexec_load(locked, ENOSYS).ruling, Ruling::skip);
    auto machine = machine_with_keys();
    machine.lockdown = std::nullopt;
    EXPECT_EQ(cmd::judge_kexec_load(trust::predict_kexec_load(machine), 0).ruling, Ruling::skip);
}

TEST(SelftestJudge, AMachineThatIsNotAsItWasFails) {
    auto before = machine_with_keys();
    before.kexec_loaded = false;
    before.kexec_crash_loaded = true;
    EXPECT_EQ(cmd::judge_end(before, before).ruling, Ruling::pass);
    for (const auto& change : std::vector<void (*)(trust::Machine&)>{
             [](trust::Machine& machine) { machine.kexec_loaded = true; },
             [](trust::Machine& machine) { machine.kexec_crash_loaded = false; },
             [](trust::Machine& machine) { machine.module_loaded = true; },
             [](trust::Machine& machine) { machine.lockdown = "none"; }}) {
        auto after = before;
        change(after);
        EXPECT_EQ(cmd::judge_end(before, after).ruling, Ruling::fail);
    }
}

TEST(SelftestJudge, ReasonsNotToStart) {
    auto machine = machine_with_keys();
    machine.kexec_loaded = false;
    const auto code = [&](bool privileged, std::optional<bool> disabled = {},
                          std::optional<std::string> limit = {}) {
        const auto reason =
            cmd::reason_not_to_start(machine, privileged, disabled, std::move(limit));
        return reason ? reason->code : "none";
    };
    EXPECT_EQ(code(true), "none");
    EXPECT_EQ(code(true, false, "-1"), "none");
    EXPECT_EQ(code(false), "not-permitted");
    EXPECT_EQ(code(true, true), "disabled");
    EXPECT_EQ(code(true, false, "3"), "limited");
    machine.kexec_loaded = true;
    EXPECT_EQ(code(true), "loaded");
    machine.kexec_loaded = std::nullopt;
    EXPECT_EQ(code(true), "unknown-state");
    machine.arch = "ppc64le";
    EXPECT_EQ(code(true), "architecture");
}

TEST(Ktap, EscapesWhatWouldBeADirectiveAndCounts) {
    std::ostringstream out;
    cmd::Ktap tap(out);
    tap.plan(3);
    tap.result("key # SKIP\\one", {Ruling::pass, {}, {"two\nlines"}});
    tap.result("b", {Ruling::fail, {}, {}});
    tap.result("c", {Ruling::skip, "no key", {}});
    tap.totals();
    EXPECT_EQ(out.str(),
              "TAP version 13\n1..3\n"
              "ok 1 - key \\# SKIP\\\\one\n# two lines\n"
              "not ok 2 - b\n"
              "ok 3 - c # SKIP no key\n"
              "# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:1 error:0\n");
}

}  // namespace
}  // namespace kxk::test
