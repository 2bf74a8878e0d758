// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/catalogue_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text_file.h"
#include "image/digest.h"

namespace kxk::lab {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CatalogueImage, name, group, text, file, directory)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KeyringEntry, certificate, keyring)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Catalogue, images, keys, revoked_certificates, revoked_digests,
                                   blacklist)

namespace {

/** Of all that a catalogue depends on. */
std::string key_of(const std::filesystem::path& keys, const std::filesystem::path& image) {
    std::vector<std::filesystem::path> files{image, "/proc/self/exe"};
    std::string digests;

    for (const auto& entry : std::filesystem::directory_iterator(keys)) {
        // Not the certificates for full keyrings, which have a directory of their own.
        if (entry.is_regular_file()) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        const std::string bytes = read_file(file);

        digests += image::digest_of(image::ByteView(bytes), "sha256");
    }
    return image::digest_of(image::ByteView(digests), "sha256");
}

}  // namespace

Catalogue keep_catalogue(const std::filesystem::path& file, const std::filesystem::path& keys,
                         const std::filesystem::path& image,
                         const std::function<Catalogue()>& make) {
    const std::string key = key_of(keys, image);
    const std::filesystem::path partial = file.string() + ".partial";

    if (std::filesystem::exists(file)) {
        try {
            const auto kept = nlohmann::json::parse(read_file(file));

            if (kept.at("key") == key) {
                return kept.at("catalogue").get<Catalogue>();
            }
        } catch (const nlohmann::json::exception&) {
            // Of an interrupted run, or an older program: made anew.
        }
    }
    Catalogue catalogue = make();
    write_file(partial, nlohmann::json{{"key", key}, {"catalogue", catalogue}}.dump());
    std::filesystem::rename(partial, file);
    return catalogue;
}

}  // namespace kxk::lab
