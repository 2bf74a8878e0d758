// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Cases of the module's device, for scenarios in which the module is loaded with it. */
#pragma once

#include <string>

#include "host/conf.h"
#include "host/judgements.h"
#include "host/scenario.h"

namespace kxk::lab {

/**
 * The device judges the image of each signer as the kernel does.
 * @param phase       of the judgements, and for people
 * @param attributes  step that read what the module shows
 * @param column      phase of the kernel's verdicts under the same policy
 */
void add_device_judgements(Scenario& scenario, const Arch& arch, const std::string& phase,
                           const std::string& attributes, const std::string& column);

/** The module stays while its device is open. */
void add_open_device(Scenario& scenario, const std::string& phase);

/** Only who may load kernels may ask. Leaves the device with other permissions. */
void add_device_permissions(Scenario& scenario);

/** Each wrong question gets its errno. */
void add_device_misuse(Scenario& scenario, const Arch& arch);

/**
 * Many tasks at the device at once, and what happens while it reads a large file: all are answered
 * as if they were alone.
 */
void add_device_crowd(Scenario& scenario);

/**
 * Anybody reads what the module shows in sysfs, from where they want, and nobody writes it.
 * @param attributes  step that read it
 */
void add_attribute_abuse(Scenario& scenario, const std::string& attributes);

}  // namespace kxk::lab
