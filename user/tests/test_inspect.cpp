// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"
#include "host/inspect.h"

namespace kxk::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using trust::Keyring;

class Inspect : public testing::Test {
  protected:
    [[nodiscard]] trust::KeyringState keyring(Keyring which) const {
        for (const auto& state : inspect_machine(system).keyrings) {
            if (state.keyring == which)
                return state;
        }
        ADD_FAILURE() << "no such keyring";
        return {};
    }

    testing::StrictMock<test::FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(Inspect, NothingReadableMeansCannotTell) {
    const auto machine = inspect_machine(system);
    EXPECT_EQ(machine.module_loaded, std::nullopt);
    EXPECT_EQ(machine.lockdown, std::nullopt);
    EXPECT_EQ(machine.options.source, std::nullopt);
    EXPECT_EQ(machine.options.kexec_sig, std::nullopt);
    EXPECT_EQ(machine.secure_boot.enabled, std::nullopt);
    EXPECT_EQ(machine.kexec_loaded, std::nullopt);
    EXPECT_EQ(machine.kexec_crash_loaded, std::nullopt);
    ASSERT_EQ(machine.keyrings.size(), 5U);
    for (const auto& state : machine.keyrings) {
        EXPECT_EQ(state.present, std::nullopt);
        EXPECT_EQ(state.entries, std::nullopt);
    }
}

TEST_F(Inspect, NamesArchitecturesAsTheModuleDoes) {
    system.name.machine = "aarch64";
    EXPECT_EQ(inspect_machine(system).arch, "arm64");
    system.name.machine = "s390x";
    EXPECT_EQ(inspect_machine(system).arch, "s390x");
    system.name.machine = "x86_64";
    EXPECT_TRUE(inspect_machine(system).arch_served);
    system.name.machine = "ppc64le";
    EXPECT_EQ(inspect_machine(system).arch, "ppc64le");
    EXPECT_FALSE(inspect_machine(system).arch_served);
}

TEST_F(Inspect, ModuleIsAbsentWhereSysfsIsThere) {
    system.directories["/sys/kernel"] = {"security", "kexec_keyrings_other"};
    EXPECT_EQ(is_module_loaded(system), false);
}

TEST_F(Inspect, ReadsAttributes) {
    system.show_module("backport", "builtin", "secondary platform");
    const auto machine = inspect_machine(system);
    EXPECT_EQ(machine.module_loaded, true);
    EXPECT_EQ(machine.module.version, "0.1.0");
    EXPECT_EQ(machine.module.mode, "backport");
    EXPECT_EQ(machine.module.arch, "arm64");
    EXPECT_EQ(machine.module.engine, "ftrace");
    EXPECT_EQ(machine.module.target, "image_verify_sig");
    EXPECT_EQ(machine.module.native_policy, "builtin");
    EXPECT_EQ(machine.module.active_policy, "secondary platform");
    EXPECT_THAT(machine.module.stats, ElementsAre(Pair("accepted", 3U), Pair("enokey", 0U)));
}

TEST_F(Inspect, LeavesOutCountersThatAreNoNumbers) {
    system.show_module("backport", "builtin", "secondary platform");
    system.files["/sys/kernel/kexec_keyrings/stats/enokey"] = "many\n";
    system.files.erase("/sys/kernel/kexec_keyrings/version");
    const auto module = read_module(system);
    EXPECT_THAT(module.stats, ElementsAre(Pair("accepted", 3U)));
    EXPECT_EQ(module.version, std::nullopt);
}

TEST_F(Inspect, ReadsLockdown) {
    const std::string path = "/sys/kernel/security/lockdown";
    system.files[path] = "none [integrity] confidentiality\n";
    EXPECT_EQ(read_lockdown(system), "integrity");
    system.files[path] = "[none] integrity confidentiality\n";
    EXPECT_EQ(read_lockdown(system), "none");
    for (const auto* malformed : {"none integrity\n", "", "[]", "]x[", "[integrity"}) {
        system.files[path] = malformed;
        EXPECT_EQ(read_lockdown(system), std::nullopt) << malformed;
    }
}

TEST_F(Inspect, ReadsSwitches) {
    system.files = {{"one", "1\n"}, {"zero", "0\n"}, {"Y", "Y\n"}, {"N", "N\n"}, {"two", "2\n"}};
    EXPECT_EQ(read_switch(system, "one"), true);
    EXPECT_EQ(read_switch(system, "zero"), false);
    EXPECT_EQ(read_switch(system, "Y"), true);
    EXPECT_EQ(read_switch(system, "N"), false);
    EXPECT_EQ(read_switch(system, "two"), std::nullopt);
    EXPECT_EQ(read_switch(system, "absent"), std::nullopt);
}

TEST_F(Inspect, ReadsSecureBootOfUefi) {
    const std::string path =
        "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    system.directories["/sys/firmware"] = {"acpi", "efi"};
    EXPECT_EQ(inspect_machine(system).secure_boot.enabled, std::nullopt);
    EXPECT_EQ(inspect_machine(system).secure_boot.firmware, "uefi");

    system.files[path] = std::string("\x06\0\0\0\x01", 5);
    EXPECT_EQ(inspect_machine(system).secure_boot.enabled, true);
    system.files[path] = std::string("\x06\0\0\0\0", 5);
    EXPECT_EQ(inspect_machine(system).secure_boot.enabled, false);
    system.files[path] = std::string("\x06\0\0\0", 4);
    EXPECT_EQ(inspect_machine(system).secure_boot.enabled, std::nullopt);
}

TEST_F(Inspect, WithoutUefiThereIsNoSecureBoot) {
    system.directories["/sys/firmware"] = {"devicetree"};
    EXPECT_EQ(inspect_machine(system).secure_boot.enabled, false);
    EXPECT_EQ(inspect_machine(system).secure_boot.firmware, "none");
}

TEST_F(Inspect, ReadsSecureIpl) {
    system.name.machine = "s390x";
    system.directories["/sys/firmware"] = {"ipl"};
    EXPECT_EQ(inspect_machine(system).secure_boot.enabled, std::nullopt);
    EXPECT_EQ(inspect_machine(system).secure_boot.firmware, "ipl");
    EXPECT_EQ(inspect_machine(system).secure_boot.supported, std::nullopt);
    system.files["/sys/firmware/ipl/has_secure"] = "1\n";
    EXPECT_EQ(inspect_machine(system).secure_boot.supported, true);
    system.files["/sys/firmware/ipl/secure"] = "1\n";
    EXPECT_EQ(inspect_machine(system).secure_boot.enabled, true);
    system.files["/sys/firmware/ipl/secure"] = "0\n";
    EXPECT_EQ(inspect_machine(system).secure_boot.enabled, false);
}

TEST_F(Inspect, PrefersTheKernelsOwnConfiguration) {
    system.files["/boot/config-5.10.13"] = "CONFIG_KEXEC_FILE=y\n";
    EXPECT_EQ(read_kernel_options(system).source, "/boot/config-5.10.13");
    EXPECT_EQ(read_kernel_options(system).kexec_file, true);
    system.files["/proc/config.gz"] = "# CONFIG_KEXEC_FILE is not set\n";
    EXPECT_EQ(read_kernel_options(system).source, "/proc/config.gz");
    EXPECT_EQ(read_kernel_options(system).kexec_file, false);
}

TEST_F(Inspect, KnowsTheSwitchOfEachArchitecture) {
    system.files["/proc/config.gz"] =
        "CONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_SIG=y\nCONFIG_KEXEC_IMAGE_VERIFY_SIG=y\n";
    EXPECT_EQ(read_kernel_options(system).image_verify_sig, true);
    system.name.machine = "x86_64";
    EXPECT_EQ(read_kernel_options(system).image_verify_sig, false);
    system.name.machine = "s390x";
    EXPECT_EQ(read_kernel_options(system).image_verify_sig, true);
}

TEST_F(Inspect, KnowsTheNameBefore54WhichEnforces) {
    system.files["/proc/config.gz"] = "CONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_VERIFY_SIG=y\n";
    EXPECT_EQ(read_kernel_options(system).kexec_sig, true);
    EXPECT_EQ(read_kernel_options(system).kexec_sig_force, true);
    system.files["/proc/config.gz"] = "CONFIG_KEXEC_SIG=y\n# CONFIG_KEXEC_SIG_FORCE is not set\n";
    EXPECT_EQ(read_kernel_options(system).kexec_sig, true);
    EXPECT_EQ(read_kernel_options(system).kexec_sig_force, false);
}

const std::string policy = "/sys/kernel/security/ima/policy";

constexpr const char* keys =
    "18f2236e I------ 1 perm 1f0b0000 0 0 keyring .builtin_trusted_keys: 1\n"
    "28f2236e I------ 1 perm 1f0b0000 0 0 keyring .secondary_trusted_keys: 2\n";

TEST_F(Inspect, TellsKeysFromLinks) {
    system.files["/proc/keys"] = keys;
    system.keyrings[0x18f2236e] = {{"asymmetric", "builtin CA"}};
    system.keyrings[0x28f2236e] = {{"keyring", ".builtin_trusted_keys"},
                                   {"asymmetric", "secondary"}};
    const auto secondary = keyring(Keyring::secondary);
    EXPECT_EQ(secondary.present, true);
    EXPECT_EQ(secondary.entries, 2U);
    EXPECT_EQ(secondary.keys, 1U);
    EXPECT_THAT(*secondary.links, ElementsAre(".builtin_trusted_keys"));
    EXPECT_THAT(*secondary.contents, ElementsAre(trust::Key{"asymmetric", "secondary"}));
    EXPECT_EQ(keyring(Keyring::builtin).keys, 1U);
}

TEST_F(Inspect, CountsEntriesOfAKeyringThatItMayNotRead) {
    system.files["/proc/keys"] = keys;
    const auto secondary = keyring(Keyring::secondary);
    EXPECT_EQ(secondary.entries, 2U);
    EXPECT_EQ(secondary.keys, std::nullopt);
    EXPECT_EQ(secondary.links, std::nullopt);
    EXPECT_EQ(secondary.contents, std::nullopt);
}

TEST_F(Inspect, KeyringThatIsNotListedIsAbsent) {
    system.files["/proc/keys"] = keys;
    EXPECT_EQ(keyring(Keyring::platform).present, false);
}

TEST_F(Inspect, AbsenceCountsOnlyInAListThatShowsTheKernelsKeyrings) {
    system.files["/proc/keys"] = "28f2236e I------ 1 perm 1f0b0000 1000 0 keyring _ses: 2\n";
    EXPECT_EQ(keyring(Keyring::platform).present, std::nullopt);
    system.files["/proc/keys"] = "";
    EXPECT_EQ(keyring(Keyring::platform).present, std::nullopt);
}

TEST_F(Inspect, AbsenceCountsOnlyInAListThatIsUnderstood) {
    system.files["/proc/keys"] = std::string(keys) + "28f2236e garbage\n";
    EXPECT_EQ(keyring(Keyring::platform).present, std::nullopt);
    EXPECT_EQ(keyring(Keyring::builtin).present, true);
}

class InspectIma : public Inspect {
  protected:
    InspectIma() {
        system.directories["/sys/kernel/security"] = {"ima", "lockdown", "lsm"};
        system.files["/proc/cmdline"] = "root=/dev/sda1 ima_policy=tcb quiet ima_appraise=log\n";
    }
};

TEST_F(InspectIma, ReadsTheRulesInForceAndTheSettings) {
    system.files[policy] = "measure func=KEXEC_KERNEL_CHECK \n\nappraise fowner=0 \n";
    const auto ima = inspect_machine(system).ima;
    EXPECT_EQ(ima.present, true);
    EXPECT_THAT(*ima.rules, ElementsAre("measure func=KEXEC_KERNEL_CHECK", "appraise fowner=0"));
    EXPECT_THAT(*ima.settings, ElementsAre("ima_policy=tcb", "ima_appraise=log"));
    EXPECT_EQ(ima.problem, "");
}

TEST_F(InspectIma, TellsNoRulesFromRulesThatCannotBeRead) {
    system.files[policy] = "";
    EXPECT_EQ(inspect_machine(system).ima.rules, std::vector<std::string>{});
    system.files.erase(policy);
    EXPECT_EQ(inspect_machine(system).ima.rules, std::nullopt);
    EXPECT_THAT(inspect_machine(system).ima.problem, HasSubstr("a custom policy was loaded"));
}

TEST_F(InspectIma, SaysWhyTheRulesCannotBeRead) {
    system.errors[policy] = EACCES;
    EXPECT_THAT(inspect_machine(system).ima.problem, HasSubstr("it takes root"));
    system.files["/proc/config.gz"] = "CONFIG_IMA=y\n# CONFIG_IMA_READ_POLICY is not set\n";
    EXPECT_THAT(inspect_machine(system).ima.problem, HasSubstr("was built without"));
    system.errors[policy] = EPERM;
    EXPECT_THAT(inspect_machine(system).ima.problem, HasSubstr("CAP_SYS_ADMIN"));
    system.errors[policy] = EBUSY;
    EXPECT_THAT(inspect_machine(system).ima.problem, HasSubstr("somebody else"));
    system.errors[policy] = EIO;
    EXPECT_THAT(inspect_machine(system).ima.problem, HasSubstr("reading them failed"));
}

TEST_F(InspectIma, IsAbsentOnlyWhereSecurityfsIsMounted) {
    system.directories["/sys/kernel/security"] = {"lockdown", "lsm"};
    EXPECT_EQ(inspect_machine(system).ima.present, false);
    system.directories["/sys/kernel/security"] = {};
    EXPECT_EQ(inspect_machine(system).ima.present, std::nullopt);
    EXPECT_THAT(inspect_machine(system).ima.problem, HasSubstr("not mounted"));
    system.files.erase("/proc/cmdline");
    EXPECT_EQ(inspect_machine(system).ima.settings, std::nullopt);
}

TEST_F(Inspect, LooksForFunctionsOnlyWhereTheyTellSomething) {
    const std::string path = "/proc/kallsyms";
    EXPECT_EQ(inspect_machine(system).symbols.set_kexec_sig_enforced, std::nullopt);
    system.files[path] = "";
    EXPECT_EQ(inspect_machine(system).symbols.set_kexec_sig_enforced, std::nullopt);
    system.files[path] =
        "0000000000000000 T my_set_kexec_sig_enforced\n"
        "0000000000000000 T set_kexec_sig_enforced_too\n";
    EXPECT_EQ(inspect_machine(system).symbols.set_kexec_sig_enforced, false);
    EXPECT_EQ(inspect_machine(system).symbols.prepare_elf_headers, std::nullopt);
    system.files[path] +=
        "0000000000000000 T set_kexec_sig_enforced\n"
        "0000000000000000 t prepare_elf_headers\n";
    EXPECT_EQ(inspect_machine(system).symbols.set_kexec_sig_enforced, true);
    EXPECT_EQ(inspect_machine(system).symbols.prepare_elf_headers, true);
    EXPECT_EQ(inspect_machine(system).symbols.arch_ima_get_secureboot, false);
    system.name.release = "6.1.0";
    EXPECT_EQ(inspect_machine(system).symbols.set_kexec_sig_enforced, true);
    EXPECT_EQ(inspect_machine(system).symbols.arch_ima_get_secureboot, std::nullopt);
    system.files[path] += "0000000000000000 T arch_ima_get_secureboot\n";
    EXPECT_EQ(inspect_machine(system).symbols.arch_ima_get_secureboot, true);
    system.files["/boot/config-6.1.0"] = "CONFIG_KEXEC=y\n# CONFIG_IMA_ARCH_POLICY is not set\n";
    EXPECT_EQ(inspect_machine(system).symbols.set_kexec_sig_enforced, std::nullopt);
}

TEST_F(Inspect, ListsKeysWhosePlaceIsUnknownOnlyWhereAKeyringCannotBeRead) {
    system.files["/proc/keys"] =
        std::string(keys) +
        "0bd03a2a I-- 1 perm 1f030000 0 0 asymmetri A: 6cce: X509.rsa 6cce []\n";
    system.keyrings[0x18f2236e] = {{"asymmetric", "A: 6cce"}};
    EXPECT_TRUE(inspect_machine(system).unplaced_keys.empty());
    system.keyrings[0x18f2236e] = {{"asymmetric", "B: 6cce"}};
    EXPECT_THAT(inspect_machine(system).unplaced_keys,
                ElementsAre(trust::Key{"asymmetric", "A: 6cce"}));
    system.keyrings[0x28f2236e] = {};
    EXPECT_TRUE(inspect_machine(system).unplaced_keys.empty());
}

}  // namespace
}  // namespace kxk::host
