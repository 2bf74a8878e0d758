// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A kernel's verdict on an image, in words. */
#pragma once

#include <string>

#include "host/system.h"
#include "trust/machine_json.h"

namespace kxk::cmd {

/** What an errno of the kernel's verifier says about an image, and what to do about it. */
struct Meaning {
    int error;
    const char* meaning;
    const char* remedy;
};

/** Of any errno but 0. */
[[nodiscard]] Meaning meaning_of(int error);

/** The keyring in a word, such as "secondary". */
[[nodiscard]] std::string name_of(const host::Consultation& consultation);

/** The keyring that vouches for an accepted image; empty if none does or it is not known. */
[[nodiscard]] std::string accepted_by(const host::ImageVerdict& verdict);

/** "accepted", or the name of the errno. */
[[nodiscard]] std::string word_for(int error);

/** The verdict and its reason. */
[[nodiscard]] std::string headline(const host::ImageVerdict& verdict);

/** errno, and errno_name, which is null for 0. */
[[nodiscard]] trust::Json errno_json(int error);

}  // namespace kxk::cmd
