// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fake_system.h"
#include "image/appended.h"
#include "image/appended_sign.h"
#include "image/pe.h"
#include "made_signer.h"
#include "pe_writer.h"

namespace kxk::test {
namespace {

using cmd::Exit;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/* The head of a kernel module, and something for the rest. */
std::string elf(char type, bool big_endian = false) {
    std::string bytes("\177ELF");
    bytes += std::string("\2\1\1", 3) + std::string(9, '\0');
    bytes += big_endian ? std::string(1, '\0') + type : type + std::string(1, '\0');
    return bytes + std::string(100, 'm');
}

std::string s390_image() {
    std::string bytes(0x11000, '\0');
    bytes.replace(0x10008, 6, "S390EP");
    return bytes;
}

/* A machine with a signer, an image and a module. */
class Sign : public testing::Test {
  protected:
    Sign() {
        system.files["key"] = signer().key_pem();
        system.files["cert"] = signer().certificate_pem();
        system.files["image"] = PeWriter{}.write();
        system.files["s390"] = s390_image();
        system.files["module.ko"] = elf(1);
    }

    static const MadeSigner& signer() {
        static const auto made = make_signer();
        return made;
    }

    Outcome sign(std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), {"sign", "--key", "key", "--cert", "cert"});
        return run(system, std::move(arguments));
    }

    Outcome sign_module(std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), {"sign-module", "--key", "key", "--cert", "cert"});
        return run(system, std::move(arguments));
    }

    /* The code of a refusal, which leaves every file as it was and says so in words as well. */
    template <typename Run>
    std::string refusal(Run run_it, std::vector<const char*> arguments) {
        const auto before = system.files;
        auto as_json = arguments;
        as_json.push_back("--json");
        const auto for_programs = run_it(as_json);
        const auto for_people = run_it(arguments);
        EXPECT_EQ(for_programs.exit, Exit::no);
        EXPECT_EQ(for_people.exit, Exit::no);
        EXPECT_THAT(for_people.out, IsEmpty());
        EXPECT_THAT(for_people.err, AllOf(HasSubstr("kexec-keyrings: "), HasSubstr("\nremedy: ")));
        EXPECT_TRUE(system.files == before) << "files changed";
        const trust::Json json = for_programs.json();
        EXPECT_EQ(json["signed"], false);
        EXPECT_THAT(for_people.err, HasSubstr(word(json["cause"])));
        EXPECT_THAT(for_people.err, HasSubstr(word(json["remedy"])));
        return json["code"];
    }

    static std::string word(const trust::Json& value) { return value; }

    std::string refusal_of_sign(std::vector<const char*> arguments) {
        return refusal([this](auto all) { return sign(std::move(all)); }, std::move(arguments));
    }

    std::string refusal_of_sign_module(std::vector<const char*> arguments) {
        return refusal([this](auto all) { return sign_module(std::move(all)); },
                       std::move(arguments));
    }

    testing::StrictMock<FakeSystem> system;  // NOLINT(readability-identifier-naming)
};

std::size_t signatures_in(const std::string& file) {
    const auto parsed = image::parse_pe(image::ByteView(file));
    const auto* pe = std::get_if<image::PeImage>(&parsed);
    return pe == nullptr ? 0 : image::read_certificates(*pe).entries.size();
}

TEST_F(Sign, SignsPeImagesInPlace) {
    const auto outcome = sign({"image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(signatures_in(system.files["image"]), 1U);
    EXPECT_THAT(outcome.out,
                HasSubstr("signed: image: Authenticode, sha256, by \"Tests: Key: 01\""));
    EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(Sign, AFileThatBecomesShorterMeanwhileIsNotSigned) {
    system.lost_while_read = {{"image", EIO}, {"module.ko", EIO}};
    EXPECT_EQ(refusal_of_sign({"image"}), "unreadable");
    EXPECT_EQ(refusal_of_sign_module({"module.ko"}), "unreadable");
}

TEST_F(Sign, SaysWhichKeyringsCount) {
    EXPECT_THAT(sign({"image"}).out,
                HasSubstr("it counts where \"Tests: Key: 01\" is on a keyring that the kernel "
                          "consults for images: .builtin_trusted_keys, .secondary_trusted_keys, "
                          ".machine, .platform\n"));
    EXPECT_THAT(sign_module({"module.ko"}).out,
                HasSubstr("consults for modules: .builtin_trusted_keys, .secondary_trusted_keys, "
                          ".machine (.platform: Debian and Fedora only)\n"));
}

TEST_F(Sign, NamesTheIssuerWhereTheMessageHasTheCertificate) {
    CertificateWish wish;
    wish.self_signed = false;
    const auto vouched_for = make_signer(KeyKind::rsa, wish);
    system.files["cert"] = vouched_for.certificate_pem();
    EXPECT_THAT(sign({"image"}).out, HasSubstr("or its issuer \"CN = Issuer\""));
    EXPECT_THAT(sign({"s390"}).out, Not(HasSubstr("Issuer")));
    EXPECT_THAT(sign({"s390", "--force", "--addcert", "cert"}).out,
                HasSubstr("or its issuer \"CN = Issuer\""));
}

TEST_F(Sign, LeavesTheFileAloneWhenThereIsAnOutput) {
    const auto before = system.files["image"];
    EXPECT_EQ(sign({"image", "--output", "signed"}).exit, Exit::yes);
    EXPECT_EQ(system.files["image"], before);
    EXPECT_EQ(signatures_in(system.files["signed"]), 1U);
}

TEST_F(Sign, ReportsAsJson) {
    const auto json = sign({"image", "--json", "-o", "out", "--digest", "sha512"}).json();
    EXPECT_EQ(json["signed"], true);
    EXPECT_EQ(json["file"], "image");
    EXPECT_EQ(json["output"], "out");
    EXPECT_EQ(json["form"], "authenticode");
    EXPECT_EQ(json["digest_algorithm"], "sha512");
    EXPECT_EQ(json["digest"].get<std::string>().size(), 128U);
    EXPECT_EQ(json["signatures"], 1);
    EXPECT_EQ(json["signing_time"], system.time);
    EXPECT_EQ(json["signer"]["description"], "Tests: Key: 01");
    EXPECT_EQ(json["keyrings"][1], ".secondary_trusted_keys");
    EXPECT_EQ(json["warnings"], trust::Json::array());

    const auto appended = sign({"s390", "--json"}).json();
    EXPECT_EQ(appended["form"], "appended");
    EXPECT_EQ(appended["digest"], nullptr);
    EXPECT_EQ(appended["signing_time"], nullptr);
}

TEST_F(Sign, ChoosesTheFormByTheContent) {
    EXPECT_EQ(sign({"s390"}).exit, Exit::yes);
    EXPECT_TRUE(image::has_appended_signature(image::ByteView(system.files["s390"])));
    system.files["vmlinux"] = elf(2);
    EXPECT_EQ(refusal_of_sign({"vmlinux"}), "unknown-format");
    EXPECT_EQ(sign({"vmlinux", "--format", "appended"}).exit, Exit::yes);
    EXPECT_TRUE(image::has_appended_signature(image::ByteView(system.files["vmlinux"])));
}

TEST_F(Sign, RefusesWhatTheKernelWouldNotVerify) {
    system.files["empty"] = "";
    system.files["text"] = "no image at all";
    system.files["image.z"] = "\x1f\x8b\x08";
    EXPECT_EQ(refusal_of_sign({"empty"}), "empty");
    EXPECT_EQ(refusal_of_sign({"text"}), "unknown-format");
    EXPECT_EQ(refusal_of_sign({"image.z"}), "compressed");
    EXPECT_EQ(refusal_of_sign({"module.ko"}), "unknown-format");
    EXPECT_EQ(refusal_of_sign({"text", "--format", "pe"}), "malformed");
    EXPECT_EQ(refusal_of_sign({"image", "--format", "appended"}), "wrong-format");
}

TEST_F(Sign, RefusesTruncatedImages) {
    const auto whole = system.files["image"];
    for (const std::size_t size :
         {std::size_t{2}, std::size_t{64}, std::size_t{300}, whole.size() / 2, whole.size() - 1}) {
        system.files["image"] = whole.substr(0, size);
        EXPECT_EQ(refusal_of_sign({"image"}), "malformed") << size;
    }
}

TEST_F(Sign, RefusesASecondAppendedSignature) {
    ASSERT_EQ(sign({"s390"}).exit, Exit::yes);
    ASSERT_EQ(sign_module({"module.ko"}).exit, Exit::yes);
    EXPECT_EQ(refusal_of_sign({"s390"}), "already-signed");
    EXPECT_EQ(refusal_of_sign_module({"module.ko"}), "already-signed");

    const auto before = system.files["module.ko"];
    EXPECT_EQ(sign_module({"module.ko", "--force"}).exit, Exit::yes);
    EXPECT_EQ(system.files["module.ko"].substr(0, before.size()), before);
    EXPECT_GT(system.files["module.ko"].size(), before.size());
}

TEST_F(Sign, WarnsOfASecondAuthenticodeSignature) {
    ASSERT_EQ(sign({"image"}).exit, Exit::yes);
    const auto outcome = sign({"image"});
    EXPECT_EQ(outcome.exit, Exit::yes);
    EXPECT_EQ(signatures_in(system.files["image"]), 2U);
    EXPECT_THAT(outcome.err, HasSubstr("warning: the file has 2 signatures: the kernel looks at "
                                       "the first one only"));
}

TEST_F(Sign, SignsModulesOnly) {
    system.files["big-endian.ko"] = elf(1, true);
    EXPECT_EQ(sign_module({"big-endian.ko"}).exit, Exit::yes);
    system.files["program"] = elf(2);
    system.files["module.ko.xz"] = std::string("\xfd") + "7zXZ";
    system.files["module.ko.zst"] = "\x28\xb5\x2f\xfd";
    system.files["short"] = "\177ELF";
    EXPECT_EQ(refusal_of_sign_module({"program"}), "not-a-module");
    EXPECT_EQ(refusal_of_sign_module({"image"}), "not-a-module");
    EXPECT_EQ(refusal_of_sign_module({"short"}), "not-a-module");
    EXPECT_EQ(refusal_of_sign_module({"module.ko.xz"}), "compressed");
    EXPECT_EQ(refusal_of_sign_module({"module.ko.zst"}), "compressed");
}

TEST_F(Sign, ExplainsFilesThatCannotBeRead) {
    system.directories["boot"] = {};
    EXPECT_EQ(refusal_of_sign({"absent"}), "no-file");
    EXPECT_EQ(refusal_of_sign({"boot"}), "no-file");
    EXPECT_EQ(refusal_of_sign({"image", "--addcert", "absent"}), "no-file");
    EXPECT_EQ(refusal_of_sign({"image", "--passphrase-file", "absent"}), "no-file");
    system.files.erase("cert");
    EXPECT_EQ(refusal_of_sign({"image"}), "no-file");
    system.files.erase("key");
    EXPECT_EQ(refusal_of_sign({"image"}), "no-file");
}

TEST_F(Sign, ExplainsFilesThatCannotBeWritten) {
    const std::vector<std::pair<int, std::string>> cases{
        {ENOSPC, "no-space"}, {EINTR, "interrupted"}, {EACCES, "no-access"}, {EROFS, "no-access"},
        {EPERM, "no-access"}, {EISDIR, "no-file"},    {EIO, "unwritable"},
    };
    for (const auto& [error, code] : cases) {
        system.write_error = error;
        EXPECT_EQ(refusal_of_sign({"image"}), code) << error;
    }
}

TEST_F(Sign, RefusesAKeyOfAnotherCertificate) {
    system.files["cert"] = make_signer(KeyKind::ec).certificate_pem();
    EXPECT_EQ(refusal_of_sign({"image"}), "key-mismatch");
}

TEST_F(Sign, TakesThePassphraseFromWhereItIsSaidToBe) {
    system.files["key"] = signer().key_pem("secret");
    system.files["passphrase"] = "secret\n";
    system.descriptors[7] = "secret\r\nsomething else";
    system.variables["PASSPHRASE"] = "secret";
    EXPECT_EQ(sign({"image", "--passphrase-file", "passphrase"}).exit, Exit::yes);
    EXPECT_EQ(sign({"image", "--passphrase-fd", "7"}).exit, Exit::yes);
    EXPECT_EQ(sign({"image", "--passphrase-env", "PASSPHRASE"}).exit, Exit::yes);
    EXPECT_THAT(system.prompts, IsEmpty());

    EXPECT_EQ(refusal_of_sign({"image", "--passphrase-fd", "8"}), "unreadable");
    EXPECT_EQ(refusal_of_sign({"image", "--passphrase-env", "ABSENT"}), "no-passphrase");
    system.files["passphrase"] = "guess";
    EXPECT_EQ(refusal_of_sign({"image", "--passphrase-file", "passphrase"}), "wrong-passphrase");
}

TEST_F(Sign, AsksForThePassphraseAtTheTerminal) {
    system.files["key"] = signer().key_pem("secret");
    EXPECT_EQ(refusal_of_sign({"image"}), "no-passphrase");
    system.prompts.clear();
    system.typed = "secret";
    EXPECT_EQ(sign({"image"}).exit, Exit::yes);
    EXPECT_EQ(system.prompts, std::vector<std::string>{"Passphrase or PIN for the key file key: "});
}

TEST_F(Sign, TakesNoPassphraseOnTheCommandLine) {
    EXPECT_EQ(sign({"image", "--passphrase", "secret"}).exit, Exit::usage);
    EXPECT_EQ(sign({"image", "--passphrase-env", "A", "--passphrase-fd", "3"}).exit, Exit::usage);
}

TEST_F(Sign, LeavesTheTimeOutWhereTheKernelWouldRefuseIt) {
    system.time = 1950000000;  // the certificate has expired
    const auto outcome = sign({"image", "--json"}).json();
    EXPECT_EQ(outcome["signed"], true);
    EXPECT_EQ(outcome["signing_time"], nullptr);
    EXPECT_THAT(outcome["warnings"][0].get<std::string>(),
                HasSubstr("\"Tests: Key: 01\" is valid from 2020-09-13 to 2030-03-17, not now; the "
                          "kernel ignores that, but refuses a signing time outside of it"));
    EXPECT_THAT(sign({"s390"}).err, HasSubstr("not now; the kernel ignores that\n"));
}

TEST_F(Sign, RefusesAChosenTimeThatTheKernelWouldRefuse) {
    EXPECT_EQ(sign({"image", "--signing-time", "1600000000"}).exit, Exit::yes);
    EXPECT_EQ(refusal_of_sign({"image", "--signing-time", "1599999999"}), "signing-time");
    EXPECT_EQ(refusal_of_sign({"image", "--signing-time", "1900000001"}), "signing-time");
    EXPECT_EQ(refusal_of_sign({"image", "--signing-time", "yesterday"}), "signing-time");
    EXPECT_EQ(refusal_of_sign({"s390", "--signing-time", "1600000000"}), "signing-time");
    EXPECT_EQ(sign({"image", "--signing-time", "none", "--json"}).json()["signing_time"], nullptr);
}

TEST_F(Sign, IsReproducible) {
    system.variables["SOURCE_DATE_EPOCH"] = "1650000000";
    EXPECT_EQ(sign({"image", "-o", "one", "--json"}).json()["signing_time"], 1650000000);
    system.time += 1000;
    EXPECT_EQ(sign({"image", "-o", "two"}).exit, Exit::yes);
    EXPECT_EQ(system.files["one"], system.files["two"]);
    system.variables["SOURCE_DATE_EPOCH"] = "1000";
    EXPECT_EQ(refusal_of_sign({"image"}), "signing-time");
}

TEST_F(Sign, WarnsOfWhatOlderKernelsLack) {
    const auto ec = make_signer(KeyKind::ec);
    system.files["key"] = ec.key_pem();
    system.files["cert"] = ec.certificate_pem();
    EXPECT_THAT(sign({"image", "--digest", "sha1"}).err,
                AllOf(HasSubstr("warning: the key is EC"), HasSubstr("warning: SHA-1 is broken")));
}

}  // namespace
}  // namespace kxk::test
