// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/cells.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace kxk::lab {
namespace {

Column column(int builtin, int secondary, int platform, int unknown = EPERM, int not_signed = EPERM,
              int tampered = EPERM) {
    return {{"builtin", builtin}, {"secondary", secondary}, {"platform", platform},
            {"unknown", unknown}, {"unsigned", not_signed}, {"tampered", tampered}};
}

TEST(Cells, PlanAndColumnAgree) {
    Plan plan;
    add_cells(plan, "before");
    ASSERT_EQ(plan.steps.size(), 6U);

    Outcome outcome;
    for (const Step& step : plan.steps) {
        StepResult result;
        result.id = step.id;
        result.error = EPERM;
        outcome.results.push_back(result);
    }
    EXPECT_EQ(column_of(outcome, "before"), column(EPERM, EPERM, EPERM));
    EXPECT_TRUE(column_of(outcome, "after").empty());
}

TEST(Cells, Words) {
    EXPECT_EQ(verdict_word(0), "accepted");
    EXPECT_EQ(verdict_word(EKEYREJECTED), "EKEYREJECTED");
    EXPECT_EQ(verdict_word(4711), "errno 4711");
}

TEST(Cells, CompareColumns) {
    const Column all = column(0, 0, 0);

    EXPECT_TRUE(compare_columns("a", all, "b", all).empty());
    EXPECT_EQ(compare_columns("a", all, "b", column(0, EPERM, 0)).size(), 1U);
    EXPECT_EQ(compare_columns("a", {}, "b", all).size(), 6U);
    // Nothing is known of both: that is no agreement.
    EXPECT_EQ(compare_columns("a", {}, "b", {}).size(), 6U);
}

TEST(Cells, CompareWithPolicy) {
    EXPECT_TRUE(compare_with_policy(column(0, EPERM, EPERM), "builtin").empty());
    EXPECT_TRUE(compare_with_policy(column(0, 0, EPERM), "secondary").empty());
    EXPECT_TRUE(compare_with_policy(column(EPERM, EPERM, 0), "platform").empty());
    EXPECT_TRUE(compare_with_policy(column(0, 0, 0), "secondary platform").empty());
    EXPECT_EQ(compare_with_policy(column(0, 0, 0), "secondary").size(), 1U);
    EXPECT_EQ(compare_with_policy(column(0, 0, 0, 0), "secondary platform").size(), 1U);
    EXPECT_EQ(compare_with_policy(column(0, 0, 0), "").size(), 1U);
}

TEST(Cells, Strangers) {
    EXPECT_TRUE(refuses_strangers("x", column(0, 0, 0)).empty());
    EXPECT_EQ(refuses_strangers("x", column(0, 0, 0, 0, EPERM, 0)).size(), 2U);
    EXPECT_EQ(refuses_strangers("x", {}).size(), 3U);
}

TEST(Cells, Gains) {
    EXPECT_TRUE(gains(column(0, EPERM, EPERM), column(0, 0, EPERM)).empty());
    EXPECT_FALSE(gains(column(0, 0, EPERM), column(0, 0, EPERM)).empty());
    EXPECT_FALSE(gains({}, column(0, 0, 0)).empty());
}

TEST(Cells, Accepted) {
    EXPECT_EQ(accepted(column(0, 0, EPERM)), 2);
}

}  // namespace
}  // namespace kxk::lab
