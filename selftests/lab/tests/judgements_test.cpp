// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/judgements.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "host/images.h"

namespace kxk::lab {
namespace {

std::string expected(std::string_view signer, const std::string& policy,
                     Signature form = Signature::pe) {
    return expected_judgement(signer, *trust::parse_policy(policy), form);
}

TEST(Judgements, FollowThePolicy) {
    EXPECT_EQ(expected("builtin", "builtin"), "accepted: builtin accepted");
    EXPECT_EQ(expected("secondary", "builtin"), "refused ENOKEY: builtin ENOKEY");
    EXPECT_EQ(expected("builtin", "secondary platform"), "accepted: secondary accepted");
    EXPECT_EQ(expected("platform", "secondary platform"),
              "accepted: secondary ENOKEY, platform accepted");
    EXPECT_EQ(expected("unknown", "secondary platform"),
              "refused ENOKEY: secondary ENOKEY, platform ENOKEY");
    EXPECT_EQ(expected("platform", "secondary"), "refused ENOKEY: secondary ENOKEY");
}

TEST(Judgements, KnowHowAnImageIsDamaged) {
    EXPECT_EQ(expected("unsigned", "secondary platform"), "refused ENODATA: secondary ENODATA");
    EXPECT_EQ(expected("tampered", "secondary platform"),
              "refused EKEYREJECTED: secondary EKEYREJECTED");
    EXPECT_EQ(expected("tampered", "builtin"), "refused ENOKEY: builtin ENOKEY");
    EXPECT_EQ(expected("tampered", "platform", Signature::appended),
              "refused ENOKEY: platform ENOKEY");
    EXPECT_EQ(expected("unsigned", "platform", Signature::appended),
              "refused EKEYREJECTED: no keyring");
    EXPECT_EQ(expected("unsigned", "secondary platform", Signature::appended),
              "refused EKEYREJECTED: no keyring");
}

StepResult answer(int status, const std::string& output) {
    StepResult result;
    result.status = status;
    result.output = output;
    return result;
}

TEST(Judgements, AreReadFromTheCompanion) {
    const std::string text = R"({"images": [{"errno": 126, "consulted": [
        {"keyring": "secondary", "errno": 126}, {"keyring": "platform", "errno": 126}]}]})";

    EXPECT_EQ(judgement_in(answer(1, text)), "refused ENOKEY: secondary ENOKEY, platform ENOKEY");
    EXPECT_NE(judgement_in(answer(0, text)), judgement_in(answer(1, text)));
    EXPECT_EQ(judgement_in(answer(1, R"({"images": [{"errno": 126, "consulted": null}]})")),
              "which keyrings were consulted is not known");
    EXPECT_NE(judgement_in(answer(3, R"({"images": []})")).find("exit status 3"),
              std::string::npos);
    EXPECT_NE(judgement_in(answer(127, "")).find("exit status 127"), std::string::npos);
}

/** An outcome in which the companion says of each image what a policy has it say. */
Outcome outcome_of(const std::string& policy) {
    Plan plan;
    Outcome outcome;

    add_judgements(plan, "x");
    for (std::size_t i = 0; i < signers.size(); ++i) {
        const bool good = expected(signers.at(i), policy).rfind("accepted", 0) == 0;
        StepResult result = good ? answer(0, R"({"images": [{"errno": 0, "consulted": [
                             {"keyring": "secondary", "errno": 0}]}]})")
                                 : answer(1, R"({"images": [{"errno": 126, "consulted": [
                             {"keyring": "secondary", "errno": 126}]}]})");

        if (signers.at(i) == "unsigned") {
            result.output = R"({"images": [{"errno": 61, "consulted": [
                             {"keyring": "secondary", "errno": 61}]}]})";
        } else if (signers.at(i) == "tampered") {
            result.output = R"({"images": [{"errno": 129, "consulted": [
                             {"keyring": "secondary", "errno": 129}]}]})";
        }
        result.id = plan.steps.at(i).id;
        outcome.results.push_back(result);
    }
    return outcome;
}

Column column_of_secondary() {
    return {{"builtin", 0},     {"secondary", 0},    {"platform", EPERM},
            {"unknown", EPERM}, {"unsigned", EPERM}, {"tampered", EPERM}};
}

Complaints compared(const Outcome& outcome, const Column& column, const std::string& policy) {
    return compare_judgements(outcome, "x", column, policy, Signature::pe);
}

TEST(Judgements, AreHeldAgainstPolicyAndColumn) {
    const Outcome outcome = outcome_of("secondary");
    Column column = column_of_secondary();

    EXPECT_TRUE(compared(outcome, column, "secondary").empty());
    EXPECT_EQ(compared(outcome, column, "builtin").size(), 6U);
    EXPECT_EQ(compared(outcome, column, "").size(), 1U);
    EXPECT_EQ(compared({}, column, "secondary").size(), 6U);
    EXPECT_EQ(compared(outcome, {}, "secondary").size(), 6U);
    column["unknown"] = 0;
    EXPECT_EQ(compared(outcome, column, "secondary").size(), 1U);
}

}  // namespace
}  // namespace kxk::lab
