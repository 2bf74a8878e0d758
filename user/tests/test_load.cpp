// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "fake_system.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::_;
using testing::AllOf;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Return;

host::InsertResult inserted(int error = 0) {
    host::InsertResult result;
    result.error = error;
    result.step = host::InsertStep::insert;
    return result;
}

class Load : public testing::Test {
  protected:
    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)

    /** Lets the insertion end like this, with this line in the log. */
    void insertion_gives(int error, const std::string& line) {
        EXPECT_CALL(system, insert_module(_)).WillOnce([this, error, line](const auto&) {
            system.log_from_kernel(line);
            return inserted(error);
        });
    }

    /** Lets the insertion succeed, and the module show itself. */
    void insertion_succeeds(const std::string& mode, const std::string& native,
                            const std::string& active) {
        EXPECT_CALL(system, insert_module(_)).WillOnce([=](const auto&) {
            system.show_module(mode, native, active);
            return inserted();
        });
    }
};

TEST_F(Load, SaysWhatIsInForce) {
    insertion_succeeds("backport", "builtin", "secondary platform");
    const auto outcome = run(system, {"load"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.out,
              "loaded: policy \"builtin\" -> \"secondary platform\" (image_verify_sig() redirected "
              "by ftrace)\n");
    EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(Load, SaysWhatItObserves) {
    insertion_succeeds("observe", "builtin", "builtin");
    const auto outcome = run(system, {"load", "--mode", "observe"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr("nothing is redirected, the policy is \"builtin\""));
}

TEST_F(Load, OffersTheDeviceWhenAsked) {
    EXPECT_CALL(system, insert_module(Field(&host::InsertRequest::parameters, "device=1")))
        .WillOnce(Return(inserted()));
    EXPECT_EQ(run(system, {"load", "--device"}).exit, Exit::cannot_tell);
}

TEST_F(Load, CannotTellWhatIsInForceWithoutSysfs) {
    EXPECT_CALL(system, insert_module(_)).WillOnce(Return(inserted()));
    const auto outcome = run(system, {"load"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.out, HasSubstr("remedy: mount sysfs"));
}

TEST_F(Load, HasItsAttributesInJson) {
    insertion_succeeds("backport", "builtin", "secondary platform");
    const auto outcome = run(system, {"load", "--json"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(outcome.json(), trust::Json::parse(R"({
        "loaded": true, "version": "0.1.0", "mode": "backport", "arch": "arm64",
        "engine": "ftrace", "target": "image_verify_sig", "native_policy": "builtin",
        "active_policy": "secondary platform", "stats": {"accepted": 3, "enokey": 0}})"));
}

TEST_F(Load, PassesNoParametersByDefault) {
    EXPECT_CALL(system, insert_module(AllOf(Field(&host::InsertRequest::name, "kexec_keyrings"),
                                            Field(&host::InsertRequest::path, ""),
                                            Field(&host::InsertRequest::parameters, ""))))
        .WillOnce(Return(inserted(EEXIST)));
    EXPECT_EQ(run(system, {"load"}).exit, Exit::no);
}

TEST_F(Load, PassesWhatWasAskedFor) {
    EXPECT_CALL(system, insert_module(AllOf(Field(&host::InsertRequest::path, "./a.ko"),
                                            Field(&host::InsertRequest::parameters,
                                                  "engine=kprobe mode=observe force=1"))))
        .WillOnce(Return(inserted(EEXIST)));
    EXPECT_EQ(run(system, {"load", "--engine", "kprobe", "--mode", "observe", "--force", "--module",
                           "./a.ko"})
                  .exit,
              Exit::no);
}

TEST_F(Load, ExplainsTheModulesRefusal) {
    insertion_gives(ENODEV, "kexec_keyrings: refused [native]: x");
    const auto outcome = run(system, {"load"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("kexec-keyrings: this kernel consults the secondary"));
    EXPECT_THAT(outcome.err, HasSubstr("\nremedy: none needed"));
}

TEST_F(Load, SaysNothingWhereItIsNotNeeded) {
    for (const auto* code : {"native", "unverified", "no-verifier"}) {
        insertion_gives(ENODEV, fmt::format("kexec_keyrings: refused [{}]: x", code));
        const auto outcome = run(system, {"load", "--if-needed"});
        EXPECT_EQ(outcome.exit, Exit::yes) << code;
        EXPECT_THAT(outcome.out, IsEmpty());
        EXPECT_THAT(outcome.err, IsEmpty());
    }
}

TEST_F(Load, IfNeededForgivesNoDoubt) {
    for (const auto* code : {"unknown-policy", "ambiguous-symbol", "ineffective", "busy"}) {
        insertion_gives(ENODEV, fmt::format("kexec_keyrings: refused [{}]: x", code));
        const auto outcome = run(system, {"load", "--if-needed"});
        EXPECT_EQ(outcome.exit, Exit::no) << code;
        EXPECT_THAT(outcome.err, HasSubstr("remedy: "));
    }
    // Nobody says why.
    EXPECT_CALL(system, insert_module(_)).WillOnce(Return(inserted(ENODEV)));
    EXPECT_EQ(run(system, {"load", "--if-needed"}).exit, Exit::no);
}

TEST_F(Load, IfNeededIsContentWithWhatIsLoaded) {
    system.show_module("backport", "builtin", "secondary platform");
    EXPECT_CALL(system, insert_module(_)).WillRepeatedly(Return(inserted(EEXIST)));
    EXPECT_EQ(run(system, {"load", "--if-needed"}).exit, Exit::yes);
    // It observes, and was to redirect; and the other way round.
    EXPECT_EQ(run(system, {"load", "--if-needed", "--mode", "observe"}).exit, Exit::no);
    system.show_module("observe", "builtin", "builtin");
    EXPECT_EQ(run(system, {"load", "--if-needed"}).exit, Exit::no);
}

TEST_F(Load, ExplainsItInJson) {
    insertion_gives(ENODEV, "kexec_keyrings: refused [native]: x");
    const auto outcome = run(system, {"load", "--json"});
    EXPECT_EQ(outcome.exit, Exit::no);
    const auto json = outcome.json();
    EXPECT_EQ(json["loaded"], false);
    EXPECT_EQ(json["code"], "native");
    EXPECT_EQ(json["errno"], ENODEV);
    EXPECT_EQ(json["errno_name"], "ENODEV");
    EXPECT_TRUE(json["cause"].is_string());
    EXPECT_TRUE(json["remedy"].is_string());
    EXPECT_EQ(json.size(), 6U);
    EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(Load, DoesNotTakeAnOlderRefusalForThisOne) {
    system.log_from_kernel("kexec_keyrings: refused [native]: of yesterday");
    insertion_gives(EBUSY, "kexec_keyrings: refused [busy]: of today");
    EXPECT_EQ(run(system, {"load", "--json"}).json()["code"], "busy");
}

TEST_F(Load, DoesNotBelieveUserSpace) {
    EXPECT_CALL(system, insert_module(_)).WillOnce([this](const auto&) {
        system.log.emplace_back("11,1,1,-;kexec_keyrings: refused [native]: forged\n");
        return inserted(ENODEV);
    });
    EXPECT_EQ(run(system, {"load", "--json"}).json()["code"], "unknown");
}

TEST_F(Load, ManagesWithoutALog) {
    system.log_readable = false;
    EXPECT_CALL(system, insert_module(_)).WillOnce(Return(inserted(ENODEV)));
    const auto outcome = run(system, {"load"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.err, HasSubstr("cannot be read"));
}

TEST_F(Load, TellsThatItIsLoadedAlready) {
    system.show_module("observe", "builtin", "builtin");
    EXPECT_CALL(system, insert_module(_)).WillOnce(Return(inserted(EEXIST)));
    const auto json = run(system, {"load", "--json"}).json();
    EXPECT_EQ(json["loaded"], true);
    EXPECT_EQ(json["code"], "already-loaded");
    EXPECT_EQ(json["mode"], "observe");
}

TEST_F(Load, NamesTheEngineThatWasAskedFor) {
    insertion_gives(EOPNOTSUPP, "kexec_keyrings: refused [no-engine]: x");
    EXPECT_THAT(run(system, {"load", "--engine", "kprobe"}).err, HasSubstr("by kprobe"));
}

TEST_F(Load, DoesNotSpeakOfHeadersToWhoGaveAPath) {
    host::InsertResult nothing;
    nothing.error = ENOENT;
    EXPECT_CALL(system, insert_module(_)).WillRepeatedly(Return(nothing));
    EXPECT_THAT(run(system, {"load"}).err, HasSubstr("linux-headers"));
    EXPECT_THAT(run(system, {"load", "--module", "x.ko"}).err, Not(HasSubstr("linux-headers")));
}

TEST_F(Load, JsonSurvivesBytesThatAreNotText) {
    insertion_gives(ENODEV, "kexec_keyrings: refused [future]: \\xff\\xfe");
    EXPECT_EQ(run(system, {"load", "--json"}).json()["code"], "future");
}

}  // namespace
}  // namespace kxk::test
