// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/appended_sign.h"

#include <openssl/cms.h>

#include "image/appended.h"

namespace kxk::image {
namespace {

/* struct module_signature: of its fields, PKCS#7 uses the type and the size. */
std::string trailer_for(std::size_t message_size) {
    std::string trailer(8, '\0');
    trailer[2] = id_type_pkcs7;
    for (int shift = 24; shift >= 0; shift -= 8)
        trailer += static_cast<char>(message_size >> static_cast<unsigned>(shift));
    return trailer;
}

}  // namespace

SignResult sign_appended(std::string_view file, const SigningKey& key,
                         const SigningChoice& choice) {
    const auto content = reader_of(file);
    if (!content)
        return SigningError{"too-large", "the file is larger than 2 GiB", "sign a smaller file"};

    constexpr unsigned flags =
        CMS_BINARY | CMS_DETACHED | CMS_NOCERTS | CMS_NOATTR | CMS_NOSMIMECAP | CMS_PARTIAL;
    const auto message = new_cms(key.library(), flags);
    if (!message || CMS_add1_signer(message.get(), key.certificate.get(), key.key.get(),
                                    signing_digest(choice.digest), flags) == nullptr)
        return signing_failed();
    const auto embed = [&message](X509* certificate) {
        return CMS_add1_cert(message.get(), certificate) == 1;
    };
    if (!key.additional.empty() && !for_each_certificate(key, embed))
        return signing_failed();
    if (CMS_final(message.get(), content.get(), nullptr, CMS_BINARY | CMS_DETACHED) != 1)
        return signing_failed();

    const auto der = der_of(message.get(), i2d_CMS_ContentInfo);
    if (der.empty())
        return signing_failed();
    SignedFile result;
    result.bytes.reserve(file.size() + der.size() + 64);
    result.bytes.append(file).append(der).append(trailer_for(der.size())).append(appended_marker);
    result.signatures = 1;
    return result;
}

}  // namespace kxk::image
