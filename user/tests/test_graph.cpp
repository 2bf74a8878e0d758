// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/graph.h"

#include <cerrno>

#include "fake_system.h"
#include "made_certificate.h"
#include "made_image.h"
#include "trust_facts.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::_;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Return;

/* An arm64 with a key on each keyring, and images of a signer that a test puts somewhere. */
class GraphCommand : public testing::Test {
  protected:
    GraphCommand() {
        static const Identity signer = make_identity("Signer", rsa_key(0));
        static const std::string good = signed_image(made_arm64_image, signer);
        description_ = image::to_certificate(signer.certificate.get()).description;
        system.files["image"] = good;
        system.files["unsigned"] = made_arm64_image();
        system.files["/proc/keys"] =
            "00000001 I------ 1 perm 1f0b0000 0 0 keyring .builtin_trusted_keys: 1\n"
            "00000002 I------ 1 perm 1f0b0000 0 0 keyring .secondary_trusted_keys: 1\n"
            "00000003 I------ 1 perm 1f0b0000 0 0 keyring .platform: 1\n"
            "00000004 I------ 1 perm 1f0b0000 0 0 keyring .blacklist: 5\n";
        system.keyrings[1] = {{"asymmetric", "Vendor: 00"}};
        system.keyrings[2] = {{"keyring", ".builtin_trusted_keys"}};
        system.keyrings[3] = {{"asymmetric", description_}};
        system.keyrings[4] = {};
        system.files["/sys/kernel/security/lockdown"] = "none [integrity] confidentiality\n";
        system.directories["/sys/kernel/security"] = {"lockdown"};
        system.files["/proc/config.gz"] =
            "CONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_SIG=y\nCONFIG_KEXEC_IMAGE_VERIFY_SIG=y\n"
            "CONFIG_INTEGRITY_PLATFORM_KEYRING=y\n";
    }

    // NOLINTBEGIN(readability-identifier-naming)
    testing::StrictMock<FakeSystem> system;
    // NOLINTEND(readability-identifier-naming)
    std::string description_;
};

TEST(DotString, IsOneStringWhateverIsInIt) {
    EXPECT_EQ(trust::dot_string("plain"), R"("plain")");
    EXPECT_EQ(trust::dot_string(""), R"("")");
    EXPECT_EQ(trust::dot_string("a\"]; b -> c [x=\""), R"("a\"]; b -> c [x=\"")");
    EXPECT_EQ(trust::dot_string("\\N\\"), R"("\\N\\")");
    EXPECT_EQ(trust::dot_string("a&lt;b"), R"("a&amp;lt;b")");
    EXPECT_EQ(trust::dot_string("one\ntwo\n"), R"("one\ntwo\n")");
    EXPECT_EQ(trust::dot_string("\n"), R"("\n")");
    EXPECT_EQ(trust::dot_string("bell\aescape\033[1m delete\x7f"), R"("bell?escape?[1m delete?")");
    EXPECT_EQ(trust::dot_string("\xff"), "\"\xef\xbf\xbd\"");
    EXPECT_EQ(trust::dot_string("K\xc3\xb6ln"), "\"K\xc3\xb6ln\"");
}

/* What is drawn of an image that these signed, on a machine with a key of "builtin". */
std::string drawing_of_signers(const std::vector<std::string>& names) {
    std::vector<trust::Signer> signers;
    for (const auto& name : names)
        signers.push_back(signer_of({certificate_of(name, name)}));
    const auto machine = machine_with_keys();
    const auto facts = image_signed_by(std::move(signers));
    return trust::to_dot(
        {machine, trust::parse_policy("builtin"),
         trust::GraphImage{facts, vouchers(facts, machine, {}), trust::Answer::yes}});
}

TEST(ToDot, OfSeveralSignersItIsNotSaidWhichOneAKeyVouchesFor) {
    const auto several = drawing_of_signers({"unknown", "builtin"});
    EXPECT_THAT(several, HasSubstr(R"(signer_0_0 -> image [label="signed", penwidth=2.5])"));
    EXPECT_THAT(several, HasSubstr(R"(signer_0_1 -> image [label="signed", penwidth=2.5])"));
    EXPECT_THAT(several, HasSubstr(R"( -> image [label="vouches for a signer", penwidth=2.5])"));
    EXPECT_THAT(several, Not(HasSubstr("-> signer_")));

    const auto one = drawing_of_signers({"builtin"});
    EXPECT_THAT(one, HasSubstr(R"( -> signer_0_0 [label="is its key", penwidth=2.5])"));
    EXPECT_THAT(one, Not(HasSubstr("vouches for")));
}

TEST_F(GraphCommand, DrawsKeyringsKeysRootsAndLinks) {
    system.show_module("observe", "builtin", "builtin");
    const auto outcome = run(system, {"graph"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr("digraph trust {\n"));
    EXPECT_THAT(outcome.out, HasSubstr(R"(label="Linux 5.10.13 (arm64), consults builtin")"));
    EXPECT_THAT(
        outcome.out,
        HasSubstr(
            R"(keyring_builtin [label=".builtin_trusted_keys\nconsulted", shape=folder, penwidth)"));
    EXPECT_THAT(
        outcome.out,
        HasSubstr(R"(keyring_platform [label=".platform\nnot consulted", shape=folder, s)"));
    EXPECT_THAT(outcome.out,
                HasSubstr(R"(keyring_secondary -> keyring_builtin [label="links to")"));
    EXPECT_THAT(outcome.out, HasSubstr(R"(key_builtin_0 [label="Vendor\n00")"));
    EXPECT_THAT(outcome.out, HasSubstr("root_keyring_builtin -> keyring_builtin"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("image")));
}

TEST_F(GraphCommand, WithTheModulePlatformIsConsulted) {
    system.show_module("backport", "builtin", "secondary platform");
    const auto outcome = run(system, {"graph", "image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr(R"(keyring_platform [label=".platform\nconsulted")"));
    EXPECT_THAT(outcome.out,
                HasSubstr(R"(key_platform_0 -> signer_0_0 [label="is its key", penwidth=2.5])"));
    EXPECT_THAT(outcome.out, HasSubstr(R"(signer_0_0 -> image [label="signed")"));
    EXPECT_THAT(outcome.out, HasSubstr(R"(is loaded")"));
}

TEST_F(GraphCommand, WithoutItTheLineIsDashedAndTheImageRefused) {
    system.show_module("observe", "builtin", "builtin");
    const auto outcome = run(system, {"graph", "image"});
    EXPECT_THAT(outcome.out,
                HasSubstr(R"(key_platform_0 -> signer_0_0 [label="is its key", style=dashed])"));
    EXPECT_THAT(outcome.out, HasSubstr(R"(is refused")"));
}

TEST_F(GraphCommand, AKernelThatRefusesEveryImageIsSaidToDoSo) {
    system.show_module("observe", "none", "none");
    const auto outcome = run(system, {"graph"});
    EXPECT_THAT(outcome.out, HasSubstr(R"(label="Linux 5.10.13 (arm64), refuses every image")"));
    EXPECT_THAT(outcome.out, HasSubstr(R"(keyring_builtin [label=".builtin_trusted_keys\nnot c)"));
}

TEST_F(GraphCommand, SoIsOneThatIsConfiguredToDoSo) {
    system.directories["/sys/kernel"] = {"security"};
    system.files["/proc/config.gz"] = "CONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_SIG=y\n";
    EXPECT_THAT(run(system, {"graph"}).out, HasSubstr("refuses every image"));
    EXPECT_THAT(run(system, {"graph", "--native", "builtin"}).out, HasSubstr("consults builtin"));
}

TEST_F(GraphCommand, AnUnknownSignerHasNoLine) {
    system.keyrings[3] = {{"asymmetric", "Other: 01"}};
    const auto outcome = run(system, {"graph", "image"});
    EXPECT_THAT(outcome.out, HasSubstr("signer_0_0 ["));
    EXPECT_THAT(outcome.out, Not(HasSubstr("-> signer_0_0")));
}

TEST_F(GraphCommand, AnUnsignedImageIsSaidToBe) {
    const auto outcome = run(system, {"graph", "unsigned"});
    EXPECT_THAT(outcome.out, HasSubstr("nobody signed it"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("signer_")));
}

TEST_F(GraphCommand, WithoutTheModuleNothingIsSaidToBeConsulted) {
    const auto outcome = run(system, {"graph"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, HasSubstr("what it consults cannot be told"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("\\nconsulted")));
    EXPECT_THAT(outcome.out, Not(HasSubstr("penwidth=2.5")));
    EXPECT_THAT(outcome.out, Not(HasSubstr("style=dashed")));
}

TEST_F(GraphCommand, AStatedPolicyCounts) {
    const auto outcome = run(system, {"graph", "--native", "platform"});
    EXPECT_THAT(outcome.out, HasSubstr(R"(keyring_platform [label=".platform\nconsulted")"));
    EXPECT_THAT(outcome.out,
                HasSubstr(R"(keyring_builtin [label=".builtin_trusted_keys\nnot consulted")"));
    EXPECT_EQ(run(system, {"graph", "--native", "everything"}).exit, Exit::usage);
}

TEST_F(GraphCommand, WhetherMachineIsConsultedNeedsTheLinksOfSecondary) {
    system.files["/proc/keys"] += "00000005 I------ 1 perm 1f0b0000 0 0 keyring .machine: 1\n";
    system.keyrings[5] = {{"asymmetric", "Owner: 05"}};
    const auto machine_is = [this](const char* policy, const char* what) {
        return testing::Value(run(system, {"graph", "--native", policy}).out,
                              HasSubstr(std::string(".machine\\n") + what));
    };
    EXPECT_TRUE(machine_is("secondary", "not consulted"));
    system.keyrings[2] = {{"keyring", ".machine"}};
    EXPECT_TRUE(machine_is("secondary", "consulted"));
    EXPECT_TRUE(machine_is("builtin", "not consulted"));
    system.keyrings.erase(2);
    EXPECT_TRUE(machine_is("secondary", "whether it is consulted cannot be told"));
}

TEST_F(GraphCommand, ABrokenImageIsNotSaidToBeUnsigned) {
    system.files["broken"] = system.files["image"].substr(0, system.files["image"].size() / 2);
    const auto outcome = run(system, {"graph", "broken"});
    EXPECT_THAT(outcome.out, HasSubstr("-> image"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("nobody signed it")));
}

TEST_F(GraphCommand, ManyHashesAreCounted) {
    system.keyrings[4] = {{"blacklist", "bin:01"},
                          {"blacklist", "bin:02"},
                          {"blacklist", "bin:03"},
                          {"blacklist", "tbs:04"},
                          {"blacklist", "tbs:05"}};
    const auto outcome = run(system, {"graph"});
    EXPECT_THAT(outcome.out, HasSubstr("bin:03"));
    EXPECT_THAT(outcome.out, Not(HasSubstr("tbs:04")));
    EXPECT_THAT(outcome.out, HasSubstr("and 2 hashes more"));
}

TEST_F(GraphCommand, WhatCannotBeReadIsSaidAndEndsWith3) {
    system.keyrings.erase(3);
    const auto outcome = run(system, {"graph"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.out, HasSubstr("its keys cannot be read"));
}

TEST_F(GraphCommand, NamesThatWouldBreakOutDoNot) {
    system.keyrings[1] = {{"asymmetric", "x\"]; evil [label=\"y: 00"}};
    const auto outcome = run(system, {"graph"});
    EXPECT_THAT(outcome.out, HasSubstr(R"(label="x\"]; evil [label=\"y\n00")"));
}

TEST_F(GraphCommand, SvgIsMadeByDot) {
    EXPECT_CALL(system, filter(ElementsAre("dot", "-Tsvg"), HasSubstr("digraph trust")))
        .Times(2)
        .WillRepeatedly(Return(host::Result<std::string>(std::string("<svg/>"))));
    EXPECT_EQ(run(system, {"graph", "--format", "svg"}).out, "<svg/>");
    const auto outcome = run(system, {"graph", "-o", "trust.svg"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(system.files["trust.svg"], "<svg/>");
}

TEST_F(GraphCommand, WithoutDotTheRemedyIsItsPackage) {
    EXPECT_CALL(system, filter(_, _))
        .WillOnce(Return(host::Result<std::string>(host::Errno{ENOENT})));
    const auto outcome = run(system, {"graph", "-o", "trust.svg"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.err, HasSubstr("graphviz"));
    EXPECT_EQ(system.files.count("trust.svg"), 0U);
}

TEST_F(GraphCommand, AFailureOfDotLeavesTheFileAlone) {
    system.files["trust.svg"] = "old";
    EXPECT_CALL(system, filter(_, _)).WillOnce(Return(host::Result<std::string>(host::Errno{EIO})));
    EXPECT_EQ(run(system, {"graph", "-o", "trust.svg"}).exit, Exit::no);
    EXPECT_EQ(system.files["trust.svg"], "old");
}

TEST_F(GraphCommand, AFullDiskIsNamed) {
    system.write_error = ENOSPC;
    const auto outcome = run(system, {"graph", "-o", "trust.dot"});
    EXPECT_EQ(outcome.exit, Exit::no);
    EXPECT_THAT(outcome.err, HasSubstr("trust.dot"));
}

TEST_F(GraphCommand, AnImageThatIsNotThereIsNamed) {
    const auto outcome = run(system, {"graph", "nowhere"});
    EXPECT_EQ(outcome.exit, Exit::cannot_tell);
    EXPECT_THAT(outcome.err, HasSubstr("nowhere"));
    EXPECT_THAT(outcome.out, IsEmpty());
}

}  // namespace
}  // namespace kxk::test
