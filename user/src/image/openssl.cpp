// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/openssl.h"

#include <openssl/err.h>

#include <limits>

namespace kxk::image {

#if OPENSSL_VERSION_NUMBER >= 0x30000000L

Pkcs7Pointer new_pkcs7(LibraryContext* library) {
    return Pkcs7Pointer(PKCS7_new_ex(library, nullptr));
}

CmsPointer new_cms(LibraryContext* library, unsigned flags) {
    return CmsPointer(
        CMS_sign_ex(nullptr, nullptr, nullptr, nullptr, flags | CMS_PARTIAL, library, nullptr));
}

#else

Pkcs7Pointer new_pkcs7(LibraryContext* /*library*/) {
    return Pkcs7Pointer(PKCS7_new());
}

CmsPointer new_cms(LibraryContext* /*library*/, unsigned flags) {
    return CmsPointer(CMS_sign(nullptr, nullptr, nullptr, nullptr, flags | CMS_PARTIAL));
}

#endif

MemoryBio reader_of(std::string_view bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        return nullptr;
    return MemoryBio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

void prepare_openssl_to_judge() {
    // Where this fails, all is as it is without it.
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
}

std::string take_openssl_errors() {
    // The last one is nearest to what was asked for; those before it are its reasons.
    std::string text;
    while (const auto error = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(error);
        if (reason != nullptr)
            text.insert(0, text.empty() ? "" : ": ").insert(0, reason);
    }
    return text.empty() ? "OpenSSL does not say why" : text;
}

}  // namespace kxk::image
