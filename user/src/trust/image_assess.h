// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What follows from what was found in an image, whoever is trusted. Pure functions. */
#pragma once

#include <string>
#include <string_view>

#include "trust/assess.h"
#include "trust/image_facts.h"

namespace kxk::trust {

/** The word for a format, such as "arm64 Image". */
[[nodiscard]] std::string_view word_of(ImageFormat format);

/** The signature that the kernel verifies, or the first where it verifies none; nullptr: none. */
[[nodiscard]] const ImageSignature* signature_of(const ImageFacts& image);

/**
 * Whether a signature is about this file and was made by whom it names. It cannot be told where
 * the signer's certificate is not in the message.
 */
[[nodiscard]] Answer is_intact(const ImageSignature& signature);

/** Whether the signature that the kernel looks at is intact; no, where there is none. */
[[nodiscard]] Answer is_intact(const ImageFacts& image);

/** What a kernel's loaders of kexec_file_load(2) do with a file before they verify it. */
struct LoaderAnswer {
    Answer takes = Answer::cannot_tell;
    int error = 0;     ///< errno of the system call, where the answer is no
    std::string text;  ///< why, and what to do: a sentence without its full stop
};

/**
 * What the loaders of an architecture do, by their sources in Linux 5.0 to 6.12: on x86_64 and
 * arm64 they know one format each; on s390x ELF, and anything else that is large enough.
 * @param arch "x86_64", "arm64", "s390x"; of others nothing is known
 */
[[nodiscard]] LoaderAnswer loader_answer(const ImageFacts& image, std::string_view arch);

}  // namespace kxk::trust
