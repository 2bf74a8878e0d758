// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * `verify` without a kernel to ask: what Linux 6.0 would say, were these certificates on the
 * keyrings. Everything is known then, so that matches are exact.
 */
#pragma once

#include <string>
#include <vector>

#include "cmd/context.h"

namespace kxk::cmd {

/** Files of certificates for each keyring, and the policy. */
struct OfflineOptions {
    std::vector<std::string> builtin;
    std::vector<std::string> secondary;
    std::vector<std::string> machine;
    std::vector<std::string> platform;
    std::vector<std::string> blacklist;
    std::string policy;  ///< empty: that of Linux 6.0

    /** Whether any was given: then no kernel is asked. */
    [[nodiscard]] bool wanted() const;
};

/** Adds --builtin, --secondary, --machine, --platform, --blacklist and --policy. */
void add_offline_options(CLI::App& command, OfflineOptions& options);

/** Judges images. @return yes if all are accepted, no if one is not, else cannot tell */
[[nodiscard]] Exit verify_offline(const std::vector<std::string>& images,
                                  const OfflineOptions& options, bool json, const Context& context);

}  // namespace kxk::cmd
