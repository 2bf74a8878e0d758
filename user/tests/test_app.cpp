// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"
#include "kexec_keyrings_version.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::HasSubstr;
using testing::IsEmpty;

class App : public testing::Test {
  protected:
    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(App, SaysItsVersion) {
    const auto outcome = run(system, {"--version"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.out, "kexec-keyrings " KEXEC_KEYRINGS_VERSION "\n");
}

TEST_F(App, HelpHasExamplesAndExitStatuses) {
    const auto outcome = run(system, {"--help"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr("Examples:"));
    EXPECT_THAT(outcome.out, HasSubstr("3  cannot tell"));
    EXPECT_THAT(outcome.err, IsEmpty());
}

class HelpOf : public App, public testing::WithParamInterface<const char*> {};

TEST_P(HelpOf, CommandHasExamplesAndExitStatuses) {
    const auto outcome = run(system, {GetParam(), "--help"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr("Example"));
    EXPECT_THAT(outcome.out, HasSubstr("Exit status:"));
}

INSTANTIATE_TEST_SUITE_P(Commands, HelpOf,
                         testing::Values("load", "unload", "status", "keys", "inspect", "explain",
                                         "verify", "watch", "sign", "sign-module", "bisect",
                                         "test"));

class WrongUsage : public App, public testing::WithParamInterface<std::vector<const char*>> {};

TEST_P(WrongUsage, IsExplainedAndDoesNothing) {
    const auto outcome = run(system, GetParam());
    EXPECT_EQ(outcome.exit, Exit::usage);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("kexec-keyrings: "));
    EXPECT_THAT(outcome.err, HasSubstr("\nremedy: "));
}

using Arguments = std::vector<const char*>;
INSTANTIATE_TEST_SUITE_P(
    CommandLines, WrongUsage,
    testing::Values(Arguments{}, Arguments{"frobnicate"}, Arguments{"load", "--engine", "steam"},
                    Arguments{"load", "--engine"}, Arguments{"load", "--mode", "backport "},
                    Arguments{"load", "--module"}, Arguments{"load", "extra"},
                    Arguments{"unload", "--force"}, Arguments{"status", "load"},
                    Arguments{"keys", "ring"}, Arguments{"keys", "platform", "builtin"},
                    Arguments{"watch", "--count", "0"}, Arguments{"watch", "--count", "-1"},
                    Arguments{"watch", "--count", "x"}, Arguments{"watch", "extra"},
                    Arguments{"test", "--expect-policy", "5.10"}, Arguments{"test", "extra"},
                    Arguments{"sign"}, Arguments{"sign", "image"},
                    Arguments{"sign-module", "--key", "k", "--digest", "md5", "m"}));

}  // namespace
}  // namespace kxk::test
