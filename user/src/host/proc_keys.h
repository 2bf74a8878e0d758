// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file /proc/keys: the keys that this process may see. */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trust/key.h"

namespace kxk::host {

/** One keyring's line. */
struct KeyringLine {
    std::int32_t serial = 0;
    std::uint32_t uid = 0;
    std::string name;
    std::uint64_t entries = 0;
};

/** The keyrings in /proc/keys, and the keys that can be on those of the system. */
struct KeyringList {
    std::vector<KeyringLine> keyrings;
    std::vector<trust::Key> keys;  ///< the kernel's own, on whatever keyring
    bool whole = true;  ///< no line was malformed: a keyring that is not in the list is not there

    /** The kernel's own keyring of this name. Users can make keyrings of any name. */
    [[nodiscard]] const KeyringLine* find_system(std::string_view name) const;

    /**
     * Whether this process is shown the kernel's keyrings at all. If it is not, the lack of one
     * means nothing.
     */
    [[nodiscard]] bool shows_system_keyrings() const;
};

/** Reads the text of /proc/keys. */
[[nodiscard]] KeyringList parse_proc_keys(std::string_view text);

}  // namespace kxk::host
