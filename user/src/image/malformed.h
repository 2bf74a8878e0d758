// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What is wrong with a file. */
#pragma once

#include <string>

namespace kxk::image {

/** The first thing in a file that is not as it must be. */
struct Malformed {
    int error = 0;     ///< errno of the kernel's verifier; 0: it does not mind, or gets not so far
    std::string text;  ///< in words, half a sentence
};

}  // namespace kxk::image
