// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/table.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace kxk::lab {
namespace {

TEST(Table, ShowsVerdictsAndMarksWhatIsWrong) {
    const Column right{{"builtin", 0},     {"secondary", EPERM}, {"platform", EPERM},
                       {"unknown", EPERM}, {"unsigned", EPERM},  {"tampered", EPERM}};
    Column wrong = right;
    wrong["secondary"] = 0;
    wrong.erase("tampered");

    EXPECT_EQ(format_table({{"before", right, right}, {"loaded", wrong, right}}, false),
              "  image signed by before        loaded\n"
              "  builtin         accepted      accepted\n"
              "  secondary       EPERM         accepted (!)\n"
              "  platform        EPERM         EPERM\n"
              "  unknown         EPERM         EPERM\n"
              "  (unsigned)      EPERM         EPERM\n"
              "  (tampered)      EPERM         - (!)\n");
}

TEST(Table, ColoursAreForTerminals) {
    const Column right{{"builtin", 0}};

    EXPECT_EQ(format_table({{"a", right, right}}, false).find('\033'), std::string::npos);
    EXPECT_NE(format_table({{"a", right, right}}, true).find('\033'), std::string::npos);
}

}  // namespace
}  // namespace kxk::lab
