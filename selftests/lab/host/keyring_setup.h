// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file How a guest's keyrings get what a catalogue has for them. */
#pragma once

#include "host/catalogue.h"
#include "host/conf.h"
#include "host/scenario.h"

namespace kxk::lab {

/** What starts the kernel of a guest with firmware. */
enum class Shim {
    present,  ///< which passes on the keys of the machine's owner
    absent    ///< the firmware: there are no such keys
};

/**
 * Fills .platform, .blacklist and what there is for the machine's owner by the guest's firmware, or
 * by the fixture where it has none; then the secondary keyring, as root would.
 */
void fill_keyrings(Scenario& scenario, const Arch& arch, const Catalogue& catalogue, Shim shim);

}  // namespace kxk::lab
