// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/status_text.h"
#include "fake_system.h"
#include "host/inspect.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Status : public testing::Test {
  protected:
    /** A machine on which everything can be told. */
    void fill() {
        system.show_module("backport", "builtin", "secondary platform");
        system.directories["/sys/firmware"] = {"efi"};
        system.files["/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"] =
            std::string("\x06\0\0\0\x01", 5);
        system.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n";
        system.files["/proc/config.gz"] =
            "CONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_SIG=y\n# CONFIG_KEXEC_SIG_FORCE is not set\n"
            "CONFIG_KEXEC_IMAGE_VERIFY_SIG=y\nCONFIG_INTEGRITY_PLATFORM_KEYRING=y\n"
            "CONFIG_IMA=y\nCONFIG_IMA_APPRAISE=y\nCONFIG_IMA_ARCH_POLICY=y\n"
            "CONFIG_IMA_READ_POLICY=y\n";
        system.directories["/sys/kernel/security"] = {"ima", "lockdown", "lsm"};
        system.files["/sys/kernel/security/ima/policy"] = "measure func=KEXEC_KERNEL_CHECK \n";
        system.files["/proc/cmdline"] = "quiet\n";
        system.files["/proc/kallsyms"] = "0000000000000000 T set_kexec_sig_enforced\n";
        system.files["/proc/keys"] =
            "00000001 I------ 1 perm 1f0b0000 0 0 keyring .builtin_trusted_keys: 1\n"
            "00000002 I------ 1 perm 1f0b0000 0 0 keyring .secondary_trusted_keys: 2\n"
            "00000003 I------ 1 perm 1f0b0000 0 0 keyring .platform: 2\n"
            "00000004 I------ 1 perm 1f0b0000 0 0 keyring .blacklist: empty\n";
        system.keyrings[1] = {{"asymmetric", "a"}};
        system.keyrings[2] = {{"keyring", ".builtin_trusted_keys"}, {"asymmetric", "b"}};
        system.keyrings[3] = {{"asymmetric", "c"}, {"asymmetric", "D: d: 0d"}};
        system.keyrings[4] = {};
        system.files["/sys/kernel/kexec_loaded"] = "0\n";
        system.files["/sys/kernel/kexec_crash_loaded"] = "1\n";
    }

    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(Status, JsonOfAMachineOnWhichEverythingCanBeTold) {
    fill();
    const auto outcome = run(system, {"status", "--json"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.json(), trust::Json::parse(R"({
        "schema": 1,
        "kernel": {"release": "5.10.13", "arch": "arm64"},
        "policy": {"native": "builtin", "active": "secondary platform", "linux_6_0": true,
            "native_guess": null},
        "module": {"loaded": true, "version": "0.1.0", "mode": "backport", "arch": "arm64",
            "engine": "ftrace", "target": "image_verify_sig", "native_policy": "builtin",
            "active_policy": "secondary platform", "stats": {"accepted": 3, "enokey": 0}},
        "lockdown": "integrity",
        "secure_boot":
            {"enabled": true, "firmware": "uefi", "setup_mode": null, "supported": true},
        "config": {"source": "/proc/config.gz", "KEXEC_FILE": true, "KEXEC_SIG": true,
            "KEXEC_SIG_FORCE": false, "KEXEC_IMAGE_VERIFY_SIG": true,
            "SIGNED_PE_FILE_VERIFICATION": false,
            "INTEGRITY_PLATFORM_KEYRING": true, "MODULE_SIG": false, "MODULE_SIG_FORCE": false,
            "PREEMPTION": false, "TASKS_RCU": false, "SECONDARY_TRUSTED_KEYRING": false,
            "LOAD_UEFI_KEYS": false, "INTEGRITY_MACHINE_KEYRING": false,
            "INTEGRITY_CA_MACHINE_KEYRING": false, "INTEGRITY_CA_MACHINE_KEYRING_MAX": false,
            "INTEGRITY_TRUSTED_KEYRING": false, "IMA": true, "IMA_APPRAISE": true,
            "IMA_ARCH_POLICY": true, "IMA_APPRAISE_REQUIRE_KEXEC_SIGS": false,
            "IMA_READ_POLICY": true, "IMA_APPRAISE_BOOTPARAM": false},
        "ima": {"present": true, "rules": ["measure func=KEXEC_KERNEL_CHECK"], "problem": null,
            "settings": [], "kexec": {"measured": "all", "appraised": "none", "signature": false,
                "mode": "enforce",
                "rules": [{"rule": "measure func=KEXEC_KERNEL_CHECK", "origin": "architecture"}]}},
        "symbols": {"set_kexec_sig_enforced": true, "prepare_elf_headers": null,
            "arch_ima_get_secureboot": false},
        "keyrings": {
            ".builtin_trusted_keys":
                {"present": true, "entries": 1, "keys": 1, "links": [], "vouches": true,
                 "contents": [{"type": "asymmetric", "description": "a", "key_id": null}]},
            ".secondary_trusted_keys": {"present": true, "entries": 2, "keys": 1,
                "links": [".builtin_trusted_keys"], "vouches": true,
                "contents": [{"type": "asymmetric", "description": "b", "key_id": null}]},
            ".machine":
                {"present": false, "entries": null, "keys": null, "links": null, "vouches": false,
                 "contents": null},
            ".platform": {"present": true, "entries": 2, "keys": 2, "links": [], "vouches": true,
                 "contents": [{"type": "asymmetric", "description": "c", "key_id": null},
                              {"type": "asymmetric", "description": "D: d: 0d", "key_id": "0d"}]},
            ".blacklist":
                {"present": true, "entries": 0, "keys": 0, "links": [], "vouches": null,
                 "contents": []}},
        "unplaced_keys": [],
        "kexec_loaded": false,
        "kexec_crash_loaded": true,
        "advisories": [
            {"id": "CVE-2022-21505", "commit": "543ce63b664e",
             "title": "a rule of IMA that is not enforced lifts lockdown from kexec",
             "affected": false, "how": "CONFIG_INTEGRITY_TRUSTED_KEYRING is off in this kernel",
             "next_step": null},
            {"id": "af16df54b89d", "commit": "af16df54b89d",
             "title": "unsigned images load although Secure Boot is on", "affected": false,
             "how": "lockdown refuses them", "next_step": null},
            {"id": "fd7af71be542", "commit": "fd7af71be542",
             "title": "an image whose verification fails is loaded all the same",
             "affected": false, "how": "lockdown refuses it", "next_step": null},
            {"id": "3751e728cef2", "commit": "3751e728cef2",
             "title": "kexec_file_load(2) of a crash kernel is refused with EOPNOTSUPP",
             "affected": false, "how": "Linux has the correction since 5.5",
             "next_step": null}],
        "next_step": "none: this kernel gives the verdict of Linux 6.0; load images with `kexec -s -l`"
        })"));
}

TEST_F(Status, JsonOfAMachineOnWhichNothingCanBeTold) {
    const auto outcome = run(system, {"status", "--json"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    const auto json = outcome.json();
    EXPECT_EQ(json["policy"],
              trust::Json::parse(R"({"native": null, "active": null, "linux_6_0": null,
            "native_guess": {"policy": "builtin",
                "because": "arm64 had it from Linux 5.0 on, and stable kernels kept it"}})"));
    EXPECT_EQ(json["module"], trust::Json::parse(R"({"loaded": null})"));
    EXPECT_TRUE(json["lockdown"].is_null());
    EXPECT_EQ(json["secure_boot"], trust::Json::parse(R"({"enabled": null, "firmware": null,
                                                     "setup_mode": null, "supported": null})"));
    for (const auto& [option, value] : json["config"].items())
        EXPECT_TRUE(value.is_null()) << option;
    for (const auto& [keyring, state] : json["keyrings"].items()) {
        for (const auto& [key, value] : state.items())
            EXPECT_TRUE(value.is_null()) << keyring << " " << key;
    }
    EXPECT_TRUE(json["kexec_loaded"].is_null());
    EXPECT_TRUE(json["kexec_crash_loaded"].is_null());
}

TEST_F(Status, KeysOfTheJsonAreStableAndInOrder) {
    const auto json = run(system, {"status", "--json"}).json();
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items())
        keys.push_back(key);
    EXPECT_THAT(keys, ElementsAre("schema", "kernel", "policy", "module", "lockdown", "secure_boot",
                                  "config", "ima", "symbols", "keyrings", "unplaced_keys",
                                  "kexec_loaded", "kexec_crash_loaded", "advisories", "next_step"));
}

TEST_F(Status, OfAnotherPolicyIsNo) {
    system.show_module("observe", "builtin", "builtin");
    const auto outcome = run(system, {"status", "--json"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(outcome.json()["policy"]["linux_6_0"], false);
}

TEST_F(Status, OfAPolicyThatIsNotUnderstoodIsCannotTell) {
    system.show_module("backport", "builtin", "secondary future");
    const auto outcome = run(system, {"status", "--json"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(outcome.json()["policy"]["active"], "secondary future");
}

TEST_F(Status, WithoutTheModuleIsCannotTell) {
    fill();
    system.directories["/sys/kernel"] = {"security"};
    const auto outcome = run(system, {"status"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.out, HasSubstr("Module        not loaded\n"));
    EXPECT_THAT(outcome.out, HasSubstr("Policy        unknown until the module is loaded\n"
                                       "              a guess from the release: builtin (arm64"));
    EXPECT_THAT(outcome.out, HasSubstr("Next step     run `kexec-keyrings load`"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("vouch")));
}

TEST_F(Status, ScreenOfAMachineOnWhichEverythingCanBeTold) {
    fill();
    EXPECT_EQ(run(system, {"status"}).out,
              "Kernel        5.10.13 (arm64)\n"
              "Module        loaded, version 0.1.0, mode backport\n"
              "              redirects image_verify_sig() by ftrace\n"
              "Policy        native builtin\n"
              "              active secondary platform (that of Linux 6.0)\n"
              "Verified      accepted 3\n"
              "Lockdown      integrity\n"
              "Secure Boot   yes\n"
              "Signatures    KEXEC_FILE yes, KEXEC_SIG yes, KEXEC_SIG_FORCE no\n"
              "              KEXEC_IMAGE_VERIFY_SIG yes, INTEGRITY_PLATFORM_KEYRING yes\n"
              "              from /proc/config.gz\n"
              "IMA           measures all kexec images, appraises no\n"
              "              measure func=KEXEC_KERNEL_CHECK (architecture)\n"
              "Keyrings      .builtin_trusted_keys    1 key       may vouch for an image\n"
              "              .secondary_trusted_keys  1 key       may vouch for an image, links to "
              ".builtin_trusted_keys\n"
              "              .machine                 none\n"
              "              .platform                2 keys      may vouch for an image\n"
              "              .blacklist               0 keys\n"
              "Image loaded  no, for a crash: yes\n"
              "Advisories    CVE-2022-21505 no: CONFIG_INTEGRITY_TRUSTED_KEYRING is off in this "
              "kernel\n"
              "              af16df54b89d   no: lockdown refuses them\n"
              "              fd7af71be542   no: lockdown refuses it\n"
              "              3751e728cef2   no: Linux has the correction since 5.5\n"
              "Next step     none: this kernel gives the verdict of Linux 6.0; load images with "
              "`kexec -s -l`\n");
}

TEST_F(Status, ScreenSaysWhichKeyringsAreNotConsulted) {
    fill();
    system.show_module("observe", "builtin", "builtin");
    const auto screen = run(system, {"status"}).out;
    EXPECT_THAT(screen, HasSubstr("observes image_verify_sig()"));
    EXPECT_THAT(screen, HasSubstr(".builtin_trusted_keys    1 key       may vouch"));
    EXPECT_THAT(screen, HasSubstr(".platform                2 keys      not consulted\n"));
}

TEST_F(Status, OfAKernelThatRefusesEveryImage) {
    fill();
    system.show_module("observe", "none", "none");
    const auto outcome = run(system, {"status"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out,
                HasSubstr("Policy        native none: refuses every image, whoever signed it\n"
                          "              active none: refuses every image, whoever signed it\n"));
    EXPECT_THAT(outcome.out, HasSubstr(".builtin_trusted_keys    1 key       not consulted\n"));
    EXPECT_THAT(outcome.out, HasSubstr("Next step     run `kexec-keyrings unload` and "
                                       "`kexec-keyrings load`: this kernel refuses every image"));
}

TEST_F(Status, AKernelThatVerifiesNothingIsNotOneThatRefusesAll) {
    system.directories["/sys/kernel"] = {};
    system.name.release = "4.19.1";
    EXPECT_THAT(run(system, {"status"}).out,
                HasSubstr("a guess from the release: images are not verified (arm64 "));
    EXPECT_EQ(run(system, {"status", "--json"}).json()["policy"]["native_guess"]["policy"], "");
}

TEST_F(Status, ScreenOfAnS390) {
    system.name.machine = "s390x";
    system.directories["/sys/kernel"] = {};
    system.files["/sys/firmware/ipl/secure"] = "0\n";
    const auto screen = run(system, {"status"}).out;
    EXPECT_THAT(screen, HasSubstr("Secure IPL    no\n"));
    EXPECT_THAT(screen, HasSubstr("Next step     IPL this machine"));
}

TEST_F(Status, ScreenSaysWhatCannotBeTold) {
    const auto screen = run(system, {"status"}).out;
    EXPECT_THAT(screen, HasSubstr("Module        cannot tell\n"));
    EXPECT_THAT(screen, HasSubstr("Lockdown      cannot tell\n"));
    EXPECT_THAT(screen, HasSubstr("Secure Boot   cannot tell\n"));
    EXPECT_THAT(screen, HasSubstr("Signatures    cannot tell"));
    EXPECT_THAT(screen, HasSubstr(".platform                cannot tell\n"));
}

TEST_F(Status, ScreenTellsWhatImaDoesOnPower) {
    fill();
    system.name.machine = "ppc64le";
    system.files["/sys/kernel/security/ima/policy"] =
        "appraise func=KEXEC_KERNEL_CHECK appraise_flag=check_blacklist "
        "appraise_type=imasig|modsig \n";
    const auto screen = run(system, {"status"}).out;
    EXPECT_THAT(screen, HasSubstr("IMA           measures no kexec images, appraises all, mode "
                                  "enforce\n"));
    EXPECT_THAT(screen, HasSubstr("imasig|modsig (architecture)\n"));
    EXPECT_THAT(screen,
                HasSubstr("              on POWER, IMA alone decides about kexec images\n"));
}

TEST_F(Status, ScreenSaysWhyTheRulesOfImaCannotBeRead) {
    fill();
    system.errors["/sys/kernel/security/ima/policy"] = EPERM;
    EXPECT_THAT(run(system, {"status"}).out,
                HasSubstr("IMA           cannot tell: reading them takes root (CAP_SYS_ADMIN)\n"));
    system.directories["/sys/kernel/security"] = {"lsm"};
    EXPECT_THAT(run(system, {"status"}).out,
                HasSubstr("IMA           not in this kernel, or off\n"));
}

TEST_F(Status, ScreenTellsAnAdvisoryThatConcernsTheMachine) {
    fill();
    system.files["/sys/kernel/security/lockdown"] = "[none] integrity confidentiality\n";
    system.files["/proc/kallsyms"] = "0000000000000000 T kexec_load\n";
    const auto screen = run(system, {"status"}).out;
    EXPECT_THAT(screen, HasSubstr("              af16df54b89d   yes: the kernel has no set_kexec"));
    EXPECT_THAT(screen, HasSubstr("unsigned images load although Secure Boot is on; boot with"));
}

TEST_F(Status, ExitStatusDoesNotDependOnAGuess) {
    fill();
    system.directories["/sys/kernel"] = {"security"};
    system.name.release = "6.12.0";
    const auto outcome = run(system, {"status", "--json"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_EQ(outcome.json()["policy"]["native_guess"]["policy"], "secondary platform");
    EXPECT_TRUE(outcome.json()["policy"]["native"].is_null());
}

TEST_F(Status, ScreenSaysThatKeysCanStillBeEnrolled) {
    fill();
    system.files["/sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c"] =
        std::string("\x06\0\0\0\x01", 5);
    EXPECT_THAT(run(system, {"status"}).out, HasSubstr("Secure Boot   yes (in setup mode"));
}

TEST_F(Status, ScreenCountsEntriesWhereKeysCannotBeTold) {
    fill();
    system.keyrings.clear();
    const auto screen = run(system, {"status"}).out;
    EXPECT_THAT(screen, HasSubstr(".secondary_trusted_keys  2 entries   may vouch"));
}

TEST_F(Status, ColoursAreForTerminals) {
    fill();
    const auto machine = host::inspect_machine(system);
    EXPECT_THAT(cmd::status_text(machine, false), Not(HasSubstr("\033")));
    const auto coloured = cmd::status_text(machine, true);
    EXPECT_THAT(coloured, HasSubstr("\033[1mLockdown     \033[0m integrity\n"));
    EXPECT_THAT(coloured, HasSubstr("\033[32msecondary platform (that of Linux 6.0)\033[0m"));
}

}  // namespace
}  // namespace kxk::test
