// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/matrix_rows.h"

namespace kxk::lab {

const std::vector<KnownDifference>& known_differences() {
    static const std::vector<KnownDifference> all{
        {{"two-known-first", "two-unknown-first", "two-known"},
         {},
         "4fc5c74dde69",
         "the length of the first signature need not be that of the whole certificate table, so "
         "that the first one of several counts; before, an image with several was malformed"},
        {{"ecdsa", "ecdsa-tampered"},
         {},
         "299f561a6693",
         "certificates with ECDSA keys came with 5.13; before, there is no crypto for them"},
        {{"gzip", "gzip-signed"},
         {"s390x"},
         "5ecb2da660ab",
         "an image says how long a command line it takes, and what is no kernel says nonsense; "
         "before, s390x loads whatever it is given"},
        {{"machine"},
         {"arm64", "x86_64"},
         "92ad19559ea9",
         "the keys that shim passes on for the machine's owner count only where the kernel can "
         "tell that Secure Boot is on, which takes CONFIG_IMA_ARCH_POLICY; before, they always "
         "come to .platform"},
    };

    return all;
}

}  // namespace kxk::lab
