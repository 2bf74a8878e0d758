// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <cerrno>

#include "trust/verdict.h"
#include "trust_facts.h"

namespace kxk::trust {
namespace {

using test::certificate_of;
using test::image_signed_by;
using test::keyring_of;
using test::machine_with_keys;
using test::signer_of;
using test::state_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Policy policy(const char* text) {
    return *parse_policy(text);
}

const Policy of_6_0 = policy_of_linux_6_0(true);

/* An image by the key on the keyring of this name, or on none. */
ImageFacts image_by(const std::string& name) {
    return image_signed_by({signer_of({certificate_of(name, name)})});
}

// --- kexec_file_load(2), from the verifier's errno: every row of the table, each generation

struct Row {
    const char* name;
    int verified;
    int from_5_10_locked, from_5_10_forced, from_5_10_neither;
    int from_5_4_locked, from_5_4_forced, from_5_4_neither;
    int before_5_4;
};

class Surface : public testing::TestWithParam<Row> {
  protected:
    static int of(Generation generation, bool forced, bool locked) {
        const Enforcement enforcement{generation, forced, locked, false, false};
        const auto outcome = certain(surface(GetParam().verified, enforcement));
        return outcome.value_or(-1);
    }
};

TEST_P(Surface, IsAsInTheTable) {
    const auto& row = GetParam();
    EXPECT_EQ(of(Generation::from_5_10, false, true), row.from_5_10_locked);
    EXPECT_EQ(of(Generation::from_5_10, true, false), row.from_5_10_forced);
    EXPECT_EQ(of(Generation::from_5_10, true, true), row.from_5_10_forced);
    EXPECT_EQ(of(Generation::from_5_10, false, false), row.from_5_10_neither);
    EXPECT_EQ(of(Generation::from_5_4, false, true), row.from_5_4_locked);
    EXPECT_EQ(of(Generation::from_5_4, true, false), row.from_5_4_forced);
    EXPECT_EQ(of(Generation::from_5_4, true, true), row.from_5_4_forced);
    EXPECT_EQ(of(Generation::from_5_4, false, false), row.from_5_4_neither);
    for (const bool forced : {false, true}) {
        for (const bool locked : {false, true})
            EXPECT_EQ(of(Generation::before_5_4, forced, locked), row.before_5_4);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Errnos, Surface,
    testing::Values(
        Row{"accepted", 0, 0, 0, 0, 0, 0, 0, 0},
        Row{"unsigned", ENODATA, EPERM, ENODATA, 0, EPERM, ENODATA, 0, ENODATA},
        Row{"no_key", ENOKEY, EPERM, ENOKEY, 0, EPERM, ENOKEY, 0, ENOKEY},
        Row{"no_crypto", ENOPKG, EPERM, ENOPKG, 0, EPERM, ENOPKG, 0, ENOPKG},
        Row{"rejected", EKEYREJECTED, EPERM, EKEYREJECTED, 0, EKEYREJECTED, EKEYREJECTED,
            EKEYREJECTED, EKEYREJECTED},
        Row{"malformed_pe", ELIBBAD, EPERM, ELIBBAD, 0, ELIBBAD, ELIBBAD, ELIBBAD, ELIBBAD},
        Row{"malformed_message", EBADMSG, EPERM, EBADMSG, 0, EBADMSG, EBADMSG, EBADMSG, EBADMSG}),
    [](const auto& test) { return test.param.name; });

TEST(EnforcementOf, ImaSwitchesItOnWhereItCanAskTheFirmware) {
    Machine machine = machine_with_keys();
    machine.options.ima_arch_policy = true;
    machine.symbols.set_kexec_sig_enforced = true;
    machine.symbols.arch_ima_get_secureboot = true;
    EXPECT_EQ(enforcement_of(machine).signature, true);
    machine.secure_boot.enabled = false;
    EXPECT_EQ(enforcement_of(machine).signature, false);
    machine.secure_boot.enabled = true;
    machine.symbols.arch_ima_get_secureboot = false;
    EXPECT_EQ(enforcement_of(machine).signature, false);
    machine.symbols.arch_ima_get_secureboot.reset();
    EXPECT_EQ(enforcement_of(machine).signature, std::nullopt);
    machine.arch = "s390x";
    EXPECT_EQ(enforcement_of(machine).signature, false);
}

TEST(SurfaceOf, WhatImaAppraisesPassesInSpiteOfLockdown) {
    EXPECT_THAT(surface(ENOKEY, {Generation::from_5_10, false, true, true, {}}), ElementsAre(0));
    EXPECT_THAT(surface(ENOKEY, {Generation::from_5_10, true, true, true, {}}),
                ElementsAre(ENOKEY));
    EXPECT_THAT(surface(ENOKEY, {Generation::from_5_10, false, true, {}, {}}),
                ElementsAre(0, EPERM));
}

TEST(SurfaceOf, UnknownEnforcementLeavesEveryPossibility) {
    EXPECT_THAT(surface(ENOKEY, {Generation::from_5_10, {}, true, false, {}}),
                ElementsAre(EPERM, ENOKEY));
    EXPECT_THAT(surface(ENOKEY, {Generation::from_5_10, false, {}, false, {}}),
                ElementsAre(0, EPERM));
    EXPECT_THAT(surface(EKEYREJECTED, {{}, false, true, false, {}}),
                ElementsAre(EPERM, EKEYREJECTED));
    EXPECT_THAT(surface(0, {{}, {}, {}, {}, {}}), ElementsAre(0));
}

TEST(GenerationOf, ReadsTheRelease) {
    EXPECT_EQ(generation_of("5.10.0-28-arm64"), Generation::from_5_10);
    EXPECT_EQ(generation_of("6.1"), Generation::from_5_10);
    EXPECT_EQ(generation_of("5.9.16"), Generation::from_5_4);
    EXPECT_EQ(generation_of("5.4.0-1"), Generation::from_5_4);
    EXPECT_EQ(generation_of("5.3.18"), Generation::before_5_4);
    EXPECT_EQ(generation_of("4.19.0"), Generation::before_5_4);
    for (const char* bad : {"", "5", "5.", "x.10", "unknown", "5-10"})
        EXPECT_EQ(generation_of(bad), std::nullopt) << bad;
}

// --- every policy and signer: an accepting case and its refusing twin in each row

struct Vouching {
    const char* policy;
    std::vector<const char*> accepted;
};

class PolicyAndSigner : public testing::TestWithParam<Vouching> {};

TEST_P(PolicyAndSigner, OnlyConsultedKeyringsVouch) {
    const auto machine = machine_with_keys();
    for (const char* name : {"builtin", "secondary", "machine", "platform", "unknown"}) {
        const auto verification = verify(image_by(name), policy(GetParam().policy), machine, {});
        const auto& accepted = GetParam().accepted;
        const bool expected = std::any_of(accepted.begin(), accepted.end(),
                                          [name](const char* a) { return std::string(a) == name; });
        EXPECT_THAT(verification.outcomes, ElementsAre(expected ? 0 : ENOKEY)) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Policies, PolicyAndSigner,
                         testing::Values(Vouching{"builtin", {"builtin"}},
                                         Vouching{"secondary", {"builtin", "secondary", "machine"}},
                                         Vouching{"platform", {"platform"}},
                                         Vouching{
                                             "secondary platform",
                                             {"builtin", "secondary", "machine", "platform"}}));

TEST(VerdictOn, ConsultsInOrderAndFurtherOnlyWithoutAKey) {
    const auto machine = machine_with_keys();
    const auto secondary = verify(image_by("secondary"), of_6_0, machine, {});
    ASSERT_THAT(secondary.consultations, SizeIs(1));
    EXPECT_EQ(secondary.consultations[0].keyring, Keyring::secondary);

    const auto platform = verify(image_by("platform"), of_6_0, machine, {});
    ASSERT_THAT(platform.consultations, SizeIs(2));
    EXPECT_THAT(platform.consultations[0].outcomes, ElementsAre(ENOKEY));
    EXPECT_EQ(platform.consultations[1].keyring, Keyring::platform);
    EXPECT_THAT(platform.consultations[1].outcomes, ElementsAre(0));
}

TEST(VerdictOn, PlatformDoesNotOverruleARejection) {
    // On both keyrings, and wrong: the first rejects it, and the second is not asked.
    auto machine = machine_with_keys();
    state_of(machine, Keyring::platform) =
        keyring_of(Keyring::platform, {certificate_of("secondary", "secondary")});
    state_of(machine, Keyring::secondary) =
        keyring_of(Keyring::secondary, {certificate_of("secondary", "secondary")});
    auto image = image_by("secondary");
    image.signatures[0].content_error = EKEYREJECTED;
    const auto verification = verify(image, of_6_0, machine, {});
    EXPECT_THAT(verification.outcomes, ElementsAre(EKEYREJECTED));
    EXPECT_THAT(verification.consultations, SizeIs(1));
}

TEST(VerdictOn, MachineCountsOnlyWhereSecondaryLinksIt) {
    auto machine = machine_with_keys();
    auto& links = state_of(machine, Keyring::secondary).links;
    links = std::vector<std::string>{".builtin_trusted_keys"};
    EXPECT_THAT(verify(image_by("machine"), of_6_0, machine, {}).outcomes, ElementsAre(ENOKEY));
    links.reset();
    EXPECT_THAT(verify(image_by("machine"), of_6_0, machine, {}).outcomes, ElementsAre(0, ENOKEY));
    state_of(machine, Keyring::machine).present = false;
    EXPECT_THAT(verify(image_by("machine"), of_6_0, machine, {}).outcomes, ElementsAre(ENOKEY));
}

// --- the chain

TEST(VerdictOn, AnIssuerInTheMessageMayVouch) {
    const auto machine = machine_with_keys();
    const auto leaf = certificate_of("leaf", "builtin");
    const auto with_issuer = signer_of({leaf, certificate_of("builtin", "builtin")});
    EXPECT_THAT(verify(image_signed_by({with_issuer}), of_6_0, machine, {}).outcomes,
                ElementsAre(0));
    const auto stranger =
        signer_of({certificate_of("leaf", "root"), certificate_of("root", "root")});
    EXPECT_THAT(verify(image_signed_by({stranger}), of_6_0, machine, {}).outcomes,
                ElementsAre(ENOKEY));
}

TEST(VerdictOn, TheIssuerOfTheLastCertificateMayVouch) {
    const auto machine = machine_with_keys();
    const auto vouched = image_signed_by({signer_of({certificate_of("leaf", "platform")})});
    EXPECT_THAT(verify(vouched, of_6_0, machine, {}).outcomes, ElementsAre(0));
    EXPECT_THAT(verify(vouched, policy("builtin"), machine, {}).outcomes, ElementsAre(ENOKEY));

    auto without_id = certificate_of("leaf", "platform");
    without_id.authority_key_id.clear();
    EXPECT_THAT(verify(image_signed_by({signer_of({without_id})}), of_6_0, machine, {}).outcomes,
                ElementsAre(ENOKEY));
}

TEST(VerdictOn, AnIssuerThatIsNotInTheMessageIsNotFollowedFurther) {
    // leaf <- middle <- builtin, and the message has the leaf alone.
    const auto image = image_signed_by({signer_of({certificate_of("leaf", "middle")})});
    EXPECT_THAT(verify(image, policy("builtin"), machine_with_keys(), {}).outcomes,
                ElementsAre(ENOKEY));
}

// --- which key is the one

TEST(VerdictOn, ACertificateOfAnotherIssuerWithTheSameKeyIdIsAnother) {
    auto other = certificate_of("platform", "platform");
    other.description = "somebody else: " + other.subject_key_id;
    auto machine = machine_with_keys();
    state_of(machine, Keyring::platform) = keyring_of(Keyring::platform, {other});
    EXPECT_THAT(verify(image_by("platform"), of_6_0, machine, {}).outcomes, ElementsAre(ENOKEY));
}

TEST(VerdictOn, WithoutASubjectKeyIdTheDescriptionIsNoProof) {
    auto certificate = certificate_of("platform", "platform");
    certificate.subject_key_id.clear();
    certificate.description = "platform: " + certificate.serial;
    auto machine = machine_with_keys();
    state_of(machine, Keyring::platform) = keyring_of(Keyring::platform, {certificate});
    const auto image = image_signed_by({signer_of({certificate})});

    EXPECT_THAT(verify(image, of_6_0, machine, {}).outcomes, ElementsAre(0, ENOKEY));
    EXPECT_THAT(verify(image, of_6_0, machine, {certificate}).outcomes, ElementsAre(0));
    auto other = certificate;
    other.issuer = "CN = another";
    EXPECT_THAT(verify(image, of_6_0, machine, {other}).outcomes, ElementsAre(ENOKEY));
    EXPECT_THAT(verify(image, of_6_0, machine, {certificate, other}).outcomes,
                ElementsAre(0, ENOKEY));
}

/* As sign-file(1) makes them for s390x: the message names the signer, and that is all. */
ImageFacts image_without_certificate(const std::string& name, std::optional<bool> valid) {
    auto signer = signer_of({certificate_of(name, name)});
    signer.certificate.reset();
    signer.chain.clear();
    signer.valid = valid;
    auto image = image_signed_by({signer});
    image.format = ImageFormat::s390_image;
    image.form = SignatureForm::appended;
    return image;
}

TEST(VerdictOn, IssuerAndSerialAloneAreNotMatchedWithADescription) {
    const auto machine = machine_with_keys();
    const auto image = image_without_certificate("platform", {});
    EXPECT_THAT(verify(image, policy("platform"), machine, {}).outcomes,
                ElementsAre(0, ENOKEY, EKEYREJECTED));
    auto empty = machine;
    state_of(empty, Keyring::platform) = keyring_of(Keyring::platform, {});
    EXPECT_THAT(verify(image, policy("platform"), empty, {}).outcomes, ElementsAre(ENOKEY));
}

TEST(VerdictOn, AKnownCertificateTellsWhoIssuerAndSerialAre) {
    const auto machine = machine_with_keys();
    const std::vector<Certificate> known{certificate_of("platform", "platform"),
                                         certificate_of("unknown", "unknown")};
    const auto outcomes = [&](const char* name, std::optional<bool> valid) {
        return verify(image_without_certificate(name, valid), policy("platform"), machine, known)
            .outcomes;
    };
    EXPECT_THAT(outcomes("platform", true), ElementsAre(0));
    EXPECT_THAT(outcomes("platform", false), ElementsAre(EKEYREJECTED));
    EXPECT_THAT(outcomes("platform", {}), ElementsAre(0, EKEYREJECTED));
    EXPECT_THAT(outcomes("unknown", true), ElementsAre(ENOKEY));
    EXPECT_THAT(outcomes("unknown", false), ElementsAre(ENOKEY));
}

TEST(VerdictOn, ASignerNamedByKeyIdIsMatchedByIt) {
    auto image = image_without_certificate("platform", true);
    auto& signer = image.signatures[0].signers[0];
    signer.issuer.clear();
    signer.serial.clear();
    signer.subject_key_id = test::key_id_for("platform");
    EXPECT_THAT(verify(image, policy("platform"), machine_with_keys(), {}).outcomes,
                ElementsAre(0));
    signer.subject_key_id = test::key_id_for("unknown");
    EXPECT_THAT(verify(image, policy("platform"), machine_with_keys(), {}).outcomes,
                ElementsAre(ENOKEY));
}

TEST(VerdictOn, AKeyringThatCannotBeReadLeavesADoubt) {
    auto machine = machine_with_keys();
    state_of(machine, Keyring::platform).contents.reset();
    EXPECT_THAT(verify(image_by("unknown"), of_6_0, machine, {}).outcomes, ElementsAre(0, ENOKEY));
    EXPECT_THAT(verify(image_by("secondary"), of_6_0, machine, {}).outcomes, ElementsAre(0));
    state_of(machine, Keyring::platform).entries = 0;
    EXPECT_THAT(verify(image_by("unknown"), of_6_0, machine, {}).outcomes, ElementsAre(ENOKEY));
    state_of(machine, Keyring::platform).present = std::nullopt;
    EXPECT_THAT(verify(image_by("unknown"), of_6_0, machine, {}).outcomes, ElementsAre(0, ENOKEY));
}

// --- what is wrong with the image, in the order in which the kernel comes to it

TEST(VerdictOn, UnsignedIsNoDataAndOnS390Rejected) {
    auto image = image_by("builtin");
    image.form = SignatureForm::none;
    image.signatures.clear();
    image.verified_signature.reset();
    auto machine = machine_with_keys();
    const auto verification = verify(image, of_6_0, machine, {});
    EXPECT_THAT(verification.outcomes, ElementsAre(ENODATA));
    EXPECT_THAT(verification.consultations, IsEmpty());
    machine.arch = "s390x";
    EXPECT_THAT(verify(image, of_6_0, machine, {}).outcomes, ElementsAre(EKEYREJECTED));
}

TEST(VerdictOn, MalformedIsFoundBeforeAnyKeyringIsAsked) {
    auto image = image_by("builtin");
    image.structure_error = ELIBBAD;
    image.structure_error_before_6_3 = ELIBBAD;
    EXPECT_THAT(verify(image, of_6_0, machine_with_keys(), {}).outcomes, ElementsAre(ELIBBAD));

    image = image_by("unknown");
    image.signatures[0].message_error = EBADMSG;
    const auto verification = verify(image, of_6_0, machine_with_keys(), {});
    EXPECT_THAT(verification.outcomes, ElementsAre(EBADMSG));
    EXPECT_THAT(verification.consultations, IsEmpty());
}

TEST(VerdictOn, TwoSignaturesAreRefusedByKernelsBefore63Only) {
    auto image = image_by("builtin");
    image.signatures.push_back(image.signatures[0]);
    image.structure_error_before_6_3 = ELIBBAD;
    EXPECT_THAT(verify(image, of_6_0, machine_with_keys(), {}).outcomes, ElementsAre(0, ELIBBAD));
}

TEST(VerdictOn, ATamperedImageIsRejectedOnceItsSignerIsTrusted) {
    const auto machine = machine_with_keys();
    for (const auto& [name, expected] :
         {std::pair("secondary", EKEYREJECTED), std::pair("unknown", ENOKEY)}) {
        auto image = image_by(name);
        image.signatures[0].content_error = EKEYREJECTED;
        EXPECT_THAT(verify(image, of_6_0, machine, {}).outcomes, ElementsAre(expected)) << name;
    }
}

TEST(VerdictOn, EcdsaMayBeMissing) {
    auto image = image_by("builtin");
    image.signatures[0].signers[0].signature_algorithm = "ecdsa";
    EXPECT_THAT(verify(image, of_6_0, machine_with_keys(), {}).outcomes, ElementsAre(0, ENOPKG));
}

// --- several signers of one message

TEST(VerdictOn, OneTrustedSignerIsEnoughUnlessAnotherIsFalse) {
    const auto machine = machine_with_keys();
    auto good = signer_of({certificate_of("builtin", "builtin")});
    const auto stranger = signer_of({certificate_of("unknown", "unknown")});
    EXPECT_THAT(verify(image_signed_by({stranger, good}), of_6_0, machine, {}).outcomes,
                ElementsAre(0));
    EXPECT_THAT(verify(image_signed_by({stranger, stranger}), of_6_0, machine, {}).outcomes,
                ElementsAre(ENOKEY));
    auto bad = signer_of({certificate_of("platform", "platform")});
    bad.valid = false;
    EXPECT_THAT(verify(image_signed_by({good, bad}), policy("platform"), machine, {}).outcomes,
                ElementsAre(EKEYREJECTED));
}

// --- revocation

void revoke_by_hash(Machine& machine, const Certificate& certificate) {
    state_of(machine, Keyring::blacklist).contents =
        std::vector<Key>{{"blacklist", "tbs:" + certificate.tbs_digest}};
    state_of(machine, Keyring::blacklist).entries = 1;
}

TEST(VerdictOn, ARevokedDigestIsRejectedOnWhateverWay) {
    auto machine = machine_with_keys();
    revoke_by_hash(machine, certificate_of("secondary", "secondary"));
    for (const char* text : {"builtin", "secondary", "platform", "secondary platform"})
        EXPECT_THAT(verify(image_by("secondary"), policy(text), machine, {}).outcomes,
                    ElementsAre(EKEYREJECTED));
    EXPECT_THAT(verify(image_by("builtin"), of_6_0, machine, {}).outcomes, ElementsAre(0));
}

TEST(VerdictOn, OtherHashesRevokeNothing) {
    auto machine = machine_with_keys();
    const auto digest = certificate_of("builtin", "builtin").tbs_digest;
    state_of(machine, Keyring::blacklist).contents =
        std::vector<Key>{{"blacklist", "bin:" + digest},
                         {"blacklist", "tbs:" + digest + "00"},
                         {"asymmetric", "tbs:" + digest}};
    EXPECT_THAT(verify(image_by("builtin"), of_6_0, machine, {}).outcomes, ElementsAre(0));
}

TEST(VerdictOn, ABlacklistThatCannotBeReadLeavesADoubt) {
    auto machine = machine_with_keys();
    state_of(machine, Keyring::blacklist).contents.reset();
    state_of(machine, Keyring::blacklist).entries = 7;
    EXPECT_THAT(verify(image_by("builtin"), of_6_0, machine, {}).outcomes,
                ElementsAre(0, EKEYREJECTED));
}

TEST(VerdictOn, ARevokedKeyCountsOnTheWayToPlatformAlone) {
    auto machine = machine_with_keys();
    state_of(machine, Keyring::blacklist) = keyring_of(
        Keyring::blacklist,
        {certificate_of("secondary", "secondary"), certificate_of("platform", "platform")});
    EXPECT_THAT(verify(image_by("secondary"), of_6_0, machine, {}).outcomes, ElementsAre(0));
    EXPECT_THAT(verify(image_by("platform"), of_6_0, machine, {}).outcomes,
                ElementsAre(EKEYREJECTED));
    EXPECT_THAT(verify(image_by("unknown"), of_6_0, machine, {}).outcomes, ElementsAre(ENOKEY));
}

// --- the system call

Outcomes load(const ImageFacts& image, const char* text, const Machine& machine) {
    return predict(image, {parse_policy(text), loader_verifies(machine)}, machine, {}).outcomes;
}

TEST(Predict, AcceptedAndRefusedUnderLockdown) {
    const auto machine = machine_with_keys();
    EXPECT_THAT(load(image_by("builtin"), "builtin", machine), ElementsAre(0));
    EXPECT_THAT(load(image_by("platform"), "builtin", machine), ElementsAre(EPERM));
    EXPECT_THAT(load(image_by("platform"), "secondary platform", machine), ElementsAre(0));
}

TEST(Predict, WithoutEnforcementItLoadsSilently) {
    auto machine = machine_with_keys();
    machine.lockdown = "none";
    const auto prediction = predict(image_by("unknown"), {of_6_0, true}, machine, {});
    EXPECT_THAT(prediction.outcomes, ElementsAre(0));
    EXPECT_THAT(prediction.verification->outcomes, ElementsAre(ENOKEY));
    machine.options.kexec_sig_force = true;
    EXPECT_THAT(load(image_by("unknown"), "builtin", machine), ElementsAre(ENOKEY));
}

TEST(Predict, AnUnknownPolicyIsAnyOfThem) {
    const auto machine = machine_with_keys();
    const Verifier unknown{std::nullopt, true};
    EXPECT_THAT(predict(image_by("platform"), unknown, machine, {}).outcomes,
                ElementsAre(0, EPERM));
    EXPECT_THAT(predict(image_by("unknown"), unknown, machine, {}).outcomes, ElementsAre(EPERM));
    // None of its architecture that does not consult builtin, directly or by the link
    EXPECT_THAT(predict(image_by("builtin"), unknown, machine, {}).outcomes, ElementsAre(0));
}

TEST(Predict, WithoutKexecFileThereIsNoSystemCall) {
    auto machine = machine_with_keys();
    machine.options.kexec_file = false;
    const auto prediction = predict(image_by("builtin"), {of_6_0, true}, machine, {});
    EXPECT_EQ(prediction.obstacle, Obstacle::no_kexec_file);
    EXPECT_THAT(prediction.outcomes, ElementsAre(ENOSYS));
}

TEST(Predict, AFormatThatNoLoaderTakesIsRefusedWhoeverSignedIt) {
    auto machine = machine_with_keys();
    auto image = image_by("builtin");
    for (const auto format : {ImageFormat::efi_zboot, ImageFormat::unified_kernel,
                              ImageFormat::gzip, ImageFormat::x86_bzimage}) {
        image.format = format;
        const auto prediction = predict(image, {of_6_0, true}, machine, {});
        EXPECT_EQ(prediction.obstacle, Obstacle::loader);
        EXPECT_THAT(prediction.outcomes, ElementsAre(EINVAL));
    }
    machine.arch = "x86_64";
    EXPECT_THAT(load(image, "builtin", machine), ElementsAre(0));
    image.format = ImageFormat::arm64_image;
    EXPECT_THAT(load(image, "builtin", machine), ElementsAre(ENOEXEC));
}

TEST(Predict, WithoutVerificationEverythingLoads) {
    auto machine = machine_with_keys();
    machine.options.kexec_sig = false;
    auto prediction = predict(image_by("unknown"), {of_6_0, true}, machine, {});
    EXPECT_EQ(prediction.verified, false);
    EXPECT_THAT(prediction.outcomes, ElementsAre(0));
    machine.options.kexec_sig.reset();
    EXPECT_THAT(load(image_by("unknown"), "builtin", machine), ElementsAre(0, EPERM));
}

TEST(Predict, AnS390VerifiesOnlyAfterASecureIpl) {
    auto machine = machine_with_keys();
    machine.arch = "s390x";
    machine.secure_boot = {};
    machine.secure_boot.firmware = "ipl";
    machine.secure_boot.enabled = false;
    EXPECT_THAT(load(image_by("unknown"), "platform", machine), ElementsAre(0));
    machine.secure_boot.enabled = true;
    EXPECT_THAT(load(image_by("unknown"), "platform", machine), ElementsAre(EPERM));
    machine.secure_boot.enabled.reset();
    EXPECT_THAT(load(image_by("unknown"), "platform", machine), ElementsAre(0, EPERM));
    // A loaded module has seen the kernel consult keyrings.
    machine.module.native_policy = "platform";
    EXPECT_THAT(load(image_by("unknown"), "platform", machine), ElementsAre(EPERM));
}

TEST(VerdictOn, AKernelThatConsultsNothingRefusesEverything) {
    for (const char* signer : {"builtin", "platform", "unknown"}) {
        const auto verification = verify(image_by(signer), {}, machine_with_keys(), {});
        EXPECT_THAT(verification.outcomes, ElementsAre(EKEYREJECTED));
        EXPECT_THAT(verification.consultations, IsEmpty());
    }
}

TEST(Predict, ALoaderWithoutAVerifierRefusesEverything) {
    auto machine = machine_with_keys();
    machine.options.image_verify_sig = false;
    EXPECT_THAT(load(image_by("builtin"), "builtin", machine), ElementsAre(EPERM));
    machine.options.kexec_sig_force = true;
    EXPECT_THAT(load(image_by("builtin"), "builtin", machine), ElementsAre(EKEYREJECTED));
    machine.options.image_verify_sig.reset();
    EXPECT_THAT(load(image_by("builtin"), "builtin", machine), ElementsAre(0, EKEYREJECTED));
    machine.module.native_policy = "builtin";
    EXPECT_THAT(load(image_by("builtin"), "builtin", machine), ElementsAre(0));
    machine.module.native_policy = "none";
    EXPECT_THAT(load(image_by("builtin"), "builtin", machine), ElementsAre(EKEYREJECTED));
}

TEST(Predict, WhoeverVerifiesInTheLoadersSteadHasASay) {
    auto machine = machine_with_keys();
    machine.options.image_verify_sig = false;
    EXPECT_THAT(predict(image_by("platform"), {of_6_0, true}, machine, {}).outcomes,
                ElementsAre(0));
    EXPECT_THAT(predict(image_by("unknown"), {of_6_0, true}, machine, {}).outcomes,
                ElementsAre(EPERM));
    EXPECT_THAT(predict(image_by("platform"), {of_6_0, std::nullopt}, machine, {}).outcomes,
                ElementsAre(0, EPERM));
}

// --- IMA, which comes first

constexpr const char* rule_for_all = "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig";
constexpr const char* rule_for_some =
    "appraise func=KEXEC_KERNEL_CHECK fowner=0 appraise_type=imasig";

/* A machine in lockdown with a rule. */
Machine machine_with_rule(const char* rule) {
    auto machine = machine_with_keys();
    machine.options.ima = machine.options.ima_appraise = true;
    machine.options.trusted_ima_keyring = true;
    machine.ima.present = true;
    machine.ima.settings.emplace();
    machine.ima.rules = {rule};
    return machine;
}

ImageFacts image_with_label(const std::string& signer, std::optional<bool> label) {
    auto image = image_by(signer);
    image.ima_label = label;
    return image;
}

TEST(PredictWithIma, WhatHasNoLabelIsRefusedWhoeverSignedIt) {
    const auto machine = machine_with_rule(rule_for_all);
    for (const char* signer : {"builtin", "unknown"}) {
        const auto prediction =
            predict(image_with_label(signer, false), {of_6_0, true}, machine, {});
        EXPECT_EQ(prediction.obstacle, Obstacle::ima);
        EXPECT_THAT(prediction.outcomes, ElementsAre(EACCES));
    }
}

TEST(PredictWithIma, WhatHasALabelMayBeRefusedAndLockdownLeavesItToThat) {
    const auto machine = machine_with_rule(rule_for_all);
    for (const auto label : {std::optional(true), std::optional<bool>()}) {
        EXPECT_THAT(load(image_with_label("builtin", label), "builtin", machine),
                    ElementsAre(0, EACCES));
        EXPECT_THAT(load(image_with_label("unknown", label), "builtin", machine),
                    ElementsAre(0, EACCES));
    }
}

TEST(PredictWithIma, ARuleForSomeFilesLeavesADoubt) {
    const auto machine = machine_with_rule(rule_for_some);
    EXPECT_THAT(load(image_with_label("builtin", false), "builtin", machine),
                ElementsAre(0, EACCES));
}

TEST(PredictWithIma, ItComesBeforeTheLoader) {
    auto image = image_with_label("builtin", false);
    image.format = ImageFormat::gzip;
    EXPECT_THAT(load(image, "builtin", machine_with_rule(rule_for_all)), ElementsAre(EACCES));
    EXPECT_THAT(load(image, "builtin", machine_with_rule(rule_for_some)),
                ElementsAre(EACCES, EINVAL));
    EXPECT_THAT(load(image, "builtin", machine_with_rule("measure func=KEXEC_KERNEL_CHECK")),
                ElementsAre(EINVAL));
}

TEST(PredictWithIma, ItRefusesNothingUnlessItEnforces) {
    auto machine = machine_with_rule(rule_for_all);
    const auto image = image_with_label("builtin", false);
    machine.secure_boot.enabled = false;
    machine.options.ima_appraise_bootparam = true;
    machine.symbols.arch_ima_get_secureboot = true;
    machine.ima.settings = {"ima_appraise=log"};
    EXPECT_THAT(load(image, "builtin", machine), ElementsAre(0));
    machine.options.ima_appraise_bootparam.reset();
    EXPECT_THAT(load(image, "builtin", machine), ElementsAre(0, EACCES));
    machine.options.ima_appraise_bootparam = false;
    EXPECT_THAT(load(image, "builtin", machine), ElementsAre(EACCES));
}

// --- who vouches, whatever is consulted

TEST(Vouchers, AreNamedWithTheirKeyrings) {
    const auto machine = machine_with_keys();
    const auto own = vouchers(image_by("platform"), machine, {});
    ASSERT_THAT(own, SizeIs(1));
    EXPECT_EQ(own[0].keyring, Keyring::platform);
    EXPECT_FALSE(own[0].authority);
    EXPECT_EQ(own[0].held, Answer::yes);

    const auto issuer =
        vouchers(image_signed_by({signer_of({certificate_of("leaf", "builtin")})}), machine, {});
    ASSERT_THAT(issuer, SizeIs(1));
    EXPECT_TRUE(issuer[0].authority);
    EXPECT_THAT(vouchers(image_by("unknown"), machine, {}), IsEmpty());
}

}  // namespace
}  // namespace kxk::trust
