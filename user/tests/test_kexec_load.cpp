// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/kexec_load.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "trust_facts.h"

namespace kxk::test {
namespace {

using trust::Outcomes;
using trust::predict_kexec_load;

TEST(KexecLoad, LockdownRefusesIt) {
    EXPECT_EQ(predict_kexec_load(machine_with_keys()).outcomes, Outcomes{EPERM});
}

TEST(KexecLoad, WithoutLockdownItIsPermitted) {
    auto machine = machine_with_keys();
    machine.lockdown = "none";
    EXPECT_EQ(predict_kexec_load(machine).outcomes, Outcomes{0});
}

TEST(KexecLoad, WhatCannotBeSeenIsLeftOpen) {
    auto machine = machine_with_keys();
    machine.lockdown = std::nullopt;
    EXPECT_EQ(predict_kexec_load(machine).outcomes, (Outcomes{0, EPERM}));
    machine.ima.present = std::nullopt;
    EXPECT_EQ(predict_kexec_load(machine).outcomes, (Outcomes{0, EPERM, EACCES}));
}

TEST(KexecLoad, ImaRefusesItBeforeLockdownDoes) {
    auto machine = machine_with_keys();
    appraise_images(machine);
    machine.symbols.arch_ima_get_secureboot = false;
    EXPECT_EQ(predict_kexec_load(machine).outcomes, Outcomes{EACCES});
}

TEST(KexecLoad, ARuleAboutEveryFileIsNotAboutIt) {
    auto machine = machine_with_keys();
    machine.ima.present = true;
    machine.ima.rules = {{"appraise fowner=0 "}};
    machine.ima.settings = std::vector<std::string>();
    machine.options.ima_appraise = true;
    machine.symbols.arch_ima_get_secureboot = false;
    EXPECT_EQ(predict_kexec_load(machine).outcomes, Outcomes{EPERM});
}

TEST(KexecLoad, ImaRefusesItAfterSecureBoot) {
    auto machine = machine_with_keys();
    machine.lockdown = "none";
    machine.ima.present = true;
    machine.ima.rules = std::vector<std::string>();
    machine.symbols.arch_ima_get_secureboot = true;
    EXPECT_EQ(predict_kexec_load(machine).outcomes, Outcomes{EACCES});
    machine.secure_boot.enabled = false;
    EXPECT_EQ(predict_kexec_load(machine).outcomes, Outcomes{0});
}

}  // namespace
}  // namespace kxk::test
