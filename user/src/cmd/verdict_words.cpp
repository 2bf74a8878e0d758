// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/verdict_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "cmd/explanation.h"

namespace kxk::cmd {
namespace {

constexpr const char* sign_again =
    "sign it again, after the last change to it, with a key that is valid and not revoked";
constexpr const char* malformed = "its header or its signature is malformed";
constexpr const char* get_it_again = "install or build the image again, and sign it after that";

constexpr std::array<Meaning, 8> meanings{{
    {ENOKEY, "no keyring that the kernel consults has a key of its signer",
     "sign it with a key on one of these keyrings, or enrol its signer's key there; "
     "`kexec-keyrings status` shows the keyrings"},
    {ENODATA, "it is not signed", "sign it with a key on a keyring that the kernel consults"},
    {EKEYREJECTED,
     "its signature does not fit its content, is missing where it should be appended (s390x), was "
     "made by a revoked key, or while the key's certificate was not valid",
     sign_again},
    {EKEYREVOKED, "its signer's key was revoked", sign_again},
    {EKEYEXPIRED, "its signer's key has expired", sign_again},
    {ENOPKG, "its signature uses an algorithm that this kernel does not have",
     "sign it with RSA and SHA-256, or load the kernel's module for the algorithm"},
    {ELIBBAD, malformed, get_it_again},
    {EBADMSG, malformed, get_it_again},
}};

}  // namespace

Meaning meaning_of(int error) {
    const auto* found =
        std::find_if(meanings.begin(), meanings.end(),
                     [error](const Meaning& meaning) { return meaning.error == error; });
    if (found != meanings.end())
        return *found;
    return {error, "the kernel could not make sense of it", get_it_again};
}

std::string name_of(const host::Consultation& consultation) {
    return consultation.keyring ? std::string(trust::word_of(*consultation.keyring))
                                : "another keyring";
}

std::string accepted_by(const host::ImageVerdict& verdict) {
    if (verdict.error != 0 || !verdict.consulted || verdict.consulted->empty() ||
        verdict.consulted->back().error != 0)
        return {};
    return name_of(verdict.consulted->back());
}

std::string word_for(int error) {
    return error == 0 ? "accepted" : errno_name(error);
}

std::string headline(const host::ImageVerdict& verdict) {
    if (verdict.error != 0)
        return fmt::format("refused ({}): {}", errno_name(verdict.error),
                           meaning_of(verdict.error).meaning);
    if (const auto keyring = accepted_by(verdict); !keyring.empty())
        return fmt::format("accepted: {} vouches for it", keyring);
    if (verdict.consulted)
        return "accepted unverified: this kernel consults no keyring";
    return "accepted";
}

trust::Json errno_json(int error) {
    trust::Json json = {{"errno", error}, {"errno_name", nullptr}};
    if (error != 0)
        json["errno_name"] = errno_name(error);
    return json;
}

}  // namespace kxk::cmd
