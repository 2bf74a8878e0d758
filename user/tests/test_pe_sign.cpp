// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <openssl/objects.h>

#include "image/pe.h"
#include "image/pe_sign.h"
#include "made_signer.h"
#include "pe_writer.h"

namespace kxk::image {
namespace {

using test::KeyKind;
using test::make_signer;
using test::PeWriter;
using testing::HasSubstr;

SignResult sign(std::string_view file, const SigningKey& key,
                const std::string& digest = "sha256") {
    SigningChoice choice;
    choice.digest = digest;
    choice.signing_time = 1700000000;
    return sign_pe(file, key, choice);
}

SignedFile sign_well(std::string_view file, const std::string& digest = "sha256") {
    auto result = sign(file, make_signer().signing_key(), digest);
    auto* signed_file = std::get_if<SignedFile>(&result);
    EXPECT_NE(signed_file, nullptr);
    return signed_file == nullptr ? SignedFile() : std::move(*signed_file);
}

std::string cause_of(const SignResult& result) {
    const auto* error = std::get_if<SigningError>(&result);
    return error == nullptr ? "" : error->cause;
}

PeImage parse(const std::string& file) {
    auto parsed = parse_pe(ByteView(file));
    EXPECT_TRUE(std::holds_alternative<PeImage>(parsed));
    return std::get<PeImage>(parsed);
}

TEST(SignPe, AddsTheTableBehindTheFile) {
    const auto file = PeWriter{}.write();
    const auto result = sign_well(file);
    const auto pe = parse(result.bytes);
    EXPECT_EQ(pe.certificate_table.offset, file.size());
    EXPECT_EQ(pe.certificate_table.offset + pe.certificate_table.size, result.bytes.size());
    EXPECT_EQ(result.signatures, 1U);
    const auto table = read_certificates(pe);
    ASSERT_EQ(table.entries.size(), 1U);
    EXPECT_EQ(table.problem.text, "");
    // Kernels before 6.3 want the table to be that of the one entry.
    EXPECT_EQ(table.problem_before_6_3.text, "");
    EXPECT_EQ(table.entries[0].revision, certificate_revision_2);
    EXPECT_EQ(table.entries[0].type, certificate_type_pkcs7);
}

TEST(SignPe, ChangesNothingElse) {
    const PeWriter writer;
    const auto file = writer.write();
    auto rest = sign_well(file).bytes.substr(0, file.size());
    rest.replace(writer.checksum_offset(), 4, std::string(4, '\0'));
    rest.replace(writer.certificate_directory(), 8, std::string(8, '\0'));
    EXPECT_EQ(rest, file);
}

TEST(SignPe, PutsTheChecksumRight) {
    const auto result = sign_well(PeWriter{}.write());
    const auto pe = parse(result.bytes);
    EXPECT_EQ(pe.file.le32(pe.checksum_offset), checksum(pe));
}

class SignPeWith : public testing::TestWithParam<const char*> {};

TEST_P(SignPeWith, DigestsTheFileAsItIsAfterwards) {
    const auto result = sign_well(PeWriter{}.write(), GetParam());
    EXPECT_EQ(pe_digests(parse(result.bytes), {GetParam()}).at(GetParam()), result.digest);
    EXPECT_NE(pe_digests(parse(sign_well(PeWriter{}.write() + "12345678").bytes), {GetParam()})
                  .at(GetParam()),
              result.digest);
}

INSTANTIATE_TEST_SUITE_P(Digests, SignPeWith,
                         testing::Values("sha1", "sha256", "sha384", "sha512"));

TEST(SignPe, PadsBeforeItDigests) {
    PeWriter writer;
    for (std::size_t size = 0; size < 9; ++size) {
        writer.trailer = std::string(size, 't');
        const auto result = sign_well(writer.write());
        const auto pe = parse(result.bytes);
        EXPECT_EQ(pe.certificate_table.offset % certificate_alignment, 0U);
        EXPECT_EQ(pe.certificate_table.size % certificate_alignment, 0U);
        EXPECT_EQ(pe_digests(pe, {"sha256"}).at("sha256"), result.digest);
    }
}

TEST(SignPe, KeepsTheSignaturesThatAreThere) {
    const auto once = sign_well(PeWriter{}.write());
    const auto twice = sign_well(once.bytes, "sha384");
    EXPECT_EQ(twice.signatures, 2U);
    const auto before = parse(once.bytes);
    const auto after = parse(twice.bytes);
    EXPECT_EQ(after.certificate_table.offset, before.certificate_table.offset);
    const auto entries = read_certificates(after).entries;
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].content.text(), read_certificates(before).entries[0].content.text());
    EXPECT_EQ(entries[1].range.offset % certificate_alignment, 0U);
    // The first one is still right.
    EXPECT_EQ(pe_digests(after, {"sha256"}).at("sha256"), once.digest);
}

TEST(SignPe, PadsATableThatIsNot) {
    PeWriter writer;
    writer.certificates = test::certificate_entry(
        "\x30\x03"
        "abc");
    writer.certificates.resize(13);
    const auto result = sign_well(writer.write());
    EXPECT_EQ(result.signatures, 2U);
    const auto pe = parse(result.bytes);
    EXPECT_EQ(pe.certificate_table.offset + pe.certificate_table.size, result.bytes.size());
    EXPECT_EQ(pe_digests(pe, {"sha256"}).at("sha256"), result.digest);
}

TEST(SignPe, RefusesWhatIsNotWhole) {
    const auto key = make_signer().signing_key();
    const auto file = PeWriter{}.write();
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{2}, std::size_t{100}, file.size() - 1})
        EXPECT_THAT(cause_of(sign(file.substr(0, size), key)), HasSubstr("cannot be signed as PE"));
    const auto once = sign_well(file).bytes;
    EXPECT_THAT(cause_of(sign(once + "more", key)), HasSubstr("behind its certificate table"));
    EXPECT_THAT(cause_of(sign(once.substr(0, once.size() - 8), key)),
                HasSubstr("cannot be signed as PE"));
}

TEST(SignPe, RefusesAMessageThatTheKernelWouldRefuse) {
    auto key = make_signer().signing_key();
    test::CertificateWish wish;
    wish.extensions = {{NID_netscape_comment, std::string(40000, 'x')}};
    key.additional.push_back(test::make_certificate(wish));
    EXPECT_EQ(cause_of(sign(PeWriter{}.write(), key)), "");
    key.additional.push_back(test::make_certificate(wish));
    EXPECT_THAT(cause_of(sign(PeWriter{}.write(), key)), HasSubstr("at most 65535"));
}

TEST(SignPe, TakesEcKeys) {
    EXPECT_EQ(cause_of(sign(PeWriter{}.write(), make_signer(KeyKind::ec).signing_key())), "");
}

}  // namespace
}  // namespace kxk::image
