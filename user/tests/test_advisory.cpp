// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <algorithm>

#include "trust/advisory.h"

namespace kxk::trust {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Advisories : public testing::Test {
  protected:
    /** A 5.10 without a single correction, on which everything can be told. */
    Advisories() {
        machine.release = "5.10.13";
        machine.arch = "x86_64";
        machine.lockdown = "none";
        machine.secure_boot = {true, "uefi", false, true};
        auto& options = machine.options;
        options.kexec_file = options.kexec_sig = true;
        options.kexec_sig_force = false;
        options.ima = options.ima_appraise = options.ima_arch_policy = true;
        options.trusted_ima_keyring = true;
        machine.symbols.set_kexec_sig_enforced = false;
    }

    [[nodiscard]] Advisory get(const std::string& id) const {
        const auto all = advisories(machine);
        const auto found =
            std::find_if(all.begin(), all.end(), [&id](const auto& one) { return one.id == id; });
        if (found == all.end()) {
            ADD_FAILURE() << "no advisory " << id;
            return {};
        }
        return *found;
    }

    [[nodiscard]] Answer affected(const std::string& id) const { return get(id).affected; }

    Machine machine;  // NOLINT(readability-identifier-naming)
};

constexpr const char* bypass = "CVE-2022-21505";
constexpr const char* unsigned_images = "af16df54b89d";
constexpr const char* for_nothing = "fd7af71be542";
constexpr const char* crash = "3751e728cef2";

TEST_F(Advisories, SayHowAndWhatNextWhateverIsKnown) {
    for (const auto& one : {machine, Machine()}) {
        for (const auto& advisory : advisories(one)) {
            EXPECT_THAT(advisory.how, Not(IsEmpty())) << advisory.id;
            EXPECT_THAT(advisory.title, Not(IsEmpty())) << advisory.id;
            EXPECT_TRUE(advisory.affected != Answer::yes || !advisory.next_step.empty())
                << advisory.id;
        }
    }
}

TEST_F(Advisories, OfAMachineOfWhichNothingIsKnownCannotBeTold) {
    machine = Machine();
    machine.arch = "arm64";
    for (const auto& advisory : advisories(machine))
        EXPECT_EQ(advisory.affected, Answer::cannot_tell) << advisory.id;
}

TEST_F(Advisories, LockdownBypassNeedsLockdownAndAppraisalWithoutSecureBoot) {
    EXPECT_EQ(affected(bypass), Answer::no);
    machine.lockdown = "integrity";
    EXPECT_THAT(get(bypass).how, HasSubstr("Secure Boot"));
    machine.secure_boot.enabled = false;
    EXPECT_EQ(affected(bypass), Answer::cannot_tell);
    EXPECT_THAT(get(bypass).next_step, HasSubstr("update"));
    machine.options.trusted_ima_keyring = false;
    EXPECT_EQ(affected(bypass), Answer::no);
    machine.options.trusted_ima_keyring.reset();
    machine.options.ima_appraise = false;
    EXPECT_EQ(affected(bypass), Answer::no);
    machine.options.ima_appraise.reset();
    EXPECT_EQ(affected(bypass), Answer::cannot_tell);
    machine.release = "5.19.0";
    EXPECT_EQ(affected(bypass), Answer::no);
}

TEST_F(Advisories, UnsignedImagesWithSecureBootAreSeenByTheMissingFunction) {
    EXPECT_EQ(affected(unsigned_images), Answer::yes);
    machine.symbols.set_kexec_sig_enforced = true;
    EXPECT_EQ(affected(unsigned_images), Answer::no);
    machine.symbols.set_kexec_sig_enforced.reset();
    EXPECT_EQ(affected(unsigned_images), Answer::cannot_tell);
    machine.release = "6.1.0";
    EXPECT_EQ(affected(unsigned_images), Answer::no);
}

TEST_F(Advisories, UnsignedImagesAreRefusedByAnyOfThese) {
    const auto before = machine;
    machine.secure_boot.enabled = false;
    EXPECT_EQ(affected(unsigned_images), Answer::no);
    machine = before;
    machine.lockdown = "confidentiality";
    EXPECT_EQ(affected(unsigned_images), Answer::no);
    machine = before;
    machine.options.kexec_sig_force = true;
    EXPECT_EQ(affected(unsigned_images), Answer::no);
    machine = before;
    machine.options.kexec_sig = false;
    EXPECT_EQ(affected(unsigned_images), Answer::no);
    machine = before;
    machine.options.ima_arch_policy = false;
    EXPECT_EQ(affected(unsigned_images), Answer::no);
}

TEST_F(Advisories, UnsignedImagesCannotBeToldWithAnyOfTheseUnknown) {
    const auto before = machine;
    machine.secure_boot.enabled.reset();
    EXPECT_EQ(affected(unsigned_images), Answer::cannot_tell);
    machine = before;
    machine.lockdown.reset();
    EXPECT_EQ(affected(unsigned_images), Answer::cannot_tell);
    machine = before;
    machine.options = {};
    EXPECT_EQ(affected(unsigned_images), Answer::cannot_tell);
}

TEST_F(Advisories, VerificationIsForNothingWithoutEnforcement) {
    EXPECT_EQ(affected(for_nothing), Answer::yes);
    machine.options.kexec_sig_force = true;
    EXPECT_EQ(affected(for_nothing), Answer::no);
    machine.options.kexec_sig_force.reset();
    EXPECT_EQ(affected(for_nothing), Answer::cannot_tell);
    machine.lockdown = "integrity";
    EXPECT_EQ(affected(for_nothing), Answer::no);
    machine.lockdown.reset();
    EXPECT_EQ(affected(for_nothing), Answer::cannot_tell);
}

TEST_F(Advisories, VerificationIsForSomethingWhereImaMayEnforceIt) {
    machine.symbols.set_kexec_sig_enforced = true;
    EXPECT_EQ(affected(for_nothing), Answer::cannot_tell);
    machine.secure_boot.enabled = false;
    EXPECT_EQ(affected(for_nothing), Answer::yes);
    machine.secure_boot.enabled.reset();
    EXPECT_EQ(affected(for_nothing), Answer::cannot_tell);
    machine.options.ima_arch_policy = false;
    EXPECT_EQ(affected(for_nothing), Answer::yes);
}

TEST_F(Advisories, OfVerificationBefore510CannotBeTold) {
    machine.release = "5.4.0-42-generic";
    EXPECT_EQ(affected(for_nothing), Answer::cannot_tell);
    machine.options.kexec_sig = false;
    EXPECT_EQ(affected(for_nothing), Answer::no);
}

TEST_F(Advisories, CrashKernelConcernsOldArm64) {
    EXPECT_EQ(affected(crash), Answer::no);
    machine.arch = "arm64";
    EXPECT_EQ(affected(crash), Answer::no);
    machine.release = "5.4.17";
    EXPECT_EQ(affected(crash), Answer::cannot_tell);
    EXPECT_THAT(get(crash).next_step, Not(IsEmpty()));
    machine.symbols.prepare_elf_headers = true;
    EXPECT_EQ(affected(crash), Answer::no);
    machine.symbols = {};
    machine.release = "unknown";
    EXPECT_EQ(affected(crash), Answer::cannot_tell);
}

}  // namespace
}  // namespace kxk::trust
