// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cerrno>

#include "fake_system.h"
#include "made_certificate.h"
#include "made_image.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using trust::Json;

/* An arm64 in lockdown, whose builtin key, platform key and firmware are as a test wants. */
class Explain : public testing::Test {
  protected:
    Explain() {
        static const Identity signer = make_identity("Signer", rsa_key(0));
        static const std::string good = signed_image(made_arm64_image, signer);
        static const std::string bare = signed_s390_image(signer, false);
        static const std::string certificate = to_der(signer.certificate.get());
        description_ = image::to_certificate(signer.certificate.get()).description;
        system.files["image"] = good;
        system.files["unsigned"] = made_arm64_image();
        system.files["bare"] = bare;
        system.files["empty"] = "";
        system.files["signer.der"] = certificate;
        system.show_locked_down_arm64();
        system.keyrings[1] = {{"asymmetric", "Vendor: 00"}};
        system.keyrings[3] = {{"asymmetric", "Other: 01"}};
    }

    void trust_by(std::int32_t keyring) {
        system.keyrings[keyring] = {{"asymmetric", description_}};
    }

    Json explain(std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), {"explain", "--json"});
        outcome = run(system, std::move(arguments));
        return outcome.json();
    }

    // NOLINTBEGIN(readability-identifier-naming)
    testing::StrictMock<FakeSystem> system;
    Outcome outcome{};
    // NOLINTEND(readability-identifier-naming)
    std::string description_;
};

TEST_F(Explain, WhatTheKernelConsultsIsAccepted) {
    trust_by(1);
    system.show_module("observe", "builtin", "builtin");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(json["now"], "native");
    EXPECT_EQ(json["native"]["policy_source"], "probe");
    EXPECT_EQ(json["native"]["errno"], 0);
    EXPECT_EQ(json["explanation"]["code"], "accepted");
    EXPECT_EQ(json["keys"][0]["keyring"], ".builtin_trusted_keys");
}

TEST_F(Explain, WhatItDoesNotConsultIsRefusedAndTheModuleIsTheRemedy) {
    trust_by(3);
    system.show_module("observe", "builtin", "builtin");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["native"]["errno"], EPERM);
    EXPECT_EQ(json["native"]["verifier"], Json::array({"ENOKEY"}));
    EXPECT_EQ(json["with_module"]["errno"], 0);
    EXPECT_EQ(json["explanation"]["code"], "not-consulted");
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("kexec-keyrings load"));
}

TEST_F(Explain, WithTheModuleThePlatformKeyCounts) {
    trust_by(3);
    system.show_module("backport", "builtin", "secondary platform");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(json["now"], "with_module");
    EXPECT_EQ(json["with_module"]["consultations"][1]["keyring"], "platform");
    EXPECT_EQ(json["native"]["errno"], EPERM);
}

TEST_F(Explain, AnUnknownSignerHasToBeEnrolled) {
    system.show_module("backport", "builtin", "secondary platform");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["explanation"]["code"], "no-key");
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("mokutil --import"));
}

TEST_F(Explain, AnUnsignedImageHasToBeSigned) {
    system.show_module("observe", "builtin", "builtin");
    const auto json = explain({"unsigned"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["native"]["verifier"], Json::array({"ENODATA"}));
    EXPECT_EQ(json["explanation"]["code"], "unsigned");
}

TEST_F(Explain, AChangedImageIsToldApartFromAnUnknownSigner) {
    trust_by(1);
    system.files["image"][1500] ^= 1;
    system.show_module("observe", "builtin", "builtin");
    const auto json = explain({"image"});
    EXPECT_EQ(json["explanation"]["code"], "changed");
    EXPECT_EQ(json["native"]["verifier"], Json::array({"EKEYREJECTED"}));
}

TEST_F(Explain, ARevokedSignerIsNamed) {
    trust_by(3);
    const auto x509 = image::load_certificates(system.files["signer.der"]);
    const auto digest = image::to_certificate(x509[0].get()).tbs_digest;
    system.files["/proc/keys"].replace(system.files["/proc/keys"].find("empty"), 5, "1");
    system.keyrings[4] = {{"blacklist", "tbs:" + digest}};
    system.show_module("backport", "builtin", "secondary platform");
    EXPECT_EQ(explain({"image"})["explanation"]["code"], "revoked");
    EXPECT_EQ(outcome.exit, Exit::no);
}

TEST_F(Explain, WithoutEnforcementItIsSaidThatNothingProtects) {
    system.files["/sys/kernel/security/lockdown"] = "[none] integrity confidentiality\n";
    system.show_module("observe", "builtin", "builtin");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(json["native"]["errno"], 0);
    EXPECT_THAT(json["explanation"]["cause"], HasSubstr("loaded all the same"));
}

TEST_F(Explain, AGuessedPolicyIsCalledAGuessAndDecidesNothing) {
    trust_by(3);
    system.directories["/sys/kernel"] = {"security"};
    auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(json["native"]["policy_source"], "guess");
    EXPECT_EQ(json["native"]["errno"], EPERM);
    EXPECT_TRUE(json["native"]["loads"].is_null());

    json = explain({"--native", "builtin", "image"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["native"]["policy_source"], "stated");
    // If the guess is right, it is accepted; that is not enough to say so.
    system.name.release = "5.19.3";
    json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(json["native"]["errno"], 0);
    EXPECT_EQ(json["explanation"]["code"], "unknown-policy");
    EXPECT_THAT(json["explanation"]["cause"], HasSubstr("is a guess"));
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("--mode observe"));
    // An unsigned image needs no guess.
    explain({"unsigned"});
    EXPECT_EQ(outcome.exit, Exit::no);
}

TEST_F(Explain, WhereAllPoliciesOfTheArchitectureAgreeNoGuessIsNeeded) {
    trust_by(1);
    system.keyrings[3] = {};
    system.directories["/sys/kernel"] = {"security"};
    auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(json["native"]["policy_source"], "guess");
    EXPECT_EQ(json["explanation"]["code"], "accepted");
}

TEST_F(Explain, AKeyringThatCannotBeReadIsSaid) {
    system.keyrings.erase(3);
    system.show_module("backport", "builtin", "secondary platform");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(json["explanation"]["code"], "unreadable-keyring");
    EXPECT_TRUE(json["with_module"]["errno"].is_null());
}

TEST_F(Explain, ASignerWithoutACertificateIsFoundAmongThoseGiven) {
    trust_by(3);
    system.name.machine = "s390x";
    system.files["/sys/firmware/ipl/secure"] = "1\n";
    system.show_module("backport", "platform", "secondary platform");
    EXPECT_EQ(explain({"bare"})["explanation"]["code"], "unknown-signer");
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);

    EXPECT_EQ(explain({"--cert", "signer.der", "bare"})["with_module"]["errno"], 0);
    EXPECT_EQ(outcome.exit, Exit::yes);
    // Each takes one file, and may be given again.
    EXPECT_EQ(run(system, {"explain", "--cert", "signer.der", "image", "bare"}).exit, Exit::usage);
    explain({"--cert", "signer.der", "--cert", "signer.der", "bare"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    system.files["bare"][1500] ^= 1;
    EXPECT_EQ(explain({"--cert", "signer.der", "bare"})["with_module"]["verifier"],
              Json::array({"EKEYREJECTED"}));
    EXPECT_EQ(outcome.exit, Exit::no);
}

TEST_F(Explain, AStatedPolicyIsThatOfAMachineThatWasSecureIpled) {
    trust_by(3);
    system.name.machine = "s390x";
    system.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n";
    const auto native = [this](const char* policy) {
        return explain({"--native", policy, "--cert", "signer.der", "bare"})["native"];
    };
    EXPECT_EQ(native("platform")["errno"], 0);
    EXPECT_EQ(native("builtin")["verifier"], Json::array({"ENOKEY"}));
    EXPECT_EQ(native("builtin")["errno"], EPERM);
    // That it was not, the machine knows better.
    system.files["/sys/firmware/ipl/secure"] = "0\n";
    EXPECT_EQ(native("builtin")["errno"], 0);
}

TEST_F(Explain, AFormatOrAKernelThatNoKeyringHelpsIsSaid) {
    trust_by(1);
    system.show_module("observe", "builtin", "builtin");
    system.files["packed"] = std::string("\x1f\x8b\x08\0", 4) + std::string(4096, 'x');
    auto json = explain({"packed"});
    EXPECT_EQ(json["explanation"]["code"], "format");
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("gunzip"));
    EXPECT_EQ(json["native"]["errno"], EINVAL);

    system.files["/proc/config.gz"] = "# CONFIG_KEXEC_FILE is not set\nCONFIG_KEXEC=y\n";
    json = explain({"image"});
    EXPECT_EQ(json["explanation"]["code"], "no-kexec-file");
    EXPECT_EQ(json["native"]["errno"], ENOSYS);
}

TEST_F(Explain, AnotherMachineIsExplainedFromItsSavedStatus) {
    trust_by(3);
    system.show_module("observe", "builtin", "builtin");
    system.files["saved.json"] = run(system, {"status", "--json"}).out;
    FakeSystem here;
    here.files["image"] = system.files["image"];
    here.files["saved.json"] = system.files["saved.json"];
    const auto there = run(here, {"explain", "--json", "--system", "saved.json", "image"});
    EXPECT_EQ(there.exit, Exit::no);
    EXPECT_EQ(there.json(), explain({"image"}));

    here.files["saved.json"] = "{\"schema\": \"x\"}";
    const auto bad = run(here, {"explain", "--system", "saved.json", "image"});
    EXPECT_EQ(bad.exit, Exit::cannot_tell);
    EXPECT_THAT(bad.err, HasSubstr("status --json"));
    EXPECT_THAT(bad.err, HasSubstr("\nremedy: "));
}

TEST_F(Explain, FilesThatCannotBeReadAreSaid) {
    for (const auto& arguments : {std::vector<const char*>{"explain", "absent"},
                                  {"explain", "empty"},
                                  {"explain", "--cert", "absent", "image"},
                                  {"explain", "--cert", "empty", "image"},
                                  {"explain", "--system", "absent", "image"}}) {
        const auto bad = run(system, arguments);
        EXPECT_EQ(bad.exit, Exit::cannot_tell);
        EXPECT_THAT(bad.out, IsEmpty());
        EXPECT_THAT(bad.err, HasSubstr("\nremedy: "));
    }
    EXPECT_EQ(explain({"absent"})["error"]["code"], "unreadable");
    system.lost_while_read["image"] = EIO;
    EXPECT_EQ(explain({"image"})["error"]["code"], "unreadable");
    EXPECT_EQ(run(system, {"explain"}).exit, Exit::usage);
    EXPECT_EQ(run(system, {"explain", "--native", "both", "image"}).exit, Exit::usage);
}

TEST_F(Explain, ParsesWithoutPrivileges) {
    static_cast<void>(explain({"image"}));
    EXPECT_TRUE(system.gave_up_privileges);
    EXPECT_FALSE(system.mapped_with_privileges);
}

TEST_F(Explain, TheScreenSaysItInWords) {
    trust_by(3);
    system.show_module("observe", "builtin", "builtin");
    const auto screen = run(system, {"explain", "image"}).out;
    EXPECT_THAT(screen, HasSubstr("Image         image: arm64 Image, Authenticode signature\n"));
    EXPECT_THAT(screen, HasSubstr("Signer        CN = Signer\n"));
    EXPECT_THAT(screen, HasSubstr("Key           on .platform: Signer: "));
    EXPECT_THAT(screen,
                HasSubstr("By itself     consults builtin (the module asked the kernel)\n"));
    EXPECT_THAT(screen, HasSubstr("now refused: kexec_file_load(2) gives EPERM\n"));
    EXPECT_THAT(screen, HasSubstr("With module   consults secondary platform\n"));
    EXPECT_THAT(screen, HasSubstr("Remedy        `kexec-keyrings load`"));
}

TEST_F(Explain, NamesOfKeysDoNotSteerTheTerminal) {
    system.files["im\033[2Jage"] = system.files["image"];
    EXPECT_THAT(run(system, {"explain", "im\033[2Jage"}).out, Not(HasSubstr("\033")));
}

/* The same machine with a loader that cannot verify, while the verifier is there. */
class ExplainNoVerifier : public Explain {
  protected:
    ExplainNoVerifier() {
        trust_by(3);
        system.directories["/sys/kernel"] = {"security"};
        configure(
            "# CONFIG_KEXEC_IMAGE_VERIFY_SIG is not set\n"
            "CONFIG_SIGNED_PE_FILE_VERIFICATION=y\n");
    }

    void configure(const std::string& lines) {
        static const std::string before = "CONFIG_KEXEC_IMAGE_VERIFY_SIG=y\n";
        system.show_locked_down_arm64();
        auto& config = system.files["/proc/config.gz"];
        config.replace(config.find(before), before.size(), lines);
    }
};

TEST_F(ExplainNoVerifier, TheModuleVerifiesInTheLoadersStead) {
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["native"]["policy"], "none");
    EXPECT_EQ(json["native"]["policy_source"], "config");
    EXPECT_EQ(json["native"]["verifier"], Json::array({"EKEYREJECTED"}));
    EXPECT_EQ(json["native"]["errno"], EPERM);
    EXPECT_EQ(json["with_module"]["consultations"][1]["keyring"], "platform");
    EXPECT_EQ(json["with_module"]["errno"], 0);
    EXPECT_EQ(json["explanation"]["code"], "no-verifier");
    EXPECT_THAT(json["explanation"]["cause"], HasSubstr("whoever signed it"));
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("`kexec-keyrings load`"));
}

TEST_F(ExplainNoVerifier, WhatTheModuleHasSeenCountsAsTheConfiguration) {
    system.show_module("observe", "none", "none");
    EXPECT_EQ(explain({"image"})["native"]["policy_source"], "probe");
    EXPECT_EQ(outcome.exit, Exit::no);
    const auto screen = run(system, {"explain", "image"}).out;
    EXPECT_THAT(screen, HasSubstr("By itself     none: refuses every image, whoever signed it "
                                  "(the module asked the kernel)\n"));
    EXPECT_THAT(screen, HasSubstr("Remedy        `kexec-keyrings load`"));

    system.show_module("backport", "none", "secondary platform");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(json["now"], "with_module");
    EXPECT_EQ(json["native"]["errno"], EPERM);
    EXPECT_EQ(json["explanation"]["code"], "accepted");
}

TEST_F(ExplainNoVerifier, WithTheModuleAnUnsignedImageIsRefusedForWhatItIs) {
    auto json = explain({"unsigned"});
    EXPECT_EQ(json["explanation"]["code"], "no-verifier");
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("`kexec-keyrings sign "));
    system.show_module("backport", "none", "secondary platform");
    json = explain({"unsigned"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["with_module"]["verifier"], Json::array({"ENODATA"}));
    EXPECT_EQ(json["explanation"]["code"], "unsigned");
}

TEST_F(ExplainNoVerifier, WithoutAVerifierAtAllItTakesAnotherKernel) {
    configure("# CONFIG_KEXEC_IMAGE_VERIFY_SIG is not set\n");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["with_module"]["verifier"], Json::array({"EKEYREJECTED"}));
    EXPECT_EQ(json["with_module"]["errno"], EPERM);
    EXPECT_EQ(json["explanation"]["code"], "no-verifier");
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("boot a kernel"));
}

TEST_F(ExplainNoVerifier, OnlyOnArm64DoesTheModuleServeIt) {
    system.name.machine = "x86_64";
    system.files["bzimage"] = signed_image(made_bzimage, make_identity("Signer", rsa_key(0)));
    const auto json = explain({"bzimage"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["with_module"]["errno"], EPERM);
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("CONFIG_KEXEC_BZIMAGE_VERIFY_SIG"));
}

/* The same machine with a rule of IMA. */
class ExplainIma : public Explain {
  protected:
    ExplainIma() {
        trust_by(1);
        system.show_module("observe", "builtin", "builtin");
        system.files["/proc/config.gz"] +=
            "CONFIG_IMA=y\nCONFIG_IMA_APPRAISE=y\nCONFIG_IMA_READ_POLICY=y\n";
        system.files["/proc/cmdline"] = "quiet\n";
        system.directories["/sys/kernel/security"] = {"ima", "lockdown"};
        rule("appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig \n");
    }

    void rule(const std::string& text) { system.files["/sys/kernel/security/ima/policy"] = text; }
};

TEST_F(ExplainIma, AFileWithoutASignatureForItIsRefused) {
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["native"]["errno"], EACCES);
    EXPECT_EQ(json["with_module"]["errno"], EACCES);
    EXPECT_EQ(json["explanation"]["code"], "no-ima-signature");
    EXPECT_EQ(json["explanation"]["errno"], EACCES);
    EXPECT_THAT(json["explanation"]["cause"],
                HasSubstr("\"appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig\""));
    EXPECT_THAT(json["explanation"]["remedy"], HasSubstr("evmctl ima_sign"));
}

TEST_F(ExplainIma, OfAFileWithASignatureForItItCannotTell) {
    system.attributes["image"] = "security.ima";
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(json["native"]["possible"], Json::array({"accepted", "EACCES"}));
    EXPECT_EQ(json["explanation"]["code"], "ima");
    EXPECT_THAT(run(system, {"explain", "image"}).out,
                HasSubstr("IMA appraises the file first: yes"));
}

TEST_F(ExplainIma, OfAFileForAnotherMachineItCannotTell) {
    system.files["other.json"] = run(system, {"status", "--json"}).out;
    const auto json = explain({"--system", "other.json", "image"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(json["explanation"]["code"], "ima");
}

TEST_F(ExplainIma, WithoutItsRulesItCannotTell) {
    system.errors["/sys/kernel/security/ima/policy"] = EACCES;
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(json["explanation"]["code"], "unknown-ima");
}

TEST_F(ExplainIma, WhatIsNoImageHasTwoReasonsToBeRefused) {
    rule("appraise func=KEXEC_KERNEL_CHECK fowner=0 appraise_type=imasig \n");
    const auto json = explain({"bare"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(json["native"]["possible"], Json::array({"EACCES", "EINVAL"}));
    EXPECT_EQ(json["explanation"]["code"], "format");
    EXPECT_EQ(json["explanation"]["errno"], 0);
}

TEST_F(ExplainIma, ItDoesNothingWithoutARuleForImages) {
    rule("appraise func=MODULE_CHECK appraise_type=imasig \n");
    const auto json = explain({"image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(json["native"]["errno"], 0);
    EXPECT_EQ(json["explanation"]["code"], "accepted");
    EXPECT_THAT(run(system, {"explain", "image"}).out, Not(HasSubstr("IMA")));
}

}  // namespace
}  // namespace kxk::test
