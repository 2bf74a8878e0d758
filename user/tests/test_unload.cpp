// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Return;

class Unload : public testing::Test {
  protected:
    Unload() { system.show_module("backport", "builtin", "secondary platform"); }

    Outcome unload(int error, std::vector<const char*> arguments) {
        EXPECT_CALL(system, remove_module("kexec_keyrings")).WillOnce(Return(error));
        return run(system, std::move(arguments));
    }

    std::string code_for(int error) {
        const auto outcome = unload(error, {"unload", "--json"});
        EXPECT_EQ(outcome.exit, Exit::no);
        EXPECT_EQ(outcome.json()["unloaded"], false);
        EXPECT_EQ(outcome.json()["errno"], error);
        return outcome.json()["code"];
    }

    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(Unload, SaysWhatIsInForceThen) {
    const auto outcome = unload(0, {"unload"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.out, "unloaded: the kernel's own policy \"builtin\" is in force\n");
}

TEST_F(Unload, SaysItInJson) {
    EXPECT_EQ(unload(0, {"unload", "--json"}).json(),
              trust::Json::parse(R"({"unloaded": true, "policy": "builtin"})"));
}

TEST_F(Unload, ManagesWithoutSysfs) {
    system.files.clear();
    EXPECT_EQ(unload(0, {"unload", "--json"}).json(),
              trust::Json::parse(R"({"unloaded": true, "policy": null})"));
}

TEST_F(Unload, ExplainsForPeople) {
    const auto outcome = unload(EWOULDBLOCK, {"unload"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("kexec-keyrings: the module is in use"));
    EXPECT_THAT(outcome.err, HasSubstr("\nremedy: wait"));
}

TEST_F(Unload, InUseHasTwoCauses) {
    const auto outcome = unload(EWOULDBLOCK, {"unload"});
    EXPECT_THAT(outcome.err, HasSubstr("a kexec image is being verified"));
    EXPECT_THAT(outcome.err, HasSubstr("a program has /dev/kexec_keyrings open"));
    EXPECT_THAT(outcome.err, HasSubstr("`fuser -v /dev/kexec_keyrings`"));
}

TEST_F(Unload, NotLoaded) {
    EXPECT_EQ(code_for(ENOENT), "not-loaded");
}

TEST_F(Unload, NotLoadedIsNoFailureIfThatMayBe) {
    const auto outcome = unload(ENOENT, {"unload", "--if-loaded"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(Unload, IfLoadedForgivesNothingElse) {
    for (const int error : {EWOULDBLOCK, EPERM, EBUSY, ENOSYS})
        EXPECT_EQ(unload(error, {"unload", "--if-loaded"}).exit, Exit::no) << error;
}

TEST_F(Unload, NotLoadedWhateverTheErrno) {
    system.directories["/sys/kernel"] = {"security"};
    EXPECT_EQ(code_for(EPERM), "not-loaded");
}

TEST_F(Unload, NotRoot) {
    system.privileged = false;
    EXPECT_EQ(code_for(EPERM), "not-permitted");
}

TEST_F(Unload, ModulesDisabled) {
    system.files["/proc/sys/kernel/modules_disabled"] = "1\n";
    EXPECT_EQ(code_for(EPERM), "modules-disabled");
}

TEST_F(Unload, Forbidden) {
    EXPECT_EQ(code_for(EPERM), "not-permitted");
}

TEST_F(Unload, InUseIsNotPermanentWithoutEvidence) {
    EXPECT_EQ(code_for(EWOULDBLOCK), "busy");
}

TEST_F(Unload, InUseWithRcuTasks) {
    system.files["/proc/config.gz"] = "CONFIG_PREEMPTION=y\nCONFIG_TASKS_RCU=y\n";
    EXPECT_EQ(code_for(EWOULDBLOCK), "busy");
}

TEST_F(Unload, PermanentWithoutRcuTasks) {
    system.files["/proc/config.gz"] = "CONFIG_PREEMPTION=y\n# CONFIG_TASKS_RCU is not set\n";
    EXPECT_EQ(code_for(EWOULDBLOCK), "permanent");
}

TEST_F(Unload, InTransition) {
    EXPECT_EQ(code_for(EBUSY), "in-transition");
}

TEST_F(Unload, KernelWithoutUnloading) {
    EXPECT_EQ(code_for(ENOSYS), "no-unload");
}

TEST_F(Unload, UnknownErrnoIsNamed) {
    const auto outcome = unload(EIO, {"unload"});
    EXPECT_THAT(outcome.err, HasSubstr("EIO"));
}

}  // namespace
}  // namespace kxk::test
