// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "host/kernel_log.h"

namespace kxk::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ParseKernelMessage, ReadsTheHeader) {
    const auto message = parse_kernel_message("30,1234,5678901,-;hello\n");
    ASSERT_TRUE(message);
    EXPECT_EQ(message->facility, 3U);
    EXPECT_EQ(message->level, 6U);
    EXPECT_EQ(message->sequence, 1234U);
    EXPECT_EQ(message->continuation, '-');
    EXPECT_EQ(message->text, "hello");
}

TEST(ParseKernelMessage, IgnoresFieldsOfLaterKernels) {
    EXPECT_EQ(parse_kernel_message("3,1,2,-,caller=T1;x\n")->text, "x");
}

TEST(ParseKernelMessage, LeavesTheDictionaryOut) {
    EXPECT_EQ(parse_kernel_message("3,1,2,-;x\n SUBSYSTEM=pci\n DEVICE=+pci:0\n")->text, "x");
}

TEST(ParseKernelMessage, ResolvesEscapes) {
    EXPECT_EQ(parse_kernel_message("3,1,2,-;a\\x0ab\\x5cc\n")->text, "a\nb\\c");
    EXPECT_EQ(parse_kernel_message("3,1,2,-;\\xe2\\x82\\xac;\n")->text, "\xe2\x82\xac;");
}

TEST(ParseKernelMessage, KeepsWhatIsNoEscape) {
    EXPECT_EQ(parse_kernel_message("3,1,2,-;a\\xzz\\x4\\n\n")->text, "a\\xzz\\x4\\n");
}

class MalformedRecord : public testing::TestWithParam<const char*> {};

TEST_P(MalformedRecord, IsNotRead) {
    EXPECT_FALSE(parse_kernel_message(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Records, MalformedRecord,
                         testing::Values("", ";", "text without a header", "3,1,2,-", "3,1,2;x",
                                         "3,1,,-;x", "x,1,2,-;x", "3,-1,2,-;x", "3,1,2,;x"));

TEST(KernelMessages, JoinFragments) {
    EXPECT_THAT(kernel_messages({"3,1,1,c;kexec_keyrings: refused [na\n", "3,2,1,+;tive]: y\n",
                                 "3,3,1,-;other\n"}),
                ElementsAre("kexec_keyrings: refused [native]: y", "other"));
}

TEST(KernelMessages, DoNotJoinAFragmentWithoutBeginning) {
    EXPECT_THAT(kernel_messages({"3,1,1,-;whole\n", "3,2,1,+;rest\n"}),
                ElementsAre("whole", "rest"));
}

TEST(KernelMessages, LeaveOutUserSpaceAndGarbage) {
    EXPECT_THAT(kernel_messages({"garbage", "11,1,1,-;from user space\n", "3,2,1,-;kernel\n"}),
                ElementsAre("kernel"));
    EXPECT_THAT(kernel_messages({}), IsEmpty());
}

TEST(FindRefusal, ReadsCodeAndWords) {
    const auto refusal = find_refusal({"kexec_keyrings: refused [no-verifier]: this kernel ...\n"});
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, "no-verifier");
    EXPECT_EQ(refusal->words, "this kernel ...");
}

TEST(FindRefusal, TakesTheLastOne) {
    EXPECT_EQ(find_refusal({"kexec_keyrings: refused [busy]: a", "something else",
                            "kexec_keyrings: refused [native]: b"})
                  ->code,
              "native");
}

TEST(FindRefusal, GivesCodesThatItDoesNotKnow) {
    EXPECT_EQ(find_refusal({"kexec_keyrings: refused [future-2]: x"})->code, "future-2");
}

class NotOurRefusal : public testing::TestWithParam<const char*> {};

TEST_P(NotOurRefusal, IsNotTaken) {
    EXPECT_FALSE(find_refusal({GetParam()}));
}

INSTANTIATE_TEST_SUITE_P(
    Messages, NotOurRefusal,
    testing::Values("my_kexec_keyrings: refused [native]: x",
                    "kexec_keyrings2: refused [native]: x",
                    "other: kexec_keyrings: refused [native]: x",
                    " kexec_keyrings: refused [native]: x", "kexec_keyrings: loaded: x",
                    "kexec_keyrings: refused [nat", "kexec_keyrings: refused [native]",
                    "kexec_keyrings: refused [native] x", "kexec_keyrings: refused []: x",
                    "kexec_keyrings: refused [Na tive]: x", "kexec_keyrings: refused", ""));

}  // namespace
}  // namespace kxk::host
