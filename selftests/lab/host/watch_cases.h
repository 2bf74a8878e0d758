// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file `kexec-keyrings watch` while images are loaded. */
#pragma once

#include <string>

#include "host/scenario.h"

namespace kxk::lab {

/** The module is loaded in mode backport: an image that it accepts and one that it refuses. */
void add_watching(Scenario& scenario, const std::string& name, const std::string& phase);

/** There is nothing to watch, and the companion says so: its error has this code. */
void add_nothing_to_watch(Scenario& scenario, const std::string& phase, const std::string& code);

}  // namespace kxk::lab
