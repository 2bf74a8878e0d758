// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/catalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/text_file.h"
#include "host/catalogue_maker.h"
#include "host/corruption.h"
#include "host/delta.h"
#include "host/failure.h"
#include "image/digest.h"
#include "image/pe.h"

namespace kxk::lab {

namespace {

constexpr const char* secondary_keyring = ".secondary_trusted_keys";
constexpr const char* platform_keyring = ".platform";

const std::vector<KeyringEntry> keyring_entries{
    {"intermediate", secondary_keyring},   {"secondary", secondary_keyring},
    {"twin-secondary", secondary_keyring}, {"decoy", secondary_keyring},
    {"platform", platform_keyring},        {"doubled", platform_keyring},
    {"twin-platform", platform_keyring},   {"revoked", platform_keyring},
    {"rsa4096", platform_keyring},         {"ecdsa", platform_keyring},
    {"expired", platform_keyring},         {"not-yet-valid", platform_keyring},
    {"short", platform_keyring},           {"machine", machine_owner},
};

/** A digest as firmware and IMA know an image by: of PE files Authenticode's, else of the content.
 */
std::string sha256_of(const std::string& unsigned_image, Signature kind) {
    const image::ByteView bytes(unsigned_image);

    if (kind == Signature::appended) {
        return image::digest_of(bytes, "sha256");
    }
    const auto pe = image::parse_pe(bytes);
    if (const auto* bad = std::get_if<image::Malformed>(&pe)) {
        throw Failure("the kernel's image is not PE: " + bad->text);
    }
    return image::pe_digests(std::get<image::PeImage>(pe), {"sha256"}).at("sha256");
}

/** The byte of the code that twins differ in. */
std::size_t code_offset(const std::string& base) {
    return base.size() / 2;
}

/** Certificates for a keyring, as a list for a module parameter. */
std::string certificates_for(const Catalogue& catalogue, const std::string& keyring) {
    std::vector<std::string> files;

    for (const KeyringEntry& entry : catalogue.keys) {
        if (entry.keyring == keyring) {
            files.push_back(guest_certificate(entry.certificate));
        }
    }
    return fmt::format("{}", fmt::join(files, ","));
}

}  // namespace

std::string CatalogueMaker::other_base() const {
    return flipped(base_, code_offset(base_));
}

std::string CatalogueMaker::twin_of(std::string contents) const {
    return flipped(std::move(contents), code_offset(base_));
}

void CatalogueMaker::add(const std::string& name, const std::string& text,
                         std::string_view contents) {
    images_.push_back(
        {name,
         group_,
         text,
         {guest_image(name), guest_base_image, contents.size(), difference(base_, contents)}});
}

void CatalogueMaker::add_signed(const std::string& name, const std::string& text,
                                const Signing& how) {
    add(name, text, signer_.sign(base_, how));
}

void CatalogueMaker::add_pair(const std::string& name, const std::string& text,
                              const Signing& how) {
    const std::string contents = signer_.sign(base_, how);

    add(name, text, contents);
    add(name + "-tampered", text + "; code changed since", twin_of(contents));
}

void CatalogueMaker::add_directory(const std::string& name, const std::string& text,
                                   const std::string& path) {
    images_.push_back({name, group_, text, {path, "", 0, {}}, true});
}

Catalogue catalogue_of_keys(const Signer& signer) {
    Catalogue catalogue;

    catalogue.keys = keyring_entries;
    catalogue.revoked_certificates = {"revoked", "twin-platform"};
    for (const std::string& who : catalogue.revoked_certificates) {
        catalogue.blacklist.push_back("tbs:" + signer.tbs_digest(who));
    }
    return catalogue;
}

Catalogue make_catalogue(const Commands& commands, const SigningKit& kit, Signature kind,
                         const std::filesystem::path& image,
                         const std::filesystem::path& directory) {
    CatalogueMaker maker(Signer(kit.keys, kind), read_file(image));
    Catalogue catalogue = catalogue_of_keys(maker.signer());

    // By tools that others wrote; all that differs from these is ours.
    std::filesystem::create_directories(directory);
    maker.group("tool");
    for (const char* who : {"builtin", "unknown", "secondary", "platform"}) {
        const auto result = directory / fmt::format("by-tool-{}", who);

        sign_image(commands, kit, kind, who, image, result);
        maker.add(result.filename().string(),
                  fmt::format("signed by {}, with {}", who,
                              kind == Signature::pe ? "sbsign" : "the kernel's sign-file"),
                  read_file(result));
    }
    std::filesystem::remove_all(directory);

    add_signer_images(maker);
    add_certificate_images(maker);
    if (kind == Signature::pe) {
        add_pe_images(maker);
    } else {
        add_appended_images(maker);
    }
    add_strange_images(maker);

    catalogue.revoked_digests = {sha256_of(revoked_content(maker), kind)};
    for (const std::string& digest : catalogue.revoked_digests) {
        catalogue.blacklist.push_back("bin:" + digest);
    }
    catalogue.images = maker.take();
    return catalogue;
}

std::size_t size_of_patches(const Catalogue& catalogue) {
    std::size_t size = 0;

    for (const CatalogueImage& image : catalogue.images) {
        for (const Patch& patch : image.file.patches) {
            size += patch.bytes.size();
        }
    }
    return size;
}

std::string fixture_parameters(const Catalogue& catalogue) {
    return fmt::format(
        "path={} owner={} blacklist={}", certificates_for(catalogue, platform_keyring),
        certificates_for(catalogue, machine_owner), fmt::join(catalogue.blacklist, ","));
}

std::string guest_certificate(const std::string& who) {
    return fmt::format("/lab/keys/{}.der", who);
}

}  // namespace kxk::lab
