// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What is on the guest's keyrings. */
#pragma once

#include "host/scenario.h"

namespace kxk::lab {

/** The keyrings are what the verdicts are about: each key is where it has to be. */
void add_keyrings(Scenario& scenario);

}  // namespace kxk::lab
