// SPDX-License-Identifier: LGPL-2.1-or-later
#include "made_key.h"

#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <string>

namespace kxk::test {

void require(bool success, const char* what) {
    if (!success)
        throw std::runtime_error(std::string("OpenSSL made no ") + what);
}

image::KeyPointer make_key(KeyKind kind) {
    int type = EVP_PKEY_RSA;
    if (kind == KeyKind::ec)
        type = EVP_PKEY_EC;
    else if (kind == KeyKind::ed25519)
        type = EVP_PKEY_ED25519;
    const image::KeyContext context(EVP_PKEY_CTX_new_id(type, nullptr));
    EVP_PKEY* key = nullptr;
    require(context && EVP_PKEY_keygen_init(context.get()) == 1, "context for keys");
    if (kind == KeyKind::rsa)
        require(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1, "key of this size");
    if (kind == KeyKind::ec)
        require(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1,
                "key on this curve");
    require(EVP_PKEY_keygen(context.get(), &key) == 1, "key");
    return image::KeyPointer(key);
}

}  // namespace kxk::test
