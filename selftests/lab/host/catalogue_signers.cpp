// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "host/catalogue_maker.h"
#include "host/containers.h"
#include "host/corruption.h"
#include "image/pe.h"

namespace kxk::lab {

namespace {

/* Seconds since 1970 of the middle of a year; the certificate "short" is valid in 2020. */
constexpr std::int64_t middle_of_2019 = 1561939200;
constexpr std::int64_t middle_of_2020 = 1593561600;
constexpr std::int64_t middle_of_2021 = 1625097600;

/** Larger than the fields that the s390 loader writes to in whatever it is given. */
constexpr std::size_t safe_size = std::size_t{128} << 10U;

/** The part of a kernel that is compressed: all of it would make the initramfs large. */
constexpr std::size_t compressed_part = std::size_t{64} << 10U;
/** The same for s390x, enough to have about safe_size left. */
constexpr std::size_t compressed_s390_part = 2 * safe_size;

/** A file of the size of a small kernel that begins with text where its headers would be. */
std::string text_file(const std::string& base) {
    constexpr std::size_t text_size = 4096;
    constexpr std::string_view line = "This is not a kernel.\n";
    std::string text = base.substr(0, safe_size);

    for (std::size_t i = 0; i < text_size; ++i) {
        text[i] = line[i % line.size()];
    }
    return text;
}

}  // namespace

void add_signer_images(CatalogueMaker& maker) {
    // An appended message by itself names its signer, and has no certificate.
    const std::vector<std::string> none;
    const auto embedded = [&maker, &none](const char* who) {
        return maker.appends() ? std::vector<std::string>{who} : none;
    };

    maker.group("signer");
    for (const char* who :
         {"platform", "secondary", "builtin", "intermediate", "machine", "unknown"}) {
        maker.add_signed(who, fmt::format("signed by {}", who), {who});
    }
    maker.add_pair("vouched", "signed by a key that platform vouches for",
                   {"vouched", "sha256", {}, embedded("vouched")});
    maker.add_signed("vouched-with-chain", "the same, platform's certificate in it",
                     {"vouched", "sha256", {}, {"platform"}});
    maker.add_signed("secondary-with-chain",
                     "signed by secondary, intermediate's certificate in it",
                     {"secondary", "sha256", {}, {"intermediate"}});
    maker.add_signed("unknown-with-platform", "signed by unknown, platform's certificate in it",
                     {"unknown", "sha256", {}, {"platform"}});
    maker.add("unsigned", "not signed", maker.base());

    maker.group("algorithm");
    for (const char* digest : {"sha1", "sha384", "sha512"}) {
        maker.add_pair(digest, fmt::format("signed by platform, with {}", digest),
                       {"platform", digest});
    }
    maker.add_signed("sha512-unknown", "signed by unknown, with sha512", {"unknown", "sha512"});
    maker.add_pair("rsa4096", "signed by an RSA key of 4096 bits on .platform", {"rsa4096"});
    maker.add_pair("ecdsa", "signed by an EC key (P-256) for .platform", {"ecdsa"});
}

void add_certificate_images(CatalogueMaker& maker) {
    const bool appends = maker.appends();
    // Where the certificate is not in the message, the kernel has that of its keyring.
    const auto with_own = [appends](const char* who) {
        return Signing{who,
                       "sha256",
                       {},
                       appends ? std::vector<std::string>{who} : std::vector<std::string>()};
    };

    maker.group("time");
    for (const auto& [name, text, time] :
         {std::tuple{"time-inside", "signed when its certificate was valid", middle_of_2020},
          {"time-before", "signed before its certificate was valid", middle_of_2019},
          {"time-after", "signed after its certificate was valid", middle_of_2021}}) {
        const Signing how{"short", "sha256", time};

        maker.add(name, text,
                  appends ? maker.signer().append_with_attributes(maker.base(), how)
                          : maker.signer().sign(maker.base(), how));
    }
    maker.add_signed("time-unsaid", "the same certificate, no signing time", {"short"});
    maker.add_pair("expired", "signed by a key on .platform whose certificate expired in 2015",
                   {"expired"});
    maker.add_pair("not-yet-valid", "signed by a key on .platform whose certificate begins in 2090",
                   {"not-yet-valid"});

    maker.group("revocation");
    maker.add_signed("revoked", "signed by a key on .platform, the certificate revoked",
                     with_own("revoked"));
    maker.add_signed("twin-secondary",
                     "signed by a key on two keyrings, with its certificate on the secondary one",
                     with_own("twin-secondary"));
    maker.add_signed("twin-platform", "the same key, with its certificate on .platform, revoked",
                     with_own("twin-platform"));
    maker.add_signed("twin-both", "the same key, with its certificate on .platform and the other",
                     {"twin-platform", "sha256", {}, {"twin-secondary"}});
    maker.add("revoked-digest", "signed by platform, the image's digest revoked",
              maker.signer().sign(revoked_content(maker), {"platform"}));
    maker.add("not-revoked-digest", "signed by platform, an image that differs in a byte",
              maker.signer().sign(maker.other_base(), {"platform"}));
    if (appends) {
        maker.add_signed("revoked-unnamed", "signed by the revoked one, certificate not in it",
                         {"revoked"});
        maker.add_signed("twin-platform-unnamed", "signed by twin-platform, certificate not in it",
                         {"twin-platform"});
        maker.add_signed("twin-secondary-unnamed",
                         "signed by twin-secondary, certificate not in it", {"twin-secondary"});
    }

    maker.group("impostor");
    // Of the keyrings that are asked in turn, the first one has the wrong key under the right key
    // id. Its answer is a rejection, not the lack of a key, and there the matter has to end.
    maker.add_signed("decoy",
                     "signed by one whom a key on .platform vouches for, whose key id another one "
                     "on the secondary keyring has",
                     with_own("of-doubled"));
    for (const char* who : {"impostor", "impostor-serial"}) {
        const std::string text = std::string("signed by another one of platform's name") +
                                 (who == std::string("impostor") ? "" : " and serial number");

        maker.add_signed(who, text, with_own(who));
        if (appends) {
            maker.add_signed(std::string(who) + "-unnamed", text + ", certificate not in it",
                             {who});
        }
    }
}

void add_strange_images(CatalogueMaker& maker) {
    const std::string good = maker.signer().sign(maker.base(), {"platform"});
    const std::string compressed = gzipped(
        std::string_view(good).substr(0, maker.appends() ? compressed_s390_part : compressed_part));

    maker.group("strange");
    maker.add("empty", "an empty file", "");
    maker.add_directory("directory", "a directory", "/lab/keys");
    maker.add("text", "text, where a kernel has its headers", text_file(maker.base()));
    maker.add("gzip", "an image signed by platform, the beginning of it compressed with gzip",
              compressed);
    if (maker.appends()) {
        maker.add("text-signed", "the same text, signed by platform",
                  maker.signer().sign(text_file(maker.base()), {"platform"}));
        maker.add("gzip-signed", "a compressed image, that signed by platform",
                  maker.signer().sign(compressed, {"platform"}));
        return;
    }

    const auto machine = std::get<image::PeImage>(image::parse_pe(image::ByteView(good))).machine;
    const std::string zboot = zboot_wrapped(compressed, machine);
    maker.add("zboot", "a compressed image in an EFI program, that signed by platform",
              maker.signer().sign(zboot, {"platform"}));
    maker.add("zboot-unknown", "the same, signed by unknown",
              maker.signer().sign(zboot, {"unknown"}));
}

std::string revoked_content(const CatalogueMaker& maker) {
    constexpr std::size_t before = 8;

    return flipped(maker.base(), maker.base().size() / 2 - before);
}

void add_joint_images(CatalogueMaker& maker) {
    const Signer& signer = maker.signer();

    maker.add("together", "one message, by platform and unknown",
              signer.sign_together(maker.base(), {"platform", "unknown"}));
    maker.add("together-known", "one message, by platform and secondary",
              signer.sign_together(maker.base(), {"platform", "secondary"}));
    maker.add("together-unknown", "one message, by unknown and impostor",
              signer.sign_together(maker.base(), {"unknown", "impostor"}));
}

}  // namespace kxk::lab
