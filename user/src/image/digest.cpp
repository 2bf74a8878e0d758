// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace kxk::image {
namespace {

/*
 * Pages of a mapped file are far apart in memory, and no processor guesses where the next one is.
 * So the next portion is asked for while this one is digested; that costs less than a copy would.
 */
constexpr std::uint64_t portion = 1024;
constexpr std::size_t cache_line = 64;

/*
 * What a digest is fed beside blocks of its algorithm (64 or 128 bytes) it has to keep and to put
 * together with what comes next, each time.
 */
constexpr std::uint64_t block = 128;

void fetch_ahead([[maybe_unused]] ByteView bytes) {
#ifdef __GNUC__
    for (std::size_t i = 0; i < bytes.size(); i += cache_line)
        __builtin_prefetch(bytes.data() + i);
#endif
}

constexpr std::array<std::pair<std::string_view, const EVP_MD* (*)()>, 5> algorithms_known{{
    {"sha1", EVP_sha1},
    {"sha224", EVP_sha224},
    {"sha256", EVP_sha256},
    {"sha384", EVP_sha384},
    {"sha512", EVP_sha512},
}};

const EVP_MD* find_algorithm(std::string_view name) {
    const auto* found = std::find_if(algorithms_known.begin(), algorithms_known.end(),
                                     [name](const auto& known) { return known.first == name; });
    return found == algorithms_known.end() ? nullptr : found->second();
}

struct ContextDeleter {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/* One algorithm at work. */
class Hash {
  public:
    explicit Hash(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new()) {
        good_ = context_ && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1;
    }

    void update(ByteView bytes) {
        good_ = good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
    }

    /* Nothing where OpenSSL is configured to refuse the algorithm. */
    std::string finish() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        if (!good_ || EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1)
            return {};
        return to_hex({digest.data(), size});
    }

  private:
    std::unique_ptr<EVP_MD_CTX, ContextDeleter> context_;
    bool good_ = false;
};

}  // namespace

bool is_digest_algorithm(std::string_view algorithm) {
    return find_algorithm(algorithm) != nullptr;
}

std::map<std::string, std::string> digest_ranges(ByteView file, const std::vector<Range>& ranges,
                                                 const std::set<std::string>& algorithms) {
    std::vector<std::pair<std::string, Hash>> hashes;
    for (const auto& name : algorithms) {
        if (const auto* algorithm = find_algorithm(name))
            hashes.emplace_back(name, Hash(algorithm));
    }

    std::uint64_t digested = 0;
    for (const auto& range : ranges) {
        auto rest = file.slice(range);
        if (!rest)
            return {};
        while (!rest->empty()) {
            // After an odd range, a shorter portion puts all that follow at block boundaries again.
            const auto wanted = portion - digested % block;
            const auto chunk = *rest->slice(0, std::min<std::uint64_t>(wanted, rest->size()));
            rest = rest->from(chunk.size());
            fetch_ahead(*rest->slice(0, std::min<std::uint64_t>(portion, rest->size())));
            for (auto& [name, hash] : hashes)
                hash.update(chunk);
            digested += chunk.size();
        }
    }

    std::map<std::string, std::string> digests;
    for (auto& [name, hash] : hashes) {
        if (auto digest = hash.finish(); !digest.empty())
            digests.emplace(name, std::move(digest));
    }
    return digests;
}

std::string digest_of(ByteView bytes, const std::string& algorithm) {
    const auto digests = digest_ranges(bytes, {{0, bytes.size()}}, {algorithm});
    const auto found = digests.find(algorithm);
    return found == digests.end() ? std::string() : found->second;
}

}  // namespace kxk::image
