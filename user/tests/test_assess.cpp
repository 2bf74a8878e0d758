// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "trust/assess.h"

namespace kxk::trust {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Machine loaded(const std::string& mode, const std::string& active) {
    Machine machine;
    machine.release = "5.10.13";
    machine.arch = "arm64";
    machine.arch_served = true;
    machine.module_loaded = true;
    machine.module.mode = mode;
    machine.module.native_policy = "builtin";
    machine.module.active_policy = active;
    return machine;
}

Machine not_loaded() {
    Machine machine = loaded("", "");
    machine.module_loaded = false;
    machine.module = {};
    return machine;
}

TEST(HasPolicyOfLinux60, KnowsTheThreeAnswers) {
    EXPECT_EQ(has_policy_of_linux_6_0(loaded("backport", "secondary platform")), Answer::yes);
    EXPECT_EQ(has_policy_of_linux_6_0(loaded("observe", "secondary platform")), Answer::yes);
    EXPECT_EQ(has_policy_of_linux_6_0(loaded("observe", "builtin")), Answer::no);
    EXPECT_EQ(has_policy_of_linux_6_0(loaded("observe", "platform secondary")), Answer::no);
    EXPECT_EQ(has_policy_of_linux_6_0(loaded("observe", "none")), Answer::no);
    EXPECT_EQ(has_policy_of_linux_6_0(loaded("observe", "future")), Answer::cannot_tell);
    EXPECT_EQ(has_policy_of_linux_6_0(not_loaded()), Answer::cannot_tell);
    EXPECT_EQ(has_policy_of_linux_6_0(Machine{}), Answer::cannot_tell);
}

TEST(HasPolicyOfLinux60, SecondaryAloneIsItOnlyWhereThereIsNoPlatformKeyring) {
    auto machine = loaded("backport", "secondary");
    EXPECT_EQ(has_policy_of_linux_6_0(machine), Answer::no);
    machine.options.platform_keyring = true;
    EXPECT_EQ(has_policy_of_linux_6_0(machine), Answer::no);
    machine.options.platform_keyring = false;
    EXPECT_EQ(has_policy_of_linux_6_0(machine), Answer::yes);
    machine.module.active_policy = "builtin";
    EXPECT_EQ(has_policy_of_linux_6_0(machine), Answer::no);
}

TEST(ActivePolicy, OfAnAbsentModuleIsUnknown) {
    auto machine = loaded("backport", "secondary platform");
    machine.module_loaded = std::nullopt;
    EXPECT_EQ(active_policy(machine), std::nullopt);
}

KeyringState state_of(Keyring keyring) {
    KeyringState state;
    state.keyring = keyring;
    state.present = true;
    return state;
}

TEST(Vouches, FollowsThePolicy) {
    const auto before = loaded("observe", "builtin");
    EXPECT_EQ(vouches(before, state_of(Keyring::builtin)), true);
    EXPECT_EQ(vouches(before, state_of(Keyring::platform)), false);
    EXPECT_EQ(vouches(before, state_of(Keyring::machine)), false);

    const auto after = loaded("backport", "secondary platform");
    EXPECT_EQ(vouches(after, state_of(Keyring::builtin)), true);
    EXPECT_EQ(vouches(after, state_of(Keyring::platform)), true);
    EXPECT_EQ(vouches(after, state_of(Keyring::blacklist)), std::nullopt);
    EXPECT_EQ(vouches(not_loaded(), state_of(Keyring::builtin)), std::nullopt);
}

TEST(Vouches, NothingDoesWhereEveryImageIsRefused) {
    for (const auto keyring : {Keyring::builtin, Keyring::secondary, Keyring::platform})
        EXPECT_EQ(vouches(loaded("observe", "none"), state_of(keyring)), false);
}

TEST(Vouches, MachineNeedsTheLink) {
    auto machine = loaded("backport", "secondary platform");
    EXPECT_EQ(vouches(machine, state_of(Keyring::machine)), std::nullopt);

    auto secondary = state_of(Keyring::secondary);
    machine.keyrings = {secondary};
    EXPECT_EQ(vouches(machine, state_of(Keyring::machine)), std::nullopt);

    machine.keyrings[0].links = std::vector<std::string>{".builtin_trusted_keys"};
    EXPECT_EQ(vouches(machine, state_of(Keyring::machine)), false);
    machine.keyrings[0].links->push_back(".machine");
    EXPECT_EQ(vouches(machine, state_of(Keyring::machine)), true);
}

TEST(NextStep, WithoutTheModule) {
    auto machine = not_loaded();
    EXPECT_THAT(next_step(machine), HasSubstr("run `kexec-keyrings load`"));

    machine.options.kexec_sig = true;
    EXPECT_THAT(next_step(machine), HasSubstr("run `kexec-keyrings load`"));
    machine.options.kexec_sig = false;
    EXPECT_THAT(next_step(machine), HasSubstr("CONFIG_KEXEC_SIG=y"));
    machine.options.kexec_file = false;
    EXPECT_THAT(next_step(machine), HasSubstr("CONFIG_KEXEC_FILE=y"));
    machine.arch_served = false;
    machine.arch = "ppc64le";
    EXPECT_THAT(next_step(machine), HasSubstr("not ppc64le"));
    machine.module_loaded = std::nullopt;
    EXPECT_THAT(next_step(machine), HasSubstr("mount sysfs"));
}

TEST(NextStep, OfAnInsecureIpl) {
    auto machine = not_loaded();
    machine.secure_boot = {false, "ipl"};
    EXPECT_THAT(next_step(machine), HasSubstr("IPL this machine"));
    machine.secure_boot = {std::nullopt, "ipl"};
    EXPECT_THAT(next_step(machine), HasSubstr("run `kexec-keyrings load`"));
    machine.secure_boot = {false, "uefi"};
    EXPECT_THAT(next_step(machine), HasSubstr("run `kexec-keyrings load`"));
}

TEST(LoaderVerifies, AsItIsConfiguredOrBetterAsItWasSeen) {
    auto machine = not_loaded();
    EXPECT_EQ(loader_verifies(machine), std::nullopt);
    machine.options.image_verify_sig = false;
    EXPECT_EQ(loader_verifies(machine), false);
    machine = loaded("observe", "none");
    EXPECT_EQ(loader_verifies(machine), true);  // natively it consults builtin
    machine.module.native_policy = "none";
    machine.options.image_verify_sig = true;
    EXPECT_EQ(loader_verifies(machine), false);
}

TEST(LoaderVerifies, WithTheModuleOnArm64IfTheVerifierIsThere) {
    auto machine = not_loaded();
    machine.options.image_verify_sig = false;
    EXPECT_EQ(loader_verifies_with_module(machine), std::nullopt);
    machine.options.pe_verifier = true;
    EXPECT_EQ(loader_verifies_with_module(machine), true);
    machine.options.pe_verifier = false;
    EXPECT_EQ(loader_verifies_with_module(machine), false);
    machine.module.native_policy = "none";
    EXPECT_EQ(loader_verifies_with_module(machine), true);
    machine = not_loaded();
    machine.arch = "x86_64";
    machine.options.image_verify_sig = false;
    machine.options.pe_verifier = true;
    EXPECT_EQ(loader_verifies_with_module(machine), false);
    EXPECT_EQ(loader_verifies_with_module(loaded("backport", "secondary platform")), true);
}

TEST(NextStep, OfALoaderThatCannotVerify) {
    auto machine = not_loaded();
    machine.options.image_verify_sig = false;
    machine.options.pe_verifier = true;
    EXPECT_THAT(next_step(machine),
                AllOf(HasSubstr("refuses every image"), HasSubstr("run `kexec-keyrings load`")));
    machine.options.pe_verifier = false;
    EXPECT_THAT(next_step(machine), HasSubstr("CONFIG_KEXEC_IMAGE_VERIFY_SIG=y"));
}

TEST(NextStep, WithTheModule) {
    EXPECT_THAT(next_step(loaded("backport", "secondary platform")), HasSubstr("kexec -s -l"));
    EXPECT_THAT(next_step(loaded("observe", "secondary platform")), HasSubstr("of its own"));
    EXPECT_THAT(next_step(loaded("observe", "builtin")), HasSubstr("observe mode"));
    EXPECT_THAT(next_step(loaded("observe", "none")),
                AllOf(HasSubstr("refuses every image"), HasSubstr("`kexec-keyrings load`")));
    EXPECT_THAT(next_step(loaded("backport", "builtin")), HasSubstr("report this"));
    EXPECT_THAT(next_step(loaded("backport", "future")), HasSubstr("same version"));
}

}  // namespace
}  // namespace kxk::trust
