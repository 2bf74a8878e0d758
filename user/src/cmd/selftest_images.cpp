// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/selftest_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "image/appended_sign.h"
#include "image/format.h"
#include "image/image.h"
#include "image/pe.h"
#include "image/pe_sign.h"
#include "image/spoil.h"

namespace kxk::cmd {
namespace {

using trust::Keyring;

constexpr std::array keyrings_with_a_say{Keyring::builtin, Keyring::secondary, Keyring::machine,
                                         Keyring::platform};

MadeImage missing(std::string reason) {
    return {std::move(reason), {}, {}};
}

MadeImage made(std::string bytes, const ImageSources& sources) {
    MadeImage image;
    image.bytes = std::move(bytes);
    image.facts = image::read_image(image::ByteView(image.bytes), sources.certificates);
    image.facts.ima_label = false;
    return image;
}

MadeImage without_signature(const ImageSources& sources) {
    auto bytes = image::without_signature(sources.image);
    if (!bytes)
        return missing(
            "the image is malformed, and its signature cannot be taken off; name a sound one with "
            "--image");
    return made(std::move(*bytes), sources);
}

MadeImage signed_by(const image::SigningKey& key, const ImageSources& sources) {
    const auto bare = image::without_signature(sources.image);
    if (!bare)
        return without_signature(sources);
    const bool pe = image::looks_like_pe(image::ByteView(*bare));
    if (!pe && !image::recognise_s390(image::ByteView(*bare), nullptr))
        return missing(
            "the image has no place for a signature that the kernel would look at; name one with "
            "--image that has: a bzImage or an Image with EFI stub, or an s390x kernel");
    // Without a signing time, which would have to be within the certificate's validity.
    auto result = pe ? image::sign_pe(*bare, key, {}) : image::sign_appended(*bare, key, {});
    if (const auto* error = std::get_if<image::SigningError>(&result))
        return missing(fmt::format("{}; {}", error->cause, error->remedy));
    return made(std::get<image::SignedFile>(std::move(result)).bytes, sources);
}

/* A key that somebody has given, and where it is. */
struct GivenKey {
    const image::SigningKey* key = nullptr;
    std::vector<Keyring> keyrings;
    bool accepted = false;  // what it signs must be accepted by the kernel's verifier
    bool chosen = false;    // a keyring's test has it
};

bool is_accepted(const trust::ImageFacts& facts, const ImageSources& sources) {
    const auto expected = expect_image(facts, sources.machine, sources.known, sources.policy);
    return expected.verification && expected.verification->outcomes == trust::Outcomes{0};
}

GivenKey look_at(const image::SigningKey& key, const ImageSources& sources) {
    GivenKey given;
    given.key = &key;
    const auto image = signed_by(key, sources);
    if (!image.missing.empty())
        return given;
    for (const auto& voucher : trust::vouchers(image.facts, sources.machine, sources.known)) {
        if (voucher.held == trust::Answer::yes &&
            std::find(given.keyrings.begin(), given.keyrings.end(), voucher.keyring) ==
                given.keyrings.end())
            given.keyrings.push_back(voucher.keyring);
    }
    given.accepted = is_accepted(image.facts, sources);
    return given;
}

bool is_on(const GivenKey& given, Keyring keyring) {
    return std::find(given.keyrings.begin(), given.keyrings.end(), keyring) != given.keyrings.end();
}

/* A key that no other keyring has tells most about this one. */
GivenKey* choose(std::vector<GivenKey>& keys, Keyring keyring) {
    GivenKey* chosen = nullptr;
    for (auto& given : keys) {
        if (is_on(given, keyring) &&
            (chosen == nullptr || given.keyrings.size() < chosen->keyrings.size()))
            chosen = &given;
    }
    return chosen;
}

/* Why a keyring has no test. */
std::string why_no_key(Keyring keyring, const ImageSources& sources) {
    const auto& states = sources.machine.keyrings;
    const auto name = trust::kernel_name_of(keyring);
    const auto state = std::find_if(states.begin(), states.end(),
                                    [keyring](const auto& one) { return one.keyring == keyring; });
    if (state != states.end() && state->present && !*state->present)
        return fmt::format("this kernel has no keyring {}", name);
    if (state == states.end() || !state->present || (!state->contents && state->entries != 0))
        return fmt::format(
            "it cannot be seen what {} contains; run this as root with /proc mounted", name);
    if (state->keys == 0)
        return fmt::format("{} has no keys of its own", name);
    return fmt::format("no private key of {} was given; name one with --key and --cert", name);
}

ImageCase case_of(std::string name, ImageTest test, std::function<MadeImage()> make) {
    return {std::move(name), test, false, std::move(make)};
}

/* The image with a signature that the kernel trusts as long as nobody touches the image. */
std::function<MadeImage()> trusted_image(const std::vector<GivenKey>& keys,
                                         const ImageSources& sources) {
    for (const auto& given : keys) {
        if (given.accepted)
            return [&sources, key = given.key] { return signed_by(*key, sources); };
    }
    const auto facts = image::read_image(image::ByteView(sources.image), sources.certificates);
    if (is_accepted(facts, sources))
        return [&sources] { return made(std::string(sources.image), sources); };
    return {};
}

/* The same spoilt. What signature it had, if not a trusted one, does not matter then. */
MadeImage spoilt(const std::function<MadeImage()>& make, bool by_cutting,
                 const ImageSources& sources) {
    auto image = make();
    if (!image.missing.empty())
        return image;
    if (by_cutting)
        return made(image::cut(image.bytes), sources);
    auto bytes = image::tampered(image.bytes);
    if (!bytes)
        return missing("the image has no content that could be tampered with");
    return made(std::move(*bytes), sources);
}

}  // namespace

std::vector<ImageCase> image_cases(const ImageSources& sources) {
    std::vector<GivenKey> keys;
    std::vector<ImageCase> cases;
    for (const auto& key : sources.keys)
        keys.push_back(look_at(key, sources));
    const auto by_stranger = [&sources] { return signed_by(sources.stranger, sources); };
    const auto trusted = trusted_image(keys, sources);

    cases.push_back({"the image as it is", ImageTest::whole, true, {}});
    cases.push_back(case_of("the image without a signature", ImageTest::signature,
                            [&sources] { return without_signature(sources); }));
    cases.push_back(case_of("an image by a trusted key, tampered with", ImageTest::signature,
                            [&sources, trusted] {
                                return trusted ? spoilt(trusted, false, sources)
                                               : missing(
                                                     "there is no signature here that the "
                                                     "kernel trusts; name a key that it "
                                                     "trusts with --key and --cert");
                            }));
    cases.push_back(
        case_of("an image that was cut", ImageTest::signature, [&sources, trusted, by_stranger] {
            return spoilt(trusted ? trusted : by_stranger, true, sources);
        }));
    cases.push_back(
        case_of("an image by a key that no keyring has", ImageTest::signature, by_stranger));
    for (const auto keyring : keyrings_with_a_say) {
        auto* given = choose(keys, keyring);
        if (given != nullptr)
            given->chosen = true;
        cases.push_back(case_of(
            fmt::format("an image by a key on {}", trust::kernel_name_of(keyring)),
            ImageTest::keyring, [&sources, keyring, key = given == nullptr ? nullptr : given->key] {
                return key == nullptr ? missing(why_no_key(keyring, sources))
                                      : signed_by(*key, sources);
            }));
    }
    std::size_t number = 0;
    for (const auto& given : keys) {
        ++number;
        if (!given.chosen)
            cases.push_back(
                case_of(fmt::format("an image by the key that was given as number {}", number),
                        given.keyrings.empty() ? ImageTest::signature : ImageTest::keyring,
                        [&sources, key = given.key] { return signed_by(*key, sources); }));
    }
    return cases;
}

}  // namespace kxk::cmd
