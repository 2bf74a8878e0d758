// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using host::VerifyStep;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Return;
using trust::Keyring;

host::VerifyResult judged(int error, std::vector<host::Consultation> consulted) {
    host::VerifyResult result;
    result.step = VerifyStep::verdict;
    result.verdict.error = error;
    result.verdict.nanoseconds = 9500000;
    result.verdict.consulted = std::move(consulted);
    return result;
}

host::VerifyResult ended(VerifyStep step, int error) {
    host::VerifyResult result;
    result.step = step;
    result.error = error;
    return result;
}

class Verify : public testing::Test {
  protected:
    Verify() { system.directories["/sys/kernel"] = {"security"}; }

    void kernel_says(const std::string& image, const host::VerifyResult& result) {
        EXPECT_CALL(system, verify_image(image)).WillOnce(Return(result));
    }

    /** The only image of a run, of which nothing can be told. */
    trust::Json untold(VerifyStep step, int error) {
        kernel_says("a", ended(step, error));
        const auto outcome = run(system, {"verify", "--json", "a"});
        EXPECT_EQ(outcome.exit, Exit::cannot_tell);
        EXPECT_THAT(outcome.err, IsEmpty());
        const auto json = outcome.json();
        return step == VerifyStep::device ? json : json.at("images").at(0);
    }

    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

TEST_F(Verify, SaysWhoVouches) {
    kernel_says(
        "a", judged(0, {{Keyring::secondary, ENOKEY, 4000000}, {Keyring::platform, 0, 5250000}}));
    const auto outcome = run(system, {"verify", "a"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.out,
              "a: accepted: platform vouches for it\n"
              "  secondary       ENOKEY             4.000 ms\n"
              "  platform        accepted           5.250 ms\n"
              "  in all          accepted           9.500 ms\n");
    EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(Verify, SaysWhyAnImageIsRefused) {
    kernel_says("a", judged(ENOKEY, {{Keyring::builtin, ENOKEY, 1000}}));
    const auto outcome = run(system, {"verify", "a"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, HasSubstr("a: refused (ENOKEY): no keyring that the kernel"));
    EXPECT_THAT(outcome.out, HasSubstr("  builtin         ENOKEY             0.001 ms\n"));
    EXPECT_THAT(outcome.out, HasSubstr("remedy: sign it with a key on one of these keyrings"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("accepted")));
}

TEST_F(Verify, HasAMeaningForEachErrno) {
    const std::vector<std::pair<int, std::string>> meanings{
        {ENODATA, "not signed"},      {EKEYREJECTED, "does not fit its content"},
        {ENOPKG, "algorithm"},        {ELIBBAD, "malformed"},
        {EBADMSG, "malformed"},       {EKEYREVOKED, "revoked"},
        {EKEYEXPIRED, "has expired"}, {E2BIG, "could not make sense of it"}};
    for (const auto& [error, meaning] : meanings) {
        kernel_says("a", judged(error, {{Keyring::secondary, error, 1}}));
        const auto outcome = run(system, {"verify", "--json", "a"});
        EXPECT_EQ(outcome.exit, Exit::no);
        const auto image = outcome.json()["images"][0];
        EXPECT_EQ(image["errno"], error);
        EXPECT_THAT(image["meaning"].get<std::string>(), HasSubstr(meaning));
        EXPECT_FALSE(image["remedy"].get<std::string>().empty());
    }
}

TEST_F(Verify, SaysItInJson) {
    kernel_says(
        "a", judged(0, {{Keyring::secondary, ENOKEY, 4000000}, {Keyring::platform, 0, 5250000}}));
    EXPECT_EQ(run(system, {"verify", "--json", "a"}).json(), trust::Json::parse(R"({"images": [{
        "image": "a", "verdict": "accepted", "errno": 0, "errno_name": null, "meaning": null,
        "remedy": null, "accepted_by": "platform", "nanoseconds": 9500000, "consulted": [
        {"keyring": "secondary", "errno": 126, "errno_name": "ENOKEY", "nanoseconds": 4000000},
        {"keyring": "platform", "errno": 0, "errno_name": null, "nanoseconds": 5250000}]}]})"));
}

TEST_F(Verify, DoesNotGuessWhatTheKernelCannotTell) {
    auto result = judged(0, {});
    result.verdict.consulted.reset();
    kernel_says("a", result);
    EXPECT_THAT(run(system, {"verify", "a"}).out,
                testing::AllOf(HasSubstr("a: accepted\n"), HasSubstr("cannot be told")));

    kernel_says("a", result);
    const auto json = run(system, {"verify", "--json", "a"}).json()["images"][0];
    EXPECT_EQ(json["verdict"], "accepted");
    EXPECT_TRUE(json["consulted"].is_null());
    EXPECT_TRUE(json["accepted_by"].is_null());
}

TEST_F(Verify, SaysThatNothingWasVerified) {
    kernel_says("a", judged(0, {}));
    EXPECT_THAT(run(system, {"verify", "a"}).out, HasSubstr("a: accepted unverified"));
}

TEST_F(Verify, NamesNoKeyringThatItDoesNotKnow) {
    kernel_says("a", judged(0, {{std::nullopt, 0, 1}}));
    EXPECT_THAT(run(system, {"verify", "a"}).out, HasSubstr("another keyring vouches for it"));
}

TEST_F(Verify, TakesManyImagesAndTheWorstExitStatus) {
    const auto good = judged(0, {{Keyring::builtin, 0, 1}});
    const auto bad = judged(ENODATA, {{Keyring::builtin, ENODATA, 1}});

    kernel_says("a", good);
    kernel_says("b", bad);
    kernel_says("c", good);
    const auto refused = run(system, {"verify", "--json", "a", "b", "c"});
    EXPECT_EQ(refused.exit, Exit::no);
    EXPECT_EQ(refused.json()["images"].size(), 3U);
    EXPECT_EQ(refused.json()["images"][1]["verdict"], "refused");
    EXPECT_EQ(refused.json()["images"][2]["verdict"], "accepted");

    kernel_says("a", ended(VerifyStep::image, ENOENT));
    kernel_says("b", bad);
    const auto untold_of = run(system, {"verify", "a", "b"});
    EXPECT_EQ(untold_of.exit, Exit::cannot_tell);
    EXPECT_THAT(untold_of.err, HasSubstr("a: there is no such file\nremedy: "));
    EXPECT_THAT(untold_of.out, HasSubstr("b: refused (ENODATA)"));
}

TEST_F(Verify, ExplainsWhyThereIsNoVerdict) {
    const std::vector<std::tuple<VerifyStep, int, std::string>> reasons{
        {VerifyStep::image, ENOENT, "no-image"},
        {VerifyStep::image, EACCES, "no-image"},
        {VerifyStep::verdict, EINVAL, "not-an-image"},
        {VerifyStep::verdict, EFBIG, "too-large"},
        {VerifyStep::verdict, ENOMEM, "no-memory"},
        {VerifyStep::verdict, ETXTBSY, "being-written"},
        {VerifyStep::verdict, EIO, "read-error"},
        {VerifyStep::verdict, EINTR, "interrupted"},
        {VerifyStep::verdict, ENOTTY, "wrong-version"},
        {VerifyStep::verdict, E2BIG, "wrong-version"},
        {VerifyStep::verdict, ENOSYS, "unknown"}};
    for (const auto& [step, error, code] : reasons) {
        const auto json = untold(step, error);
        EXPECT_EQ(json["image"], "a");
        EXPECT_TRUE(json["verdict"].is_null());
        EXPECT_EQ(json["code"], code);
        EXPECT_EQ(json["errno"], error);
        EXPECT_FALSE(json["cause"].get<std::string>().empty());
        EXPECT_FALSE(json["remedy"].get<std::string>().empty());
    }
}

TEST_F(Verify, SaysHowToGetTheDevice) {
    for (const int error : {ENOENT, ENXIO, ENODEV}) {
        const auto json = untold(VerifyStep::device, error);
        EXPECT_EQ(json["code"], "not-loaded");
        EXPECT_TRUE(json["images"].empty());
        EXPECT_THAT(json["remedy"].get<std::string>(), HasSubstr("load --mode observe"));
        EXPECT_THAT(json["remedy"].get<std::string>(), HasSubstr("load --device"));
    }
}

TEST_F(Verify, SaysHowToGetTheDeviceOfALoadedModule) {
    system.show_module("backport", "builtin", "secondary platform");
    auto json = untold(VerifyStep::device, ENOENT);
    EXPECT_EQ(json["code"], "no-device");
    EXPECT_THAT(json["remedy"].get<std::string>(), HasSubstr("unload"));

    system.show_module("observe", "builtin", "builtin");
    json = untold(VerifyStep::device, ENOENT);
    EXPECT_EQ(json["code"], "no-device");
    EXPECT_THAT(json["remedy"].get<std::string>(), HasSubstr("devtmpfs"));
}

TEST_F(Verify, CannotTellWithoutSysfsWhetherTheModuleIsLoaded) {
    system.directories.clear();
    EXPECT_THAT(untold(VerifyStep::device, ENOENT)["cause"].get<std::string>(),
                HasSubstr("cannot be told"));
}

TEST_F(Verify, SaysWhoMayAsk) {
    for (const int error : {EPERM, EACCES})
        EXPECT_EQ(untold(VerifyStep::device, error)["code"], "not-permitted");
}

TEST_F(Verify, AsksNoFurtherWithoutADevice) {
    kernel_says("a", ended(VerifyStep::device, EACCES));
    const auto outcome = run(system, {"verify", "a", "b", "c"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("remedy: run it with sudo\n"));
}

TEST_F(Verify, NeedsAnImage) {
    EXPECT_EQ(run(system, {"verify"}).exit, Exit::usage);
}

}  // namespace
}  // namespace kxk::test
