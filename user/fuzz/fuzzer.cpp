// SPDX-License-Identifier: LGPL-2.1-or-later
/* Built once for each target: KXK_TARGET is its name. */
#include <cstddef>
#include <cstdint>

#include "target.h"

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,  // NOLINT
                                      std::size_t size) {
    kxk::fuzz::KXK_TARGET(kxk::image::ByteView(data, size));
    return 0;
}
