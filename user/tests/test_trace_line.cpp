// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include <cerrno>

#include "host/trace_line.h"

namespace kxk::host {
namespace {

using trust::Keyring;

TracedVerification verification(const std::string& line) {
    auto read = parse_trace_line(line);
    const auto* found = std::get_if<TracedVerification>(&read);
    if (found == nullptr) {
        ADD_FAILURE() << "not understood: " << line;
        return {};
    }
    return *found;
}

std::vector<std::pair<std::optional<Keyring>, int>> answers(const TracedVerification& traced) {
    std::vector<std::pair<std::optional<Keyring>, int>> all;
    for (const auto& consultation : *traced.verdict.consulted)
        all.emplace_back(consultation.keyring, consultation.error);
    return all;
}

constexpr const char* tail = " [001] ....    12.345678: verify: size=9 keyrings=secondary result=0";

TEST(TraceLine, TellsAnAcceptedImage) {
    const auto read = verification(
        "           kexec-412     [003] ....   123.456789: verify: size=27262976 "
        "keyrings=secondary,platform result=0");
    EXPECT_EQ(read.task, "kexec");
    EXPECT_EQ(read.pid, 412);
    EXPECT_EQ(read.microseconds, 123456789U);
    EXPECT_EQ(read.size, 27262976U);
    EXPECT_EQ(read.verdict.error, 0);
    EXPECT_THAT(answers(read), testing::ElementsAre(std::pair(Keyring::secondary, ENOKEY),
                                                    std::pair(Keyring::platform, 0)));
}

TEST(TraceLine, TellsARefusedImage) {
    const auto read = verification(
        "           kexec-412     [003] ....   123.456789: verify: size=1 keyrings=secondary "
        "result=-129");
    EXPECT_EQ(read.verdict.error, EKEYREJECTED);
    EXPECT_THAT(answers(read), testing::ElementsAre(std::pair(Keyring::secondary, EKEYREJECTED)));
}

TEST(TraceLine, TellsThatNobodyWasAsked) {
    const auto read =
        verification(" kexec-4 [000] d..1. 1.000001: verify: size=0 keyrings= result=-80");
    EXPECT_EQ(read.verdict.error, ELIBBAD);
    EXPECT_THAT(answers(read), testing::IsEmpty());
}

TEST(TraceLine, KnowsThatThereAreKeyringsThatItDoesNotKnow) {
    const auto read =
        verification(" kexec-4 [000] .... 1.000001: verify: size=0 keyrings=builtin,0x18 result=0");
    EXPECT_THAT(answers(read), testing::ElementsAre(std::pair(Keyring::builtin, ENOKEY),
                                                    std::pair(std::nullopt, 0)));
}

TEST(TraceLine, HasTheColumnsThatOptionsAddOrTakeAway) {
    for (const char* columns :
         {" [000]  1.000001", " (    412) [000] ....  1.000001", " (-------) [000]  1.000001",
          " (-----) [127] dNh2.     1.000001", " [000] ....1  1.000001"}) {
        const auto read = verification("kexec-412  " + std::string(columns) +
                                       ": verify: size=5 keyrings=builtin result=0");
        EXPECT_EQ(read.task, "kexec") << columns;
        EXPECT_EQ(read.pid, 412) << columns;
        EXPECT_EQ(read.microseconds, 1000001U) << columns;
    }
}

class TaskName : public testing::TestWithParam<const char*> {};

TEST_P(TaskName, IsAnything) {
    const std::string name = GetParam();
    const auto read = verification("  " + name + "-77   " + tail);
    EXPECT_EQ(read.task, name);
    EXPECT_EQ(read.pid, 77);
    EXPECT_EQ(read.size, 9U);
}

INSTANTIATE_TEST_SUITE_P(Names, TaskName,
                         testing::Values("my task", "(sd-kexec)", "a-1", "k:verify: 1", "<...>",
                                         ": verify: size=", "x [001] 1.0: y", "-", "", "tail ",
                                         "\x1b[31m\xff", "CPU:0 [LOST 3", "x result=0"));

TEST(TraceLine, TellsWhatWasLost) {
    const auto lost = parse_trace_line("CPU:0 [LOST 3 EVENTS]");
    ASSERT_TRUE(std::holds_alternative<LostEvents>(lost));
    EXPECT_EQ(std::get<LostEvents>(lost).count, 3U);
}

TEST(TraceLine, TellsThatItCannotTellHowMuchWasLost) {
    const auto lost = parse_trace_line("CPU:12 [LOST EVENTS]");
    ASSERT_TRUE(std::holds_alternative<LostEvents>(lost));
    EXPECT_EQ(std::get<LostEvents>(lost).count, std::nullopt);
}

class Unreadable : public testing::TestWithParam<const char*> {};

TEST_P(Unreadable, IsKeptAsItIs) {
    const auto read = parse_trace_line(GetParam());
    ASSERT_TRUE(std::holds_alternative<UnreadableLine>(read)) << GetParam();
    EXPECT_EQ(std::get<UnreadableLine>(read).text, GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Lines, Unreadable,
    testing::Values(
        "", "\n", "kexec", "# tracer: nop", ": verify: size=1 keyrings= result=0",
        // of another event
        " kexec-4 [000] .... 1.000001: sched_switch: size=1 keyrings=builtin result=0",
        // without or with wrong fields
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=builtin",
        " kexec-4 [000] .... 1.000001: verify: size=1 result=0",
        " kexec-4 [000] .... 1.000001: verify: size= keyrings=builtin result=0",
        " kexec-4 [000] .... 1.000001: verify: size=-1 keyrings=builtin result=0",
        " kexec-4 [000] .... 1.000001: verify: size=18446744073709551616 keyrings= result=0",
        " kexec-4 [000] .... 1.000001: verify: size=0x10 keyrings=builtin result=0",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=steam result=0",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=machine result=0",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=builtin, result=0",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=,builtin result=0",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=0x result=0",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=builtin result=",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=builtin result=1",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=builtin result=-4096",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=builtin result=-2147483648",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=builtin result=0 more",
        " kexec-4 [000] .... 1.000001: verify: size=1 keyrings=builtin result=0\r",
        // with another head
        " kexec-4 [000] .... 1.0001: verify: size=1 keyrings=builtin result=0",
        " kexec-4 [000] .... 1000001: verify: size=1 keyrings=builtin result=0",
        " kexec-4 [000] .... -1.000001: verify: size=1 keyrings=builtin result=0",
        " kexec-4 [000] .... 18446744073709551.615000: verify: size=1 keyrings=builtin result=0",
        " kexec-4 [] .... 1.000001: verify: size=1 keyrings=builtin result=0",
        " kexec-4 000 .... 1.000001: verify: size=1 keyrings=builtin result=0",
        " kexec-4 [000] .... .... 1.000001: verify: size=1 keyrings=builtin result=0",
        " kexec-4 (x) [000] .... 1.000001: verify: size=1 keyrings=builtin result=0",
        " kexec-4 12) [000] .... 1.000001: verify: size=1 keyrings=builtin result=0",
        " kexec-x [000] .... 1.000001: verify: size=1 keyrings=builtin result=0",
        " kexec [000] .... 1.000001: verify: size=1 keyrings=builtin result=0",
        " kexec-99999999999 [000] .... 1.000001: verify: size=1 keyrings=builtin result=0",
        // lost, but what?
        "CPU:0 [LOST x EVENTS]", "CPU:x [LOST 1 EVENTS]", "CPU:0 [LOST -1 EVENTS]",
        "CPU:0 [LOST1 EVENTS]", "CPU: [LOST 1 EVENTS]", "CPU:0 [LOST 1 EVENTS] ",
        "CPU:0 [LOST  EVENTS]"));

}  // namespace
}  // namespace kxk::host
