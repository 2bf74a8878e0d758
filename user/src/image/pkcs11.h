// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Keys and certificates on PKCS#11 tokens. */
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "image/openssl.h"
#include "image/signing_error.h"

namespace kxk::image {

/**
 * Gives the passphrase of a key or the PIN of a token; called only when one is needed.
 * @param what  that it is for, such as "the key file signing.key"
 * @return nothing when there is none
 */
using PassphraseReader = std::function<std::optional<Secret>(const std::string& what)>;

/** Whether a name is a PKCS#11 URI (RFC 7512) and not a path. */
[[nodiscard]] bool is_pkcs11_uri(const std::string& name);

/** The same object, or those beside it of the same name, of whatever type. */
[[nodiscard]] std::string without_type(const std::string& uri);

/**
 * What OpenSSL has for tokens: the provider "pkcs11" (OpenSSL 3), else the engine "pkcs11". Which
 * PKCS#11 module they talk to is their own configuration (p11-kit, PKCS11_PROVIDER_MODULE,
 * PKCS11_MODULE_PATH). A key that was loaded needs this object for as long as it is used: some
 * tokens ask for the PIN again at each signature.
 *
 * Errors, by code: "pkcs11" (neither is installed, or the token has no such object), "pin-in-uri"
 * (everybody on the machine would see it), "no-passphrase".
 */
class Pkcs11 {
  public:
    explicit Pkcs11(PassphraseReader passphrase);
    ~Pkcs11();
    Pkcs11(const Pkcs11&) = delete;
    Pkcs11& operator=(const Pkcs11&) = delete;

    [[nodiscard]] std::variant<KeyPointer, SigningError> load_key(const std::string& uri);
    [[nodiscard]] std::variant<X509Pointer, SigningError> load_certificate(const std::string& uri);

    /**
     * The context that the provider is loaded into; nullptr when there is none. It is one of its
     * own: PKCS#11 modules use OpenSSL themselves, and one that finds the provider in the default
     * context comes back to where it was called from, and waits for itself.
     */
    [[nodiscard]] LibraryContext* library() const;

  private:
    class Login;
    class Provider;
    template <typename Pointer>
    std::variant<Pointer, SigningError> load(const std::string& uri);

    std::unique_ptr<Login> login_;
    std::unique_ptr<Provider> provider_;
};

}  // namespace kxk::image
