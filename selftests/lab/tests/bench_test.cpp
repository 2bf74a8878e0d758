// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
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

/** The same answer at each depth of the stack. */
std::vector<StepResult> answers(const std::string& id, int round, const std::string& output) {
    std::vector<StepResult> all;

    for (const int depth : bench_depths) {
        all.push_back(answer(fmt::format("{}/{}/{}", id, depth, round), output));
    }
    return all;
}

std::vector<Measurement> measured_by(const std::vector<std::vector<StepResult>>& parts) {
    Outcome outcome;

    for (const auto& part : parts) {
        outcome.results.insert(outcome.results.end(), part.begin(), part.end());
    }
    return measurements_of(outcome, one_image());
}

TEST(Bench, TakesTheLeastOfAllRounds) {
    const auto measured =
        measured_by({{answer("native/0/deeper-16", ""), answer("native/0/platform/0/0/write", "")},
                     answers("native/0/platform", 0, "0 500 90\n"),
                     answers("native/0/platform", 1, "0 450 95\n"),
                     answers("native/10/platform", 0, "0 700 90\n"),
                     {answer("ftrace/load", "")}});

    ASSERT_EQ(measured.size(), 2U);
    EXPECT_EQ(measured[0].phase, "native");
    EXPECT_EQ(measured[0].bytes, 2048U);
    EXPECT_EQ(mean(measured[0].verification), 450);
    EXPECT_EQ(mean(measured[0].digest), 90);
    EXPECT_EQ(measured[1].crowd, 10);
    EXPECT_EQ(mean(measured[1].verification), 700);
}

TEST(Bench, TakesTheMeanOfAllDepths) {
    auto results = answers("native/0/platform", 0, "0 500 90\n");

    results.back().output = "0 540 98\n";
    const auto measured = measured_by({results});
    ASSERT_EQ(measured.size(), 1U);
    EXPECT_EQ(mean(measured[0].verification), 510);
    EXPECT_EQ(mean(measured[0].digest), 92);
    EXPECT_EQ(measured[0].verification.at(48), 540);
    results.pop_back();
    EXPECT_THROW(static_cast<void>(measured_by({results})), Failure);
}

TEST(Bench, TakesNoVerdictThatChanges) {
    EXPECT_THROW(static_cast<void>(measured_by({answers("native/0/platform", 0, "0 500 90\n"),
                                                answers("native/0/platform", 1, "126 450 95\n")})),
                 Failure);
    EXPECT_THROW(static_cast<void>(measured_by({answers("native/0/platform", 0, "")})), Failure);
    EXPECT_THROW(static_cast<void>(measured_by({answers("native/0/nobody", 0, "0 500 90\n")})),
                 Failure);
}

BenchFigures figures(int redirected_verdict) {
    return {"arm64",
            "5.10.13",
            {{"native", "platform", 2048, 0, 0, {{0, 990}, {16, 1010}}, {{0, 390}, {16, 410}}}},
            {{"ftrace",
              "platform",
              2048,
              0,
              redirected_verdict,
              {{0, 1020}, {16, 1000}},
              {{0, 390}, {16, 410}}}},
            {{"ftrace", 5000, 300, 40960}}};
}

TEST(Bench, SaysWhatTheModuleAdds) {
    const auto costs = redirect_costs(figures(0));

    ASSERT_EQ(costs.size(), 1U);
    EXPECT_EQ(costs[0].engine, "ftrace");
    EXPECT_EQ(costs[0].instructions, 10);
    EXPECT_DOUBLE_EQ(costs[0].share, 0.01);
    EXPECT_NE(format_bench(figures(0)).find("2.50x   2.000 %"), std::string::npos);
    EXPECT_NE(format_bench(figures(0)).find("+10 =  +1.000 %"), std::string::npos);
}

TEST(Bench, SeesAnotherVerdict) {
    EXPECT_EQ(different_verdicts(figures(0)), Complaints());
    EXPECT_EQ(different_verdicts(figures(ENOKEY)).size(), 1U);
    BenchFigures missing = figures(0);
    missing.native.clear();
    EXPECT_EQ(different_verdicts(missing).size(), 1U);
}

TEST(Bench, TellsOfTheKernelWithTheOwnersKeyring) {
    BenchFigures both = figures(0);

    EXPECT_EQ(format_bench(both).find(".machine"), std::string::npos);
    both.owners_release = "6.1.1";
    both.owners = {{"6.1", "machine", 4096, 0, 0, {{0, 2020}}, {{0, 2000}}}};
    EXPECT_NE(format_bench(both).find("Linux 6.1.1 by itself, with a key on .machine"),
              std::string::npos);
    EXPECT_NE(format_bench(both).find("2020      1.01x"), std::string::npos);
    // It is no measure for what the module costs on another kernel.
    EXPECT_EQ(redirect_costs(both).size(), redirect_costs(figures(0)).size());
    const nlohmann::json json = bench_json({both});
    EXPECT_EQ(json.at("architectures").at(0).at("verifications").size(), 3U);
    EXPECT_EQ(json.at("architectures").at(0).at("verifications").at(2).at("phase"), "6.1");
}

TEST(Bench, HasAllFiguresInJson) {
    const nlohmann::json json = bench_json({figures(0)});
    const nlohmann::json& arch = json.at("architectures").at(0);

    EXPECT_EQ(arch.at("arch"), "arm64");
    EXPECT_EQ(arch.at("verifications").size(), 2U);
    EXPECT_EQ(arch.at("verifications").at(1).at("instructions"), 1010);
    EXPECT_EQ(arch.at("verifications").at(1).at("sha256_instructions"), 400);
    EXPECT_EQ(arch.at("verifications").at(1).at("instructions_by_stack"),
              nlohmann::json::parse(R"([{"bytes_deeper": 0, "instructions": 1020},
                                        {"bytes_deeper": 16, "instructions": 1000}])"));
    EXPECT_EQ(arch.at("module").at(0).at("load_nanoseconds"), 5000);
}

}  // namespace
}  // namespace kxk::lab
