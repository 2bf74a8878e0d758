// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Who vouches for whom, as a graph in the DOT language of Graphviz. */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trust/image_facts.h"
#include "trust/machine.h"
#include "trust/policy.h"
#include "trust/verdict.h"

namespace kxk::trust {

/** What is drawn of an image. */
struct GraphImage {
    ImageFacts facts;
    std::vector<Voucher> vouchers;
    Answer loads = Answer::cannot_tell;  ///< whether kexec_file_load(2) takes it
};

/** What is drawn. */
struct Graph {
    Machine machine;
    std::optional<Policy> policy;  ///< what decides about the lines; nothing: cannot tell
    std::optional<GraphImage> image;
};

/** Text as a string of DOT, in quotes: it means nothing to Graphviz, whatever it contains. */
[[nodiscard]] std::string dot_string(std::string_view text);

/**
 * Draws roots of trust, keyrings with their links, keys, and an image with its signers, from left
 * to right in the direction of trust. Black on white, to be printed: heavy lines for what the
 * policy consults, dashed ones for what it does not, thin ones where that cannot be told.
 */
[[nodiscard]] std::string to_dot(const Graph& graph);

}  // namespace kxk::trust
