// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fuzz_seeds.h"

#include "made_certificate.h"
#include "made_image.h"
#include "signature_list_writer.h"

namespace kxk::test {

std::vector<std::pair<std::string, std::string>> fuzz_seeds() {
    const auto signer = make_identity("Signer", rsa_key(0));
    return {
        {"empty", ""},
        {"arm64", signed_image(made_arm64_image, signer)},
        {"zboot", signed_image(made_zboot, signer)},
        {"unified", made_unified_kernel()},
        {"bzimage", made_bzimage()},
        {"appended", append_signature("content", signed_s390_image(signer).substr(0x12000, 1500))},
        {"elf", made_elf(22, 2)},
        {"lists", signature_list(x509_type, {make_der({})}) +
                      signature_list(sha256_type, {std::string(32, 'h'), std::string(32, 'i')}) +
                      signature_list(x509_sha256_type, {std::string(48, 'j')})},
        {"gzip", std::string("\x1f\x8b\x08\x08\0\0\0\0\0\x03Image", 15)},
    };
}

}  // namespace kxk::test
