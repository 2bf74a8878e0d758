// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/bisect_question.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace kxk::lab {
namespace {

/** Of a kernel that consults secondary alone. */
const Column sound{{"builtin", 0},      {"secondary", 0},    {"platform", ENOKEY},
                   {"unknown", ENOKEY}, {"unsigned", EPERM}, {"tampered", EKEYREJECTED}};

BisectQuestion about(const std::string& image, const std::string& expected) {
    BisectQuestion question;

    question.image = image;
    question.expected = expected;
    return question;
}

TEST(BisectQuestion, IsAnsweredByTheImage) {
    EXPECT_EQ(answer_of_column(about("secondary", "loads"), sound).state, BisectState::as_expected);
    EXPECT_EQ(answer_of_column(about("secondary", "refused"), sound).state, BisectState::otherwise);
    EXPECT_EQ(answer_of_column(about("platform", "loads"), sound).state, BisectState::otherwise);
    EXPECT_EQ(answer_of_column(about("platform", "refused"), sound).state,
              BisectState::as_expected);
    EXPECT_EQ(answer_of_column(about("platform", "refused"), sound).text, "image platform: ENOKEY");
}

TEST(BisectQuestion, IsNotAnsweredByAKernelThatTakesAll) {
    for (const char* stranger : {"unknown", "unsigned", "tampered"}) {
        Column column = sound;

        column[stranger] = 0;
        EXPECT_EQ(answer_of_column(about("secondary", "loads"), column).state,
                  BisectState::cannot_tell);
        // What it refuses, it refuses.
        EXPECT_EQ(answer_of_column(about("platform", "loads"), column).state,
                  BisectState::otherwise);
        // Whoever asks just this is told.
        EXPECT_EQ(answer_of_column(about(stranger, "refused"), column).state,
                  BisectState::otherwise);
    }
}

TEST(BisectQuestion, IsNotAnsweredByALoaderThatFails) {
    for (const int error : {ENOEXEC, ENOMEM, EBUSY}) {
        Column column = sound;

        column["secondary"] = error;
        for (const char* expected : {"loads", "refused"}) {
            EXPECT_EQ(answer_of_column(about("secondary", expected), column).state,
                      BisectState::cannot_tell);
        }
    }
}

TEST(BisectQuestion, IsNotAnsweredByAGuestThatEndedEarly) {
    EXPECT_EQ(answer_of_column(about("secondary", "loads"), {}).state, BisectState::cannot_tell);
    EXPECT_EQ(answer_of_column(about("secondary", "loads"), {{"secondary", 0}}).state,
              BisectState::cannot_tell);
}

TEST(BisectQuestion, IsAnsweredByThePolicy) {
    BisectQuestion question = about("", "secondary platform");

    question.ask = BisectAsk::policy;
    EXPECT_EQ(answer_of_policy(question, "secondary platform").state, BisectState::as_expected);
    EXPECT_EQ(answer_of_policy(question, "secondary").state, BisectState::otherwise);
    EXPECT_EQ(answer_of_policy(question, "").state, BisectState::cannot_tell);
}

TEST(BisectQuestion, DiffersFromOthersInItsWords) {
    BisectQuestion with_module = about("secondary", "loads");

    with_module.with_module = true;
    EXPECT_NE(words_of(with_module), words_of(about("secondary", "loads")));
    EXPECT_NE(words_of(about("platform", "loads")), words_of(about("secondary", "loads")));
    EXPECT_NE(words_of(about("secondary", "refused")), words_of(about("secondary", "loads")));
}

TEST(BisectQuestion, HasTheExitStatusesOfGit) {
    EXPECT_EQ(bisect_status(BisectState::as_expected), 0);
    EXPECT_EQ(bisect_status(BisectState::otherwise), 1);
    EXPECT_EQ(bisect_status(BisectState::cannot_tell), 125);
}

}  // namespace
}  // namespace kxk::lab
