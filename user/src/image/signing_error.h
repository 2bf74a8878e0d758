// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Why something cannot be signed. */
#pragma once

#include <string>

namespace kxk::image {

/** A cause and a remedy, each one sentence without its full stop. */
struct SigningError {
    std::string code;  ///< stable, for programs
    std::string cause;
    std::string remedy;
};

}  // namespace kxk::image
