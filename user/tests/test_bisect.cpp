// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Return;

class Bisect : public testing::Test {
  protected:
    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(Bisect, BecomesTheLab) {
    EXPECT_CALL(system, become(ElementsAre("kxk-lab", "bisect", "s390x", "--image", "platform",
                                           "--expect", "refused")))
        .WillOnce(Return(ENOENT));
    const auto outcome =
        run(system, {"bisect", "s390x", "--image", "platform", "--expect", "refused"});
    EXPECT_THAT(outcome.out, IsEmpty());
}

TEST_F(Bisect, BecomesTheLabThatIsNamed) {
    system.variables["KXK_LAB"] = "/opt/lab/kxk-lab";
    EXPECT_CALL(system, become(ElementsAre("/opt/lab/kxk-lab", "bisect", "arm64", "--tree", "/src",
                                           "--with-module")))
        .WillOnce(Return(EACCES));
    EXPECT_THAT(run(system, {"bisect", "--with-module", "--tree", "/src", "arm64"}).err,
                HasSubstr("/opt/lab/kxk-lab"));
}

TEST_F(Bisect, WrongUsageIsNoVerdict) {
    EXPECT_EQ(run(system, {"bisect"}).exit, Exit::broken);
    EXPECT_EQ(run(system, {"bisect", "arm64", "--frobnicate"}).exit, Exit::broken);
    EXPECT_EQ(run(system, {"bisect", "--help"}).exit, Exit::yes);
}

/* git-bisect(1) takes 1 to 127 for a verdict, but for 125: "skip". */
TEST_F(Bisect, WithoutTheLabIsNoVerdict) {
    EXPECT_CALL(system, become).WillOnce(Return(ENOENT));
    const auto outcome = run(system, {"bisect", "arm64"});
    EXPECT_EQ(outcome.exit, Exit::broken);
    EXPECT_GE(static_cast<int>(outcome.exit), 128);
    EXPECT_THAT(outcome.err, HasSubstr("remedy: "));
}

}  // namespace
}  // namespace kxk::test
