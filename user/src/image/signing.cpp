// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/signing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace kxk::image {
namespace {

constexpr std::array<std::pair<std::string_view, const EVP_MD* (*)()>, 4> digests{{
    {"sha1", EVP_sha1},
    {"sha256", EVP_sha256},
    {"sha384", EVP_sha384},
    {"sha512", EVP_sha512},
}};

}  // namespace

const EVP_MD* signing_digest(const std::string& name) {
    const auto* found = std::find_if(digests.begin(), digests.end(),
                                     [&name](const auto& known) { return known.first == name; });
    return found == digests.end() ? nullptr : found->second();
}

SigningError signing_failed() {
    return {"signing-failed", fmt::format("OpenSSL made no signature: {}", take_openssl_errors()),
            "check that the key may sign (usage, PIN, state of the token), or choose another "
            "--digest"};
}

bool for_each_certificate(const SigningKey& key,
                          const std::function<bool(X509* certificate)>& add) {
    std::vector<X509*> certificates{key.certificate.get()};
    for (const auto& additional : key.additional) {
        const auto same = [&additional](const X509* other) {
            return X509_cmp(additional.get(), other) == 0;
        };
        if (std::none_of(certificates.begin(), certificates.end(), same))
            certificates.push_back(additional.get());
    }
    return std::all_of(certificates.begin(), certificates.end(), add);
}

}  // namespace kxk::image
