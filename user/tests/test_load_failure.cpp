// SPDX-License-Identifier: LGPL-2.1-or-later
#include <linux/kexec_keyrings.h>

#include "cmd/load_failure.h"
#include "fake_system.h"

namespace kxk::cmd {
namespace {

using testing::HasSubstr;
using testing::Not;

LoadFailure failed(int error, std::vector<std::string> messages = {}) {
    LoadFailure failure;
    failure.result.error = error;
    failure.result.step = host::InsertStep::insert;
    failure.release = "5.10.13";
    failure.engine = "auto";
    failure.messages = std::move(messages);
    return failure;
}

LoadFailure refused(int error, const std::string& code) {
    return failed(error, {"kexec_keyrings: refused [" + code + "]: the module's words"});
}

struct ModuleCode {
    const char* code;
    int error;
    const char* cause;
    const char* remedy;
};

class ModuleRefusal : public testing::TestWithParam<ModuleCode> {};

TEST_P(ModuleRefusal, HasItsOwnCauseAndRemedy) {
    const auto& expected = GetParam();
    const auto explanation = explain_load_failure(refused(expected.error, expected.code));
    EXPECT_EQ(explanation.code, expected.code);
    EXPECT_EQ(explanation.error, expected.error);
    EXPECT_THAT(explanation.cause, HasSubstr(expected.cause));
    EXPECT_THAT(explanation.remedy, HasSubstr(expected.remedy));
}

INSTANTIATE_TEST_SUITE_P(
    Codes, ModuleRefusal,
    testing::Values(
        ModuleCode{KEXEC_KEYRINGS_REFUSED_NATIVE, ENODEV, "as Linux 6.0 does", "none needed"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_UNVERIFIED, ENODEV, "secure IPL", "IPL the machine"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_UNKNOWN_POLICY, ENODEV, "the module's words", "report"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_NO_VERIFIER, ENODEV, "does not verify",
                   "CONFIG_KEXEC_SIG"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_AMBIGUOUS, ENODEV, "two functions", "another kernel"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_NO_ENGINE, EOPNOTSUPP, "neither by ftrace",
                   "CONFIG_KPROBES"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_BUSY, EBUSY, "another module or a tracer",
                   "enabled_functions"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_INEFFECTIVE, EIO, "it was undone", "the other engine"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_PARAMETER, EINVAL, "does not know the engine",
                   "same version"},
        ModuleCode{KEXEC_KEYRINGS_REFUSED_INTERNAL, ENOMEM,
                   "has undone what it had done: the module's words", "free memory"}));

TEST(LoadFailure, TheFunctionThatIsThereTwiceIsNamed) {
    const auto explanation = explain_load_failure(
        failed(ENODEV, {"kexec_keyrings: refused [ambiguous-symbol]: this kernel has more than one "
                        "image_verify_sig()"}));
    EXPECT_THAT(explanation.cause,
                HasSubstr("two functions of this kernel are image_verify_sig()"));
    EXPECT_THAT(explanation.remedy, HasSubstr("`grep ' image_verify_sig$' /proc/kallsyms`"));
    EXPECT_THAT(explanation.remedy, HasSubstr("report"));
}

TEST(LoadFailure, WordsWithoutAFunctionNameNone) {
    for (const char* words : {"()", "x ()", "two;()", "image_verify_sig", ""}) {
        const auto explanation = explain_load_failure(
            failed(ENODEV, {std::string("kexec_keyrings: refused [ambiguous-symbol]: ") + words}));
        EXPECT_THAT(explanation.remedy, Not(HasSubstr("grep"))) << words;
        EXPECT_THAT(explanation.remedy, HasSubstr("another kernel"));
    }
}

TEST(LoadFailure, CodeThatIsNewerThanTheCommandGivesTheModulesWords) {
    const auto explanation = explain_load_failure(refused(ENODEV, "future"));
    EXPECT_EQ(explanation.code, "future");
    EXPECT_THAT(explanation.cause, HasSubstr("the module's words"));
    EXPECT_THAT(explanation.remedy, HasSubstr("same version"));
}

TEST(LoadFailure, LineOfAnotherModuleIsNotOurs) {
    const auto explanation =
        explain_load_failure(failed(ENODEV, {"other_kexec_keyrings: refused [native]: x"}));
    EXPECT_EQ(explanation.code, "unknown");
    EXPECT_THAT(explanation.cause, HasSubstr("ENODEV"));
}

TEST(LoadFailure, TruncatedLineIsNoReason) {
    EXPECT_EQ(explain_load_failure(failed(ENODEV, {"kexec_keyrings: refused [nat"})).code,
              "unknown");
}

TEST(LoadFailure, UnreadableLogIsSaid) {
    auto failure = failed(ENODEV);
    failure.messages = std::nullopt;
    const auto explanation = explain_load_failure(failure);
    EXPECT_EQ(explanation.code, "unknown");
    EXPECT_THAT(explanation.cause, HasSubstr("cannot be read"));
    EXPECT_THAT(explanation.remedy, HasSubstr("dmesg"));
}

TEST(LoadFailureBusy, FtraceSwitchedOffComesFirst) {
    auto failure = refused(EBUSY, KEXEC_KEYRINGS_REFUSED_BUSY);
    failure.ftrace_enabled = false;
    failure.live_patches = std::vector<std::string>{"patch"};
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("kernel.ftrace_enabled is 0"));
    EXPECT_THAT(explain_load_failure(failure).remedy, HasSubstr("sysctl kernel.ftrace_enabled=1"));
}

TEST(LoadFailureBusy, LivePatchIsNamed) {
    auto failure = refused(EBUSY, KEXEC_KEYRINGS_REFUSED_BUSY);
    failure.ftrace_enabled = true;
    failure.live_patches = std::vector<std::string>{"one", "two"};
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("live patched (one, two)"));
}

TEST(LoadFailureBusy, NoLivePatchIsNotBlamed) {
    auto failure = refused(EBUSY, KEXEC_KEYRINGS_REFUSED_BUSY);
    failure.ftrace_enabled = true;
    failure.live_patches.emplace();
    EXPECT_THAT(explain_load_failure(failure).cause, Not(HasSubstr("live patch")));
}

TEST(LoadFailureBusy, WithoutTheModulesLineIsATransition) {
    EXPECT_EQ(explain_load_failure(failed(EBUSY)).code, "in-transition");
}

TEST(LoadFailureEngine, OneThatWasAskedForIsNamed) {
    auto failure = refused(EOPNOTSUPP, KEXEC_KEYRINGS_REFUSED_NO_ENGINE);
    failure.engine = "ftrace";
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("by ftrace"));
    EXPECT_THAT(explain_load_failure(failure).remedy, HasSubstr("leave out --engine"));
}

TEST(LoadFailurePermission, NotRoot) {
    auto failure = failed(EPERM);
    failure.may_load_modules = false;
    failure.lockdown = "integrity";
    EXPECT_EQ(explain_load_failure(failure).code, "not-permitted");
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("needs root"));
}

TEST(LoadFailurePermission, ModulesDisabled) {
    auto failure = failed(EPERM);
    failure.modules_disabled = true;
    failure.lockdown = "integrity";
    EXPECT_EQ(explain_load_failure(failure).code, "modules-disabled");
}

TEST(LoadFailurePermission, UnsignedUnderLockdownByItsLine) {
    const auto explanation = explain_load_failure(
        failed(EPERM, {"Lockdown: insmod: unsigned module loading is restricted; see man "
                       "kernel_lockdown.7"}));
    EXPECT_EQ(explanation.code, "unsigned");
    EXPECT_THAT(explanation.cause, HasSubstr("lockdown demands"));
    EXPECT_THAT(explanation.remedy, HasSubstr("sign-module"));
}

TEST(LoadFailurePermission, UnsignedUnderLockdownByTheMode) {
    auto failure = failed(EPERM);
    failure.lockdown = "confidentiality";
    EXPECT_EQ(explain_load_failure(failure).code, "unsigned");
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("lockdown (confidentiality)"));
}

TEST(LoadFailurePermission, OtherLockdownLinesAreNotAboutModules) {
    auto failure = failed(EPERM, {"Lockdown: x: /dev/mem is restricted; see man kernel_lockdown.7",
                                  "unsigned module loading is restricted"});
    failure.lockdown = "none";
    const auto explanation = explain_load_failure(failure);
    EXPECT_EQ(explanation.code, "not-permitted");
    EXPECT_THAT(explanation.cause, HasSubstr("security module"));
}

TEST(LoadFailureSignature, NoKeyUnderSigEnforce) {
    EXPECT_EQ(explain_load_failure(failed(ENOKEY)).code, "unsigned");
    EXPECT_THAT(explain_load_failure(failed(ENOKEY)).cause, HasSubstr("module.sig_enforce"));
}

TEST(LoadFailureSignature, RejectedMeansTwoThings) {
    EXPECT_EQ(
        explain_load_failure(failed(EKEYREJECTED, {"Loading of unsigned module is rejected"})).code,
        "unsigned");
    const auto wrong = explain_load_failure(failed(EKEYREJECTED, {"something else"}));
    EXPECT_EQ(wrong.code, "bad-signature");
    EXPECT_THAT(wrong.cause, HasSubstr("changed after it was signed"));

    auto unreadable = failed(EKEYREJECTED);
    unreadable.messages = std::nullopt;
    EXPECT_THAT(explain_load_failure(unreadable).cause, HasSubstr("missing, wrong, or"));
}

TEST(LoadFailureKernel, VersionMagicByTheLog) {
    auto failure = failed(ENOEXEC, {"kexec_keyrings: version magic '5.10.0-8-amd64 SMP ' should be "
                                    "'5.10.13 SMP '"});
    EXPECT_EQ(explain_load_failure(failure).code, "wrong-kernel");
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("another configuration"));
    failure.result.vermagic = "5.10.0-8-amd64 SMP mod_unload modversions ";
    EXPECT_THAT(explain_load_failure(failure).cause,
                HasSubstr("built for the kernel 5.10.0-8-amd64, and this is 5.10.13"));
    EXPECT_THAT(explain_load_failure(failure).remedy, HasSubstr("linux-headers-5.10.13"));
}

TEST(LoadFailureKernel, SymbolVersionsByTheLog) {
    EXPECT_EQ(
        explain_load_failure(failed(EINVAL, {"kexec_keyrings: disagrees about version of symbol x",
                                             "kexec_keyrings: Unknown symbol x (err -22)"}))
            .code,
        "wrong-kernel");
    EXPECT_EQ(
        explain_load_failure(failed(ENOENT, {"kexec_keyrings: Unknown symbol x (err -2)"})).code,
        "wrong-kernel");
}

TEST(LoadFailureKernel, LinesAboutOtherModulesDoNotCount) {
    EXPECT_EQ(explain_load_failure(failed(EINVAL, {"other: disagrees about version of symbol x",
                                                   "not_kexec_keyrings: Unknown symbol x (err -2)",
                                                   "kexec_keyrings: no Unknown symbol here"}))
                  .code,
              "unknown");
}

TEST(LoadFailureKernel, VermagicWithoutTheLog) {
    auto failure = failed(ENOEXEC);
    failure.messages = std::nullopt;
    EXPECT_EQ(explain_load_failure(failure).code, "not-a-module");
    failure.result.vermagic = "5.10.13 SMP";
    EXPECT_EQ(explain_load_failure(failure).code, "not-a-module");
    failure.result.vermagic = "6.1.0 SMP";
    EXPECT_EQ(explain_load_failure(failure).code, "wrong-kernel");
}

TEST(LoadFailureFile, NotFoundByName) {
    auto failure = failed(ENOENT);
    failure.result.step = host::InsertStep::find;
    EXPECT_EQ(explain_load_failure(failure).code, "not-found");
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("5.10.13"));
    EXPECT_THAT(explain_load_failure(failure).remedy, HasSubstr("make kmod"));
    failure.headers_installed = true;
    EXPECT_EQ(explain_load_failure(failure).code, "not-found");
    failure.headers_installed = false;
    EXPECT_EQ(explain_load_failure(failure).code, "no-headers");
    EXPECT_THAT(explain_load_failure(failure).remedy, HasSubstr("install linux-headers-5.10.13"));
}

TEST(LoadFailureFile, NotFoundByPathIsNotAboutHeaders) {
    auto failure = failed(ENOENT);
    failure.result.step = host::InsertStep::find;
    failure.by_path = true;
    failure.headers_installed = false;
    EXPECT_EQ(explain_load_failure(failure).code, "not-found");
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("at the path"));
}

TEST(LoadFailureFile, NotReadable) {
    auto failure = failed(EACCES);
    failure.result.step = host::InsertStep::read;
    EXPECT_EQ(explain_load_failure(failure).code, "not-readable");
    EXPECT_THAT(explain_load_failure(failure).cause, HasSubstr("EACCES"));
}

struct BareErrno {
    int error;
    const char* code;
};

class KernelErrno : public testing::TestWithParam<BareErrno> {};

TEST_P(KernelErrno, HasACauseWithoutAnyLine) {
    const auto explanation = explain_load_failure(failed(GetParam().error));
    EXPECT_EQ(explanation.code, GetParam().code);
    EXPECT_EQ(explanation.error, GetParam().error);
    EXPECT_FALSE(explanation.cause.empty());
    EXPECT_FALSE(explanation.remedy.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Errnos, KernelErrno,
    testing::Values(BareErrno{EEXIST, "already-loaded"}, BareErrno{EPERM, "not-permitted"},
                    BareErrno{EACCES, "not-permitted"}, BareErrno{ENOSYS, "no-modules"},
                    BareErrno{ENOMEM, "no-memory"}, BareErrno{EBADMSG, "bad-signature"},
                    BareErrno{ENOEXEC, "not-a-module"}, BareErrno{EIO, "unknown"},
                    BareErrno{9999, "unknown"}));

TEST(LoadFailure, AlreadyLoadedNeedsNoRoot) {
    auto failure = failed(EEXIST);
    failure.may_load_modules = false;
    EXPECT_EQ(explain_load_failure(failure).code, "already-loaded");
}

TEST(CollectLoadFailure, LooksAtTheSystem) {
    testing::StrictMock<test::FakeSystem> system;
    system.privileged = false;
    system.files["/proc/sys/kernel/modules_disabled"] = "1\n";
    system.files["/proc/sys/kernel/ftrace_enabled"] = "0\n";
    system.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n";
    system.directories["/sys/kernel/livepatch"] = {"patch"};
    const auto without_headers = collect_load_failure(system, {});
    EXPECT_FALSE(without_headers.may_load_modules);
    EXPECT_EQ(without_headers.release, "5.10.13");
    EXPECT_EQ(without_headers.modules_disabled, true);
    EXPECT_EQ(without_headers.ftrace_enabled, false);
    EXPECT_EQ(without_headers.lockdown, "integrity");
    EXPECT_THAT(*without_headers.live_patches, testing::ElementsAre("patch"));
    EXPECT_EQ(without_headers.headers_installed, false);
    EXPECT_EQ(without_headers.messages, std::nullopt);

    system.directories["/lib/modules/5.10.13/build"] = {"Makefile"};
    EXPECT_EQ(collect_load_failure(system, {}).headers_installed, true);
}

}  // namespace
}  // namespace kxk::cmd
