// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/catalogue.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>

#include "common/text_file.h"
#include "host/catalogue_maker.h"
#include "host/catalogue_store.h"
#include "host/containers.h"
#include "host/failure.h"
#include "image/digest.h"
#include "image/image.h"
#include "made_image.h"
#include "made_signer.h"

namespace kxk::lab {
namespace {

constexpr std::size_t large = 300000;

/** The lab's keys, but for what they say of each other. */
class Catalogues : public testing::TestWithParam<Signature> {
  protected:
    static void SetUpTestSuite() {
        directory =
            std::filesystem::temp_directory_path() / ("kxk-lab-test-" + std::to_string(::getpid()));
        std::filesystem::create_directories(directory);
        std::int64_t serial = 1;
        for (const char* who :
             {"builtin", "intermediate", "secondary", "platform", "unknown", "machine", "vouched",
              "impostor", "impostor-serial", "twin-secondary", "twin-platform", "of-doubled",
              "revoked", "rsa4096", "ecdsa", "expired", "not-yet-valid", "short"}) {
            test::CertificateWish wish;
            wish.serial = serial++;
            wish.subject = {{"CN", who}};
            const auto signer = test::make_signer(
                who == std::string("ecdsa") ? test::KeyKind::ec : test::KeyKind::rsa, wish);
            write_file(directory / (std::string(who) + ".key"), signer.key_pem());
            write_file(directory / (std::string(who) + ".pem"), signer.certificate_pem());
            write_file(directory / (std::string(who) + ".der"), signer.certificate_der());
        }
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(directory); }

    static Signer signer(Signature kind) { return {directory, kind}; }

    static std::string base(Signature kind) {
        if (kind == Signature::appended) {
            return test::made_s390_image() + std::string(large, 'S');
        }
        test::PeWriter writer;
        writer.sections.push_back({".large", std::string(large, 'L')});
        return test::made_arm64_image(writer);
    }

    static std::filesystem::path directory;
};

std::filesystem::path Catalogues::directory;

std::string made(const std::string& base, const DerivedFile& file) {
    std::string contents = base;

    contents.resize(file.size, '\0');
    for (const Patch& patch : file.patches) {
        contents.replace(patch.offset, patch.bytes.size(), patch.bytes);
    }
    return contents;
}

TEST_P(Catalogues, EveryImageIsAnother) {
    CatalogueMaker maker(signer(GetParam()), base(GetParam()));

    add_signer_images(maker);
    add_certificate_images(maker);
    if (maker.appends()) {
        add_appended_images(maker);
    } else {
        add_pe_images(maker);
    }
    add_strange_images(maker);
    const auto images = maker.take();

    std::set<std::string> names;
    std::map<std::string, std::string> contents;
    for (const CatalogueImage& image : images) {
        EXPECT_TRUE(names.insert(image.name).second) << image.name;
        EXPECT_EQ(image.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
                  std::string::npos)
            << image.name;
        EXPECT_FALSE(image.group.empty()) << image.name;
        EXPECT_EQ(image.text.find('\n'), std::string::npos) << image.name;
        if (image.directory) {
            continue;
        }
        const auto [same, is_new] =
            contents.emplace(made(base(GetParam()), image.file), image.name);
        EXPECT_TRUE(is_new) << image.name << " is " << same->second;
    }
    EXPECT_GE(images.size(), 60U);
}

TEST_P(Catalogues, SignersTogether) {
    const std::string file =
        signer(GetParam()).sign_together(base(GetParam()), {"platform", "unknown"});
    const auto facts = image::read_image(image::ByteView(file));

    EXPECT_EQ(facts.structure_error, 0);
    ASSERT_EQ(facts.signatures.size(), 1U);
    EXPECT_EQ(facts.signatures[0].message_error, 0) << facts.signatures[0].problem;
    EXPECT_EQ(facts.signatures[0].content_error, 0);
    ASSERT_EQ(facts.signatures[0].signers.size(), 2U);
    EXPECT_EQ(facts.signatures[0].signers[0].valid, true);
    EXPECT_EQ(facts.signatures[0].signers[1].valid, true);
}

TEST_P(Catalogues, RevokedContentIsNotTheOthers) {
    const CatalogueMaker maker(signer(GetParam()), base(GetParam()));

    EXPECT_NE(revoked_content(maker), maker.base());
    EXPECT_NE(revoked_content(maker), maker.other_base());
}

INSTANTIATE_TEST_SUITE_P(Forms, Catalogues, testing::Values(Signature::pe, Signature::appended),
                         [](const auto& form) {
                             return form.param == Signature::pe ? "Pe" : "Appended";
                         });

TEST_F(Catalogues, AttributesOfAppendedSignatures) {
    constexpr std::int64_t time = 1593561600;
    const auto by = signer(Signature::appended);
    const auto facts = image::read_image(image::ByteView(
        by.append_with_attributes(base(Signature::appended), {"short", "sha256", time})));

    ASSERT_EQ(facts.signatures.size(), 1U);
    ASSERT_EQ(facts.signatures[0].signers.size(), 1U);
    EXPECT_EQ(facts.signatures[0].signers[0].signing_time, time);
    EXPECT_EQ(facts.signatures[0].signers[0].valid, true);
}

TEST_F(Catalogues, NamesOnTheBlacklist) {
    const std::string der = read_file(directory / "revoked.der");
    const auto certificate = image::load_certificates(der);
    unsigned char* bytes = nullptr;
    ASSERT_EQ(certificate.size(), 1U);
    const int size = i2d_re_X509_tbs(certificate[0].get(), &bytes);
    ASSERT_GT(size, 0);

    EXPECT_EQ(signer(Signature::pe).tbs_digest("revoked"),
              image::digest_of({bytes, static_cast<std::size_t>(size)}, "sha256"));
    OPENSSL_free(bytes);
}

TEST_F(Catalogues, KeyThatIsNotThere) {
    EXPECT_ANY_THROW(static_cast<void>(signer(Signature::pe).sign("text", {"nobody"})));
    EXPECT_THROW(static_cast<void>(signer(Signature::pe).sign("text", {"platform"})), Failure);
}

TEST_F(Catalogues, AreMadeAgainForOtherKeysOnly) {
    const auto keys = directory / "kept";
    const auto file = directory / "catalogue.json";
    int times = 0;
    const auto keep = [&] {
        static_cast<void>(keep_catalogue(file, keys, directory / "builtin.der", [&times] {
            ++times;
            return Catalogue{};
        }));
    };

    std::filesystem::create_directories(keys / "crowd");
    write_file(keys / "builtin.der", "a key");
    keep();
    write_file(keys / "crowd" / "1.der", "of a crowd");
    keep();
    EXPECT_EQ(times, 1);
    write_file(keys / "builtin.der", "another key");
    keep();
    EXPECT_EQ(times, 2);
}

TEST(Catalogue, ParametersOfTheFixture) {
    Catalogue catalogue;
    catalogue.keys = {{"secondary", ".secondary_trusted_keys"},
                      {"platform", ".platform"},
                      {"revoked", ".platform"},
                      {"mine", machine_owner}};
    catalogue.blacklist = {"tbs:00", "bin:11"};

    EXPECT_EQ(fixture_parameters(catalogue),
              "path=/lab/keys/platform.der,/lab/keys/revoked.der owner=/lab/keys/mine.der "
              "blacklist=tbs:00,bin:11");
}

TEST(Containers, Zboot) {
    const std::string payload = gzipped(std::string(100000, 'k'));
    const std::string file = zboot_wrapped(payload, image::pe_machine_arm64);
    const auto facts = image::read_image(image::ByteView(file));

    EXPECT_LT(payload.size(), 1000U);
    EXPECT_EQ(payload.substr(0, 2), "\x1f\x8b");
    EXPECT_EQ(facts.format, trust::ImageFormat::efi_zboot);
    EXPECT_EQ(facts.architecture, "arm64");
    EXPECT_EQ(facts.structure_error, 0) << facts.problem;
    EXPECT_FALSE(facts.digest.empty());
    EXPECT_NE(file.find(payload), std::string::npos);
}

}  // namespace
}  // namespace kxk::lab
