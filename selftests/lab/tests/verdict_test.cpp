// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/verdict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace kxk::lab {
namespace {

TEST(Verdict, IsOneLine) {
    StepResult result;
    result.id = "run";
    result.output = "one\ntwo\n";

    const std::string line = format_message(result);

    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(line.back(), '\n');
}

TEST(Verdict, ResultSurvives) {
    StepResult result;
    result.id = "before/secondary";
    result.error = 1;
    result.status = 130;
    result.errors = "no";
    result.values["stats/accepted"] = "3";
    result.log = {"kexec_keyrings: refused [native]: ..."};
    result.nanoseconds = 12;

    const auto copy = std::get<StepResult>(parse_message(format_message(result)));

    EXPECT_EQ(copy.id, result.id);
    EXPECT_EQ(copy.error, 1);
    EXPECT_EQ(copy.status, 130);
    EXPECT_EQ(copy.errors, "no");
    EXPECT_EQ(copy.values, result.values);
    EXPECT_EQ(copy.log, result.log);
    EXPECT_EQ(copy.nanoseconds, 12);
}

TEST(Verdict, OtherMessagesSurvive) {
    EXPECT_EQ(std::get<Hello>(parse_message(format_message(Hello{"5.10.13"}))).release, "5.10.13");
    EXPECT_EQ(std::get<Trouble>(parse_message(format_message(Trouble{"Oops"}))).line, "Oops");
    const auto second =
        std::get<SecondKernel>(parse_message(format_message(SecondKernel{"u", "c", 1U << 31U})));
    EXPECT_EQ(second.command_line, "c");
    EXPECT_EQ(second.dump_size, 1U << 31U);
    EXPECT_FALSE(std::get<Done>(parse_message(format_message(Done{false, "r"}))).complete);
}

TEST(Verdict, BytesThatAreNotUtf8AreReplaced) {
    StepResult result;
    result.output =
        "a\xff"
        "b";

    const auto copy = std::get<StepResult>(parse_message(format_message(result)));

    EXPECT_EQ(copy.output.front(), 'a');
    EXPECT_EQ(copy.output.back(), 'b');
}

TEST(Verdict, RefusesWhatItDoesNotWrite) {
    for (const char* line : {"", "{", "{}", "[]", "3", R"({"result":{}})", R"({"other":{}})",
                             R"({"done":{"complete":"yes","reason":""}})"}) {
        EXPECT_THROW(static_cast<void>(parse_message(line)), std::invalid_argument) << line;
    }
}

}  // namespace
}  // namespace kxk::lab
