// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file From where a key came, and where the owner's keys went. */
#pragma once

#include <string>
#include <vector>

#include "trust/assess.h"
#include "trust/firmware.h"
#include "trust/machine.h"

namespace kxk::trust {

/** Who answers for what is on a keyring: one sentence without its full stop. */
[[nodiscard]] std::string root_of_trust(const Machine& machine, Keyring keyring);

/** The certificate that a key came from, and the variable that has it. */
struct KeySource {
    std::string variable;                      ///< such as "db"; empty where no variable has it
    const Certificate* certificate = nullptr;  ///< part of the firmware's data
};

/** Where a key, or a hash on .blacklist, came from. */
[[nodiscard]] KeySource source_of(const Key& key, const Firmware& firmware);

/** What became of one Machine Owner Key. */
struct MokLanding {
    std::string description;  ///< the kernel's; empty for a certificate that is malformed
    const Certificate* certificate = nullptr;  ///< part of the firmware's data
    std::vector<Keyring> keyrings;             ///< that it is on
    Answer landed = Answer::cannot_tell;
    std::string code;    ///< stable: why it is not on .machine; "machine" where it is
    std::string reason;  ///< the same in words
    std::string remedy;  ///< what brings it there; empty where nothing does or needs to
};

/**
 * Where each certificate of MokListRT is, and why not on .machine. As far as reasons go beyond what
 * is seen, they are those of add_to_machine_keyring() and load_uefi_certs() in
 * security/integrity/platform_certs, of restrict_link_by_ca() (6.4), and of 92ad19559ea9 (5.18).
 */
[[nodiscard]] std::vector<MokLanding> where_moks_landed(const Machine& machine,
                                                        const Firmware& firmware);

}  // namespace kxk::trust
