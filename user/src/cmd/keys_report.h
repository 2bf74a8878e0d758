// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What `keys` knows, for people and for programs. */
#pragma once

#include <string>
#include <vector>

#include "trust/firmware.h"
#include "trust/machine.h"
#include "trust/machine_json.h"
#include "trust/mok.h"

namespace kxk::cmd {

/** The keyrings asked for, and all that their keys are held against. */
struct KeysReport {
    trust::Machine machine;
    trust::Firmware firmware;
    std::vector<trust::Keyring> keyrings;
};

/** Each keyring with its root of trust, its links and its keys. */
[[nodiscard]] std::string keys_text(const KeysReport& report, bool colour);

/** Each MOK with the keyrings that it is on, and why not on .machine. */
[[nodiscard]] std::string moks_text(const KeysReport& report);

/** All of both. */
[[nodiscard]] trust::Json to_json(const KeysReport& report);

}  // namespace kxk::cmd
