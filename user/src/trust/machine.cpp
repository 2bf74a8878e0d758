// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/machine.h"

#include <algorithm>

namespace kxk::trust {

const KeyringState* find_keyring(const Machine& machine, Keyring keyring) {
    const auto found =
        std::find_if(machine.keyrings.begin(), machine.keyrings.end(),
                     [keyring](const auto& state) { return state.keyring == keyring; });
    return found == machine.keyrings.end() ? nullptr : &*found;
}

}  // namespace kxk::trust
