// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"
#include "made_certificate.h"
#include "made_image.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::HasSubstr;

/* Nothing but files: any question to a kernel would fail. */
class VerifyOffline : public testing::Test {
  protected:
    VerifyOffline() {
        static const Identity signer = make_identity("Signer", rsa_key(0));
        static const Identity other = make_identity("Other", rsa_key(1));
        static const std::string good = signed_image(made_arm64_image, signer);
        static const std::string bare = signed_s390_image(signer, false);
        system.files["image"] = good;
        system.files["bare"] = bare;
        system.files["unsigned"] = made_arm64_image();
        system.files["signer.der"] = to_der(signer.certificate.get());
        system.files["other.der"] = to_der(other.certificate.get());
        system.files["empty"] = "";
    }

    Exit verify(std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), {"verify", "--json"});
        const auto outcome = run(system, std::move(arguments));
        answer = outcome.json();
        return outcome.exit;
    }

    // NOLINTBEGIN(readability-identifier-naming)
    testing::StrictMock<FakeSystem> system;
    trust::Json answer;
    // NOLINTEND(readability-identifier-naming)
};

TEST_F(VerifyOffline, EveryKeyringVouchesForItsOwnAndForNobodyElse) {
    for (const char* keyring : {"--builtin", "--secondary", "--machine", "--platform"}) {
        EXPECT_EQ(verify({keyring, "signer.der", "image"}), Exit::yes) << keyring;
        EXPECT_EQ(answer["images"][0]["verdict"], "accepted");
        EXPECT_EQ(verify({keyring, "other.der", "image"}), Exit::no) << keyring;
        EXPECT_EQ(answer["images"][0]["errno_name"], "ENOKEY");
    }
    verify({"--platform", "signer.der", "image"});
    EXPECT_EQ(answer["images"][0]["accepted_by"], "platform");
    EXPECT_EQ(answer["images"][0]["consulted"][0]["errno_name"], "ENOKEY");
}

TEST_F(VerifyOffline, ParsesWithoutPrivileges) {
    static_cast<void>(verify({"--builtin", "signer.der", "image"}));
    EXPECT_TRUE(system.gave_up_privileges);
    EXPECT_FALSE(system.mapped_with_privileges);
}

TEST_F(VerifyOffline, ThePolicyDecidesWhatIsConsulted) {
    EXPECT_EQ(verify({"--policy", "builtin", "--platform", "signer.der", "image"}), Exit::no);
    EXPECT_EQ(verify({"--policy", "platform", "--platform", "signer.der", "image"}), Exit::yes);
    EXPECT_EQ(run(system, {"verify", "--policy", "all", "--platform", "signer.der", "image"}).exit,
              Exit::usage);
}

TEST_F(VerifyOffline, RevocationCountsOnTheWayToPlatform) {
    EXPECT_EQ(verify({"--blacklist", "signer.der", "--platform", "signer.der", "image"}), Exit::no);
    EXPECT_EQ(answer["images"][0]["errno_name"], "EKEYREJECTED");
    EXPECT_EQ(verify({"--blacklist", "signer.der", "--builtin", "signer.der", "image"}), Exit::yes);
}

TEST_F(VerifyOffline, UnsignedAndChangedAreRefused) {
    EXPECT_EQ(verify({"--builtin", "signer.der", "unsigned"}), Exit::no);
    EXPECT_EQ(answer["images"][0]["errno_name"], "ENODATA");
    system.files["image"][1500] ^= 1;
    EXPECT_EQ(verify({"--builtin", "signer.der", "image"}), Exit::no);
    EXPECT_EQ(answer["images"][0]["errno_name"], "EKEYREJECTED");
}

TEST_F(VerifyOffline, ASignatureWithoutACertificateIsCheckedByThoseGiven) {
    EXPECT_EQ(verify({"--platform", "signer.der", "bare"}), Exit::yes);
    EXPECT_EQ(verify({"--platform", "other.der", "bare"}), Exit::no);
    system.files["bare"][1500] ^= 1;
    EXPECT_EQ(verify({"--platform", "signer.der", "bare"}), Exit::no);
    EXPECT_EQ(answer["images"][0]["errno_name"], "EKEYREJECTED");
}

TEST_F(VerifyOffline, EveryImageIsToldAndTheWorstCounts) {
    EXPECT_EQ(verify({"--builtin", "signer.der", "image", "unsigned"}), Exit::no);
    EXPECT_EQ(answer["images"].size(), 2U);
    EXPECT_EQ(verify({"--builtin", "signer.der", "absent", "image"}), Exit::cannot_tell);
    EXPECT_EQ(answer["images"][0]["code"], "unreadable");
    EXPECT_EQ(answer["images"][1]["verdict"], "accepted");
}

TEST_F(VerifyOffline, FilesThatAreNoCertificatesAreSaid) {
    for (const char* file : {"absent", "empty", "image"}) {
        const auto outcome = run(system, {"verify", "--builtin", file, "image"});
        EXPECT_EQ(outcome.exit, Exit::cannot_tell) << file;
        EXPECT_THAT(outcome.err, HasSubstr("\nremedy: "));
    }
    EXPECT_THAT(run(system, {"verify", "--platform", "signer.der", "image"}).out,
                HasSubstr("image: accepted\n  secondary: ENOKEY\n  platform: accepted\n"));
}

}  // namespace
}  // namespace kxk::test
