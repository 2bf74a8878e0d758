// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cerrno>
#include <sstream>

#include "cmd/selftest_judge.h"
#include "fake_system.h"
#include "host/inspect.h"
#include "image/image.h"
#include "made_image.h"
#include "made_signer.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::HasSubstr;
using testing::NiceMock;
using testing::Not;
using testing::StartsWith;

/* An arm64 in lockdown whose kernel really consults what a test says. */
class Selftest : public testing::Test {
  protected:
    Selftest() {
        system.files["/boot/vmlinuz-5.10.13"] = made_arm64_image();
        system.files["/sys/kernel/kexec_loaded"] = "0\n";
        system.files["/sys/kernel/kexec_crash_loaded"] = "0\n";
        system.show_locked_down_arm64();
        system.directories["/sys/kernel"] = {"security"};
        system.keyrings[1] = {{"asymmetric", description_of(builtin())}};
        system.keyrings[3] = {{"asymmetric", description_of(platform())}};
        add_files("builtin", builtin());
        add_files("platform", platform());
        ON_CALL(system, try_kernel).WillByDefault([this](const std::string& path) {
            return host::LoadTrial{answer_about(path), 0};
        });
        ON_CALL(system, verify_image).WillByDefault([](const std::string& /*path*/) {
            host::VerifyResult no_device;
            no_device.error = ENOENT;
            return no_device;
        });
        ON_CALL(system, ask_kexec_load).WillByDefault(testing::Return(EPERM));
    }

    static MadeSigner named(const char* name) {
        CertificateWish wish;
        wish.subject = {{"O", "Tests"}, {"CN", name}};
        wish.extensions = {{NID_subject_key_identifier, "hash"}};
        return make_signer(KeyKind::rsa, wish);
    }
    static const MadeSigner& builtin() {
        static const auto made = named("builtin");
        return made;
    }
    static const MadeSigner& platform() {
        static const auto made = named("platform");
        return made;
    }
    static std::string description_of(const MadeSigner& signer) {
        return image::to_certificate(signer.certificate.get()).description;
    }
    void add_files(const std::string& name, const MadeSigner& signer) {
        system.files[name + ".key"] = signer.key_pem();
        system.files[name + ".crt"] = signer.certificate_pem();
    }

    /* What a kernel with that policy does. */
    int answer_about(const std::string& path) {
        auto facts = image::read_image(image::ByteView(system.files.at(path)));
        facts.ima_label = false;
        auto machine = host::inspect_machine(system);
        machine.module = {};
        const trust::Verifier verifier{trust::parse_policy(truth), trust::loader_verifies(machine)};
        return *trust::predict(facts, verifier, machine, {}).outcomes.begin();
    }

    Outcome test(std::vector<const char*> more = {}, bool with_keys = true) {
        std::vector<const char*> arguments{"test"};
        if (with_keys)
            arguments.insert(arguments.end(), {"--key", "builtin.key", "--cert", "builtin.crt",
                                               "--key", "platform.key", "--cert", "platform.crt"});
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(system, arguments);
    }

    // NOLINTBEGIN(readability-identifier-naming)
    NiceMock<FakeSystem> system;
    const char* truth = "builtin";
    // NOLINTEND(readability-identifier-naming)
};

TEST_F(Selftest, AnOlderKernelDoesAsItsPolicySays) {
    const auto outcome = test({"--expect-policy", "builtin"});
    EXPECT_EQ(outcome.exit, Exit::yes) << outcome.out;
    EXPECT_THAT(outcome.out, StartsWith("TAP version 13\n"));
    EXPECT_THAT(outcome.out, HasSubstr("\n1..12\n"));
    EXPECT_THAT(outcome.out, HasSubstr("ok 1 - kexec_load(2), which verifies nothing\n"));
    EXPECT_THAT(outcome.out, HasSubstr("ok 4 - an image by a trusted key, tampered with\n"));
    EXPECT_THAT(outcome.out, HasSubstr("ok 6 - an image by a key that no keyring has\n"));
    EXPECT_THAT(outcome.out, HasSubstr("ok 7 - an image by a key on .builtin_trusted_keys\n# the "
                                       "kernel loads"));
    EXPECT_THAT(outcome.out, HasSubstr("ok 8 - an image by a key on .secondary_trusted_keys # SKIP "
                                       ".secondary_trusted_keys has no keys of its own"));
    EXPECT_THAT(outcome.out, HasSubstr("ok 9 - an image by a key on .machine # SKIP this kernel "
                                       "has no keyring .machine"));
    EXPECT_THAT(
        outcome.out,
        HasSubstr("ok 10 - an image by a key on .platform\n# the kernel refuses it (EPERM)"));
    EXPECT_THAT(outcome.out, HasSubstr("ok 12 - the machine is as it was found\n"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("not ok")));
}

TEST_F(Selftest, TheSameKernelFailsWhereThePolicyOf60IsExpected) {
    const auto outcome = test({"--expect-policy", "6.0"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("not ok 10 - an image by a key on .platform\n"));
    EXPECT_THAT(outcome.out, HasSubstr("fail:1 "));
}

TEST_F(Selftest, AModuleThatDoesNothingFails) {
    system.show_module("backport", "builtin", "secondary platform");
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("not ok 10 - an image by a key on .platform\n"));
}

TEST_F(Selftest, AModuleThatDoesItsWorkPasses) {
    system.show_module("backport", "builtin", "secondary platform");
    truth = "secondary platform";
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::yes) << outcome.out;
    EXPECT_THAT(outcome.out,
                HasSubstr("ok 10 - an image by a key on .platform\n# the kernel loads"));
    EXPECT_THAT(outcome.out, HasSubstr("ok 11 - the module has the policy of Linux 6.0\n"));
}

TEST_F(Selftest, AKernelThatIsTooGenerousFailsWhateverItsPolicyIs) {
    ON_CALL(system, try_kernel).WillByDefault(testing::Return(host::LoadTrial{}));
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::no);
    for (const int number : {2, 3, 4, 5, 6})
        EXPECT_THAT(outcome.out, HasSubstr("not ok " + std::to_string(number) + " - "));
}

TEST_F(Selftest, AKernelThatRefusesAllFails) {
    ON_CALL(system, try_kernel).WillByDefault(testing::Return(host::LoadTrial{EPERM, 0}));
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("not ok 7 - an image by a key on .builtin_trusted_keys\n"));
}

TEST_F(Selftest, WithoutKeysNoKeyringPasses) {
    const auto outcome = test({}, false);
    EXPECT_EQ(outcome.exit, Exit::yes) << outcome.out;
    for (const char* keyring : {".builtin_trusted_keys", ".platform"})
        EXPECT_THAT(outcome.out, HasSubstr(std::string("an image by a key on ") + keyring +
                                           " # SKIP no private key of " + keyring +
                                           " was given; name one with --key and --cert\n"));
}

TEST_F(Selftest, AKeyThatIsOnNoKeyringIsFoundOut) {
    add_files("stranger", named("stranger"));
    const auto outcome = test({"--key", "stranger.key", "--cert", "stranger.crt"});
    EXPECT_EQ(outcome.exit, Exit::yes) << outcome.out;
    EXPECT_THAT(outcome.out,
                HasSubstr("ok 11 - an image by the key that was given as number 3\n# the kernel "
                          "refuses it (EPERM)"));
}

TEST_F(Selftest, DoesNotStartWhereAKernelIsLoaded) {
    system.files["/sys/kernel/kexec_loaded"] = "1\n";
    EXPECT_CALL(system, try_kernel).Times(0);
    EXPECT_CALL(system, ask_kexec_load).Times(0);
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::skipped);
    EXPECT_EQ(static_cast<int>(outcome.exit), 4);
    EXPECT_THAT(outcome.out, StartsWith("TAP version 13\n1..0 # SKIP a kernel is loaded"));
}

TEST_F(Selftest, DoesNotStartWithoutRoot) {
    system.privileged = false;
    EXPECT_CALL(system, try_kernel).Times(0);
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::skipped);
    EXPECT_THAT(outcome.out, HasSubstr("1..0 # SKIP loading a kernel needs root"));
}

TEST_F(Selftest, LeavesAKernelAloneThatSomebodyLoadsMeanwhile) {
    EXPECT_CALL(system, ask_kexec_load).WillOnce([this] {
        system.files["/sys/kernel/kexec_loaded"] = "1\n";
        return EPERM;
    });
    EXPECT_CALL(system, try_kernel).Times(0);
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("Bail out! another program has loaded a kernel"));
}

TEST_F(Selftest, StopsWhereAnImageCannotBeUnloaded) {
    EXPECT_CALL(system, try_kernel).WillOnce(testing::Return(host::LoadTrial{0, EBUSY}));
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("Bail out! the image is loaded and could not be unloaded"));
}

TEST_F(Selftest, WithoutAnImageNothingIsTested) {
    system.files.erase("/boot/vmlinuz-5.10.13");
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::skipped);
    EXPECT_THAT(outcome.out, HasSubstr("1..0 # SKIP the image of the running kernel is not"));
    EXPECT_EQ(test({"--image", "missing"}).exit, Exit::no);
}

TEST_F(Selftest, AWrongKeyIsNoPass) {
    system.files["bad.key"] = "no key";
    const auto outcome = test({"--key", "bad.key", "--cert", "platform.crt"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("Bail out! "));
}

TEST_F(Selftest, AKernelWithoutTheSystemCallSkipsItsImages) {
    system.files["/proc/config.gz"] = "# CONFIG_KEXEC_FILE is not set\n";
    ON_CALL(system, try_kernel).WillByDefault(testing::Return(host::LoadTrial{ENOSYS, 0}));
    const auto outcome = test();
    EXPECT_EQ(outcome.exit, Exit::yes) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr("# SKIP this kernel has no kexec_file_load(2)"));
    EXPECT_THAT(outcome.out, HasSubstr("pass:2 fail:0"));
}

}  // namespace
}  // namespace kxk::test
