// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "host/bench_report.h"
#include "host/failure.h"

namespace kxk::lab {
namespace {

std::vector<BenchImage> one_image() {
    return {{"platform", "platform", 1024, {"/run/bench-platform", "", 2048, {}}}};
}

StepResult answer(const std::string& id, const std::string& output) {
    StepResult result;

    result.id = id;
    result.output = output;
    return result;
}

TEST(Bench, TakesTheLeastOfAllRounds) {
    Outcome outcome;

    outcome.results = {answer("native/0/platform/0/write", ""),
                       answer("native/0/platform/0", "0 500 90\n"),
                       answer("native/0/platform/1", "0 450 95\n"),
                       answer("native/10/platform/0", "0 700 90\n"), answer("ftrace/load", "")};
    const auto measured = measurements_of(outcome, one_image());

    ASSERT_EQ(measured.size(), 2U);
    EXPECT_EQ(measured[0].phase, "native");
    EXPECT_EQ(measured[0].bytes, 2048U);
    EXPECT_EQ(measured[0].instructions, 450);
    EXPECT_EQ(measured[0].digest, 90);
    EXPECT_EQ(measured[1].crowd, 10);
    EXPECT_EQ(measured[1].instructions, 700);
}

TEST(Bench, TakesNoVerdictThatChanges) {
    Outcome outcome;

    outcome.results = {answer("native/0/platform/0", "0 500 90\n"),
                       answer("native/0/platform/1", "126 450 95\n")};
    EXPECT_THROW(static_cast<void>(measurements_of(outcome, one_image())), Failure);
    outcome.results = {answer("native/0/platform/0", "")};
    EXPECT_THROW(static_cast<void>(measurements_of(outcome, one_image())), Failure);
    outcome.results = {answer("native/0/nobody/0", "0 500 90\n")};
    EXPECT_THROW(static_cast<void>(measurements_of(outcome, one_image())), Failure);
}

BenchFigures figures(int redirected_verdict) {
    return {"arm64",
            "5.10.13",
            {{"native", "platform", 2048, 0, 0, 1000, 400}},
            {{"ftrace", "platform", 2048, 0, redirected_verdict, 1010, 400}},
            {{"ftrace", 5000, 300, 40960}}};
}

TEST(Bench, SaysWhatTheModuleAdds) {
    const auto costs = redirect_costs(figures(0));

    ASSERT_EQ(costs.size(), 1U);
    EXPECT_EQ(costs[0].engine, "ftrace");
    EXPECT_EQ(costs[0].instructions, 10);
    EXPECT_DOUBLE_EQ(costs[0].share, 0.01);
    EXPECT_NE(format_bench(figures(0)).find("+10 =  +1.000 %"), std::string::npos);
}

TEST(Bench, SeesAnotherVerdict) {
    EXPECT_EQ(different_verdicts(figures(0)), Complaints());
    EXPECT_EQ(different_verdicts(figures(ENOKEY)).size(), 1U);
    BenchFigures missing = figures(0);
    missing.native.clear();
    EXPECT_EQ(different_verdicts(missing).size(), 1U);
}

TEST(Bench, HasAllFiguresInJson) {
    const nlohmann::json json = bench_json({figures(0)});
    const nlohmann::json& arch = json.at("architectures").at(0);

    EXPECT_EQ(arch.at("arch"), "arm64");
    EXPECT_EQ(arch.at("verifications").size(), 2U);
    EXPECT_EQ(arch.at("verifications").at(1).at("instructions"), 1010);
    EXPECT_EQ(arch.at("module").at(0).at("load_nanoseconds"), 5000);
}

}  // namespace
}  // namespace kxk::lab
