// SPDX-License-Identifier: LGPL-2.1-or-later
// Engines are what OpenSSL 1.1.1 has, and deprecated in 3: where the provider is missing, they do.
#define OPENSSL_SUPPRESS_DEPRECATED  // NOLINT(readability-identifier-naming)
#include "image/pkcs11.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>
#include <openssl/ui.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
#include <openssl/conf.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#endif
#ifndef OPENSSL_NO_ENGINE
#include <openssl/engine.h>
#endif

namespace kxk::image {

/* How OpenSSL gets at the PIN. */
class Pkcs11::Login {
  public:
    explicit Login(PassphraseReader passphrase)
        : passphrase_(std::move(passphrase)),
          method_(UI_UTIL_wrap_read_pem_callback(give_pin, 0), UI_destroy_method) {}

    /* A wrong PIN is not tried twice: tokens lock themselves after a few. */
    void begin(const std::string& uri) {
        what_ = "the token of " + uri;
        asked_ = false;
        missing_ = false;
    }

    [[nodiscard]] UI_METHOD* method() const { return method_.get(); }
    [[nodiscard]] bool pin_is_missing() const { return missing_; }

  private:
    static int give_pin(char* buffer, int size, int /*for_writing*/, void* data) {
        auto& login = *static_cast<Login*>(data);
        if (std::exchange(login.asked_, true))
            return -1;
        const auto pin = login.passphrase_(login.what_);
        login.missing_ = !pin.has_value();
        if (!pin || pin->text().size() > static_cast<std::size_t>(size))
            return -1;
        std::copy(pin->text().begin(), pin->text().end(), buffer);
        return static_cast<int>(pin->text().size());
    }

    PassphraseReader passphrase_;
    std::unique_ptr<UI_METHOD, decltype(&UI_destroy_method)> method_;
    std::string what_;
    bool asked_ = false;
    bool missing_ = false;
};

#if OPENSSL_VERSION_NUMBER >= 0x30000000L

namespace {

struct ProviderDeleter {
    void operator()(OSSL_LIB_CTX* library) const { OSSL_LIB_CTX_free(library); }
    void operator()(OSSL_PROVIDER* provider) const { OSSL_PROVIDER_unload(provider); }
    void operator()(OSSL_STORE_CTX* store) const { OSSL_STORE_close(store); }
    void operator()(OSSL_STORE_INFO* info) const { OSSL_STORE_INFO_free(info); }
};

void take(OSSL_STORE_INFO* info, KeyPointer& key) {
    key.reset(OSSL_STORE_INFO_get1_PKEY(info));
}

void take(OSSL_STORE_INFO* info, X509Pointer& certificate) {
    certificate.reset(OSSL_STORE_INFO_get1_CERT(info));
}

}  // namespace

/* The provider in a context of its own. */
class Pkcs11::Provider {
  public:
    Provider() : library_(OSSL_LIB_CTX_new()) {
        if (!library_)
            return;
        // It may say which module to use.
        if (char* configuration = CONF_get1_default_config_file()) {
            static_cast<void>(OSSL_LIB_CTX_load_config(library_.get(), configuration));
            OPENSSL_free(configuration);
        }
        for (const char* name : {"default", "pkcs11"})
            loaded_.emplace_back(OSSL_PROVIDER_load(library_.get(), name));
    }

    [[nodiscard]] bool is_there() const { return !loaded_.empty() && loaded_.back(); }
    [[nodiscard]] LibraryContext* library() const { return is_there() ? library_.get() : nullptr; }

    template <typename Pointer>
    [[nodiscard]] Pointer load(const std::string& uri, UI_METHOD* method, void* login) const {
        constexpr int type =
            std::is_same_v<Pointer, KeyPointer> ? OSSL_STORE_INFO_PKEY : OSSL_STORE_INFO_CERT;
        const std::unique_ptr<OSSL_STORE_CTX, ProviderDeleter> store(OSSL_STORE_open_ex(
            uri.c_str(), library_.get(), nullptr, method, login, nullptr, nullptr, nullptr));
        Pointer object;
        if (!store || OSSL_STORE_expect(store.get(), type) != 1)
            return object;
        while (!object && OSSL_STORE_eof(store.get()) == 0) {
            const std::unique_ptr<OSSL_STORE_INFO, ProviderDeleter> info(
                OSSL_STORE_load(store.get()));
            if (info && OSSL_STORE_INFO_get_type(info.get()) == type)
                take(info.get(), object);
        }
        return object;
    }

  private:
    std::unique_ptr<OSSL_LIB_CTX, ProviderDeleter> library_;
    std::vector<std::unique_ptr<OSSL_PROVIDER, ProviderDeleter>> loaded_;
};

#else

/* There are none before OpenSSL 3. */
class Pkcs11::Provider {
  public:
    [[nodiscard]] bool is_there() const { return false; }
    [[nodiscard]] LibraryContext* library() const { return nullptr; }

    template <typename Pointer>
    [[nodiscard]] Pointer load(const std::string& /*uri*/, UI_METHOD* /*method*/,
                               void* /*login*/) const {
        return nullptr;
    }
};

#endif

namespace {

#ifndef OPENSSL_NO_ENGINE

/* The engine, initialised; never finished, as keys of it live as long as the program. */
ENGINE* find_engine() {
    static ENGINE* const engine = [] {
        ENGINE_load_builtin_engines();
        ENGINE* found = ENGINE_by_id("pkcs11");
        if (found != nullptr && ENGINE_init(found) != 1) {
            ENGINE_free(found);
            found = nullptr;
        }
        return found;
    }();
    return engine;
}

bool has_engine() {
    return find_engine() != nullptr;
}

void load_by_engine(const std::string& uri, UI_METHOD* method, void* login, KeyPointer& key) {
    key.reset(ENGINE_load_private_key(find_engine(), uri.c_str(), method, login));
}

void load_by_engine(const std::string& uri, UI_METHOD* method, void* login,
                    X509Pointer& certificate) {
    // What the engine's command LOAD_CERT_CTRL takes and gives.
    struct {
        const char* uri;
        X509* certificate;
    } parameters{uri.c_str(), nullptr};
    if (ENGINE_ctrl_cmd(find_engine(), "LOAD_CERT_CTRL", 0, &parameters, nullptr, 1) == 1)
        certificate.reset(parameters.certificate);
    static_cast<void>(method);
    static_cast<void>(login);
}

#else

bool has_engine() {
    return false;
}

template <typename Pointer>
void load_by_engine(const std::string& /*uri*/, UI_METHOD* /*method*/, void* /*login*/,
                    Pointer& /*object*/) {}

#endif

}  // namespace

bool is_pkcs11_uri(const std::string& name) {
    return name.rfind("pkcs11:", 0) == 0;
}

std::string without_type(const std::string& uri) {
    const auto start = uri.find("type=");
    // It is an attribute of its own: at the beginning, or after another one.
    if (start == std::string::npos || (uri[start - 1] != ':' && uri[start - 1] != ';'))
        return uri;
    const auto end = std::min(uri.find_first_of(";?", start), uri.size());
    auto rest = uri.substr(end);
    auto before = uri.substr(0, start);
    if (!rest.empty() && rest.front() == ';')
        rest.erase(0, 1);
    else if (before.back() == ';')
        before.pop_back();
    return before + rest;
}

Pkcs11::Pkcs11(PassphraseReader passphrase)
    : login_(std::make_unique<Login>(std::move(passphrase))) {}

Pkcs11::~Pkcs11() = default;

LibraryContext* Pkcs11::library() const {
    return provider_ ? provider_->library() : nullptr;
}

template <typename Pointer>
std::variant<Pointer, SigningError> Pkcs11::load(const std::string& uri) {
    if (uri.find("pin-value=") != std::string::npos)
        return SigningError{"pin-in-uri",
                            "the URI has the PIN in it, where everybody on this machine sees it",
                            "leave pin-value out, and give --passphrase-file, --passphrase-fd or "
                            "--passphrase-env, or run it at a terminal"};

    Pointer object;
    login_->begin(uri);
    if (!provider_)
        provider_ = std::make_unique<Provider>();
    if (provider_->is_there())
        object = provider_->load<Pointer>(uri, login_->method(), login_.get());
    else if (has_engine())
        load_by_engine(uri, login_->method(), login_.get(), object);
    else
        return SigningError{
            "pkcs11",
            fmt::format("OpenSSL has no provider or engine for PKCS#11 here: {}",
                        take_openssl_errors()),
            "install the package pkcs11-provider or libengine-pkcs11-openssl, and a PKCS#11 module "
            "for the token"};

    if (object) {
        ERR_clear_error();
        login_->begin(uri);
        return object;
    }
    const auto errors = take_openssl_errors();
    if (login_->pin_is_missing())
        return SigningError{"no-passphrase",
                            fmt::format("the token of {} needs a PIN, and none was given", uri),
                            "give --passphrase-file, --passphrase-fd or --passphrase-env, or run "
                            "it at a terminal"};
    return SigningError{
        "pkcs11",
        fmt::format("no {} came from {}: {}",
                    std::is_same_v<Pointer, KeyPointer> ? "private key" : "certificate", uri,
                    errors),
        "see what the token has with `pkcs11-tool --list-objects --login`; if it is there, check "
        "the PIN"};
}

std::variant<KeyPointer, SigningError> Pkcs11::load_key(const std::string& uri) {
    return load<KeyPointer>(uri);
}

std::variant<X509Pointer, SigningError> Pkcs11::load_certificate(const std::string& uri) {
    return load<X509Pointer>(uri);
}

}  // namespace kxk::image
