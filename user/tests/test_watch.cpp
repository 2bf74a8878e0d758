// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using host::Errno;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string tracefs = "/sys/kernel/tracing";
const std::string debugfs = "/sys/kernel/debug/tracing";
const std::string instance = tracefs + "/instances/kexec-keyrings-4711";
const std::string event_switch = instance + "/events/kexec_keyrings/verify/enable";

const std::string accepted =
    "           kexec-412     [003] ....   123.456789: verify: size=27262976 "
    "keyrings=secondary,platform result=0\n";
const std::string refused =
    "  my (own) task-7     [000] ....     1.000002: verify: size=5 keyrings=secondary "
    "result=-126\n";

class Watch : public testing::Test {
  protected:
    Watch() {
        system.show_module("backport", "builtin", "secondary platform");
        mount(tracefs);
    }

    void mount(const std::string& path) {
        system.directories["/sys/kernel"].emplace_back("tracing");
        system.directories[path + "/instances"] = {};
        system.directories[path + "/events/kexec_keyrings"] = {"enable", "verify"};
    }

    void unmount() {
        system.directories.erase(tracefs + "/instances");
        system.directories.erase(tracefs + "/events/kexec_keyrings");
    }

    /** Runs it, and sees that it leaves nothing behind. */
    Outcome watch(std::vector<const char*> arguments = {}) {
        arguments.insert(arguments.begin(), "watch");
        auto outcome = run(system, std::move(arguments));
        EXPECT_EQ(system.directories.count(instance), 0U);
        EXPECT_FALSE(system.stream_open);
        EXPECT_FALSE(system.signals_held);
        return outcome;
    }

    /** The reason why there is nothing to watch, for people and for programs. */
    std::string code(Exit exit) {
        const auto words = watch();
        EXPECT_EQ(words.exit, exit);
        EXPECT_THAT(words.out, IsEmpty());
        EXPECT_THAT(words.err, HasSubstr("kexec-keyrings: "));
        EXPECT_THAT(words.err, HasSubstr("\nremedy: "));
        const auto outcome = watch({"--json"});
        EXPECT_EQ(outcome.exit, exit);
        EXPECT_THAT(outcome.err, IsEmpty());
        EXPECT_EQ(outcome.json()["event"], "failure");
        EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
        return outcome.json()["code"];
    }

    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(Watch, TellsEachVerification) {
    system.stream = {accepted + refused};
    const auto outcome = watch();
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.out,
              "  123.456789 kexec (412): 27262976 bytes; asked: secondary, platform; accepted: "
              "platform vouches for it\n"
              "    1.000002 my (own) task (7): 5 bytes; asked: secondary; refused (ENOKEY): no "
              "keyring that the kernel consults has a key of its signer\n");
    EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(Watch, TellsThemInJsonLines) {
    system.stream = {accepted + refused};
    const auto outcome = watch({"--json"});
    std::istringstream lines(outcome.out);
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(trust::Json::parse(line), trust::Json::parse(R"({
        "event": "verification", "microseconds": 123456789, "task": "kexec", "pid": 412,
        "size": 27262976, "consulted": ["secondary", "platform"], "verdict": "accepted",
        "errno": 0, "errno_name": null, "accepted_by": "platform", "meaning": null,
        "remedy": null})"));
    ASSERT_TRUE(std::getline(lines, line));
    const auto second = trust::Json::parse(line);
    EXPECT_EQ(second["verdict"], "refused");
    EXPECT_EQ(second["errno"], ENOKEY);
    EXPECT_EQ(second["errno_name"], "ENOKEY");
    EXPECT_EQ(second["accepted_by"], nullptr);
    EXPECT_THAT(second["meaning"], HasSubstr("signer"));
    EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(Watch, HasAnInstanceOfItsOwn) {
    watch();
    EXPECT_THAT(system.kernel_writes, Contains(event_switch + ": 1"));
    EXPECT_THAT(system.kernel_writes, Contains(instance + "/trace_options: noraw"));
    EXPECT_THAT(system.kernel_writes, testing::Each(testing::StartsWith(instance + "/")));
}

TEST_F(Watch, FindsTracefsWhereItUsedToBe) {
    unmount();
    mount(debugfs);
    EXPECT_EQ(watch().exit, Exit::yes);
    EXPECT_THAT(system.kernel_writes,
                testing::Each(testing::StartsWith(debugfs + "/instances/kexec-keyrings-4711/")));
}

TEST_F(Watch, ManagesWithoutTheOptions) {
    system.errors[instance + "/trace_options"] = EINVAL;
    system.stream = {accepted};
    const auto outcome = watch();
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr("accepted"));
}

TEST_F(Watch, TakesOverWhatAKilledOneLeft) {
    system.directories[instance] = {};
    system.stream = {accepted};
    EXPECT_THAT(watch().out, HasSubstr("accepted"));
}

TEST_F(Watch, EndsAtItsCount) {
    system.stream = {accepted + refused + accepted, accepted};
    const auto outcome = watch({"--count", "2", "--json"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
    EXPECT_EQ(system.stream.size(), 1U);  // not asked for more
}

TEST_F(Watch, PutsTheLinesTogether) {
    system.stream = {accepted.substr(0, 30), Errno{EAGAIN}, accepted.substr(30) + refused + "  m"};
    const auto outcome = watch();
    EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
    EXPECT_THAT(outcome.out, HasSubstr("kexec (412)"));
}

TEST_F(Watch, WaitsWhileNothingComes) {
    system.stream = {Errno{EAGAIN}, Errno{EAGAIN}, accepted};
    EXPECT_THAT(watch().out, HasSubstr("accepted"));
}

TEST_F(Watch, TellsWhatWasLostAndDoesNotCountIt) {
    system.stream = {"CPU:0 [LOST 3 EVENTS]\nCPU:1 [LOST EVENTS]\n" + accepted};
    const auto outcome = watch({"--count", "1"});
    EXPECT_THAT(outcome.out, HasSubstr("3 verifications were lost"));
    EXPECT_THAT(outcome.out, HasSubstr("\nverifications were lost"));
    EXPECT_THAT(outcome.out, HasSubstr("accepted"));
}

TEST_F(Watch, TellsInJsonWhatWasLost) {
    system.stream.emplace_back("CPU:0 [LOST 3 EVENTS]\n");
    EXPECT_EQ(watch({"--json"}).json(), trust::Json::parse(R"({"event": "lost", "count": 3})"));
    system.stream.emplace_back("CPU:0 [LOST EVENTS]\n");
    EXPECT_EQ(watch({"--json"}).json(), trust::Json::parse(R"({"event": "lost", "count": null})"));
}

TEST_F(Watch, ShowsWhatItDoesNotUnderstand) {
    system.stream = {"what\x1b[31m is this\n" + accepted};
    const auto outcome = watch({"--count", "1"});
    EXPECT_THAT(outcome.out, HasSubstr("not understood: what [31m is this\n"));
    EXPECT_THAT(outcome.out, HasSubstr("accepted"));
    system.stream.emplace_back("\xff\n");
    EXPECT_EQ(watch({"--json"}).json()["event"], "unreadable");
}

TEST_F(Watch, GivesTheTerminalNothingButText) {
    system.stream.emplace_back(
        "  \x1b]0;evil\x07-7 [000] .... 1.000002: verify: size=5 keyrings=secondary "
        "result=0\n");
    const auto outcome = watch();
    EXPECT_THAT(outcome.out, HasSubstr("]0;evil (7)"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b")));
}

TEST_F(Watch, SaysThatNobodyWasAsked) {
    system.stream.emplace_back(
        " kexec-7 [000] .... 1.000002: verify: size=5 keyrings= result=-80\n");
    EXPECT_THAT(watch().out, HasSubstr("asked: nobody; refused (ELIBBAD)"));
}

TEST_F(Watch, NotLoaded) {
    system.directories["/sys/kernel"] = {"security", "tracing"};
    EXPECT_EQ(code(Exit::no), "not-loaded");
    EXPECT_THAT(watch().err, HasSubstr("kexec-keyrings load"));
}

TEST_F(Watch, ObserveReportsNothing) {
    system.show_module("observe", "secondary platform", "secondary platform");
    EXPECT_EQ(code(Exit::no), "observe");
    EXPECT_THAT(system.kernel_writes, IsEmpty());
}

TEST_F(Watch, NotRoot) {
    system.errors[tracefs + "/instances"] = EACCES;
    EXPECT_EQ(code(Exit::cannot_tell), "not-permitted");
    EXPECT_THAT(watch().err, HasSubstr("sudo"));
}

TEST_F(Watch, NotRootWhereTracefsIsOpenToRead) {
    system.errors[instance] = EACCES;
    EXPECT_EQ(code(Exit::cannot_tell), "not-permitted");
}

TEST_F(Watch, LockedDown) {
    system.files["/sys/kernel/security/lockdown"] = "none integrity [confidentiality]\n";
    system.errors[instance + "/trace_pipe"] = EPERM;
    EXPECT_EQ(code(Exit::cannot_tell), "locked-down");
}

TEST_F(Watch, LockdownOfIntegrityForbidsNothing) {
    system.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n";
    system.errors[instance + "/trace_pipe"] = EPERM;
    EXPECT_EQ(code(Exit::cannot_tell), "not-permitted");
}

TEST_F(Watch, TracefsIsNotMounted) {
    unmount();
    EXPECT_EQ(code(Exit::cannot_tell), "no-tracefs");
    EXPECT_THAT(watch().err, HasSubstr("mount -t tracefs tracefs /sys/kernel/tracing"));
}

TEST_F(Watch, KernelWithoutTracing) {
    unmount();
    system.directories["/sys/kernel"] = {"kexec_keyrings", "security"};
    EXPECT_EQ(code(Exit::cannot_tell), "no-tracing");
}

TEST_F(Watch, KernelWithoutTheEvent) {
    system.directories.erase(tracefs + "/events/kexec_keyrings");
    EXPECT_EQ(code(Exit::cannot_tell), "no-event");
}

TEST_F(Watch, EventGoesAwayBeforeItIsEnabled) {
    system.errors[event_switch] = ENOENT;
    EXPECT_EQ(code(Exit::cannot_tell), "no-event");
}

TEST_F(Watch, NoMemory) {
    system.errors[instance] = ENOMEM;
    EXPECT_EQ(code(Exit::cannot_tell), "no-memory");
}

TEST_F(Watch, UnknownErrnoIsNamed) {
    system.errors[instance + "/trace_pipe"] = EIO;
    EXPECT_EQ(code(Exit::cannot_tell), "unknown");
    EXPECT_THAT(watch().err, HasSubstr("EIO"));
}

TEST_F(Watch, ModuleIsUnloadedMeanwhile) {
    // The fake's switch is what was written to it; a kernel without the event has none.
    class Unloading : public FakeSystem {
      public:
        [[nodiscard]] host::Result<std::string> read_file(const std::string& path) const override {
            return path == event_switch ? Errno{ENOENT} : FakeSystem::read_file(path);
        }
    };
    testing::StrictMock<Unloading> unloading;
    unloading.directories = system.directories;
    unloading.files = system.files;
    unloading.stream = {accepted, Errno{EAGAIN}, accepted};
    const auto outcome = run(unloading, {"watch"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("accepted"));
    EXPECT_THAT(outcome.err, HasSubstr("unloaded"));
    EXPECT_EQ(unloading.stream.size(), 1U);
    EXPECT_EQ(unloading.directories.count(instance), 0U);
}

TEST_F(Watch, TracingIsSwitchedOff) {
    system.stream = {accepted, std::string()};
    const auto outcome = watch();
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.err, HasSubstr("switched tracing off"));
}

TEST_F(Watch, ReadingFails) {
    system.stream = {Errno{EIO}};
    const auto outcome = watch({"--json"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_EQ(outcome.json()["code"], "read-error");
}

TEST_F(Watch, EndsWhenNobodyListens) {
    system.stream = {accepted, accepted};
    std::ostringstream out;
    std::ostringstream err;
    out.setstate(std::ios::badbit);
    cmd::Context context{system, out, err, false};
    const std::array arguments{"kexec-keyrings", "watch"};
    static_cast<void>(cmd::run(arguments.size(), arguments.data(), context));
    EXPECT_EQ(system.stream.size(), 2U);
    EXPECT_EQ(system.directories.count(instance), 0U);
}

TEST_F(Watch, SaysWhatStaysBehind) {
    class Busy : public FakeSystem {
      public:
        [[nodiscard]] int remove_directory(const std::string& /*path*/) override { return EBUSY; }
    };
    testing::StrictMock<Busy> busy;
    busy.directories = system.directories;
    busy.files = system.files;
    const auto outcome = run(busy, {"watch"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.err, HasSubstr("EBUSY"));
    EXPECT_THAT(outcome.err, HasSubstr("rmdir " + instance));

    // And the next one with the same number cannot begin.
    const auto again = run(busy, {"watch"});
    EXPECT_EQ(again.exit, Exit::cannot_tell);
    EXPECT_THAT(again.err, HasSubstr("left behind"));
}

}  // namespace
}  // namespace kxk::test
