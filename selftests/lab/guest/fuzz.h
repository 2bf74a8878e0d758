// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What the module's device says of many images, each a little wrong. */
#pragma once

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/**
 * Asks the device about each image. The output gets a line for each: the verdict's errno and, for
 * each keyring that was consulted, its number in the device's interface and its errno, "129 2:126
 * 3:129"; "129 ?" if it is not known which were consulted; "!22" if the device did not judge.
 * The value "fingerprint" is that of all images.
 * Throws std::system_error.
 */
void fuzz_device(const FuzzDevice& action, StepResult& result);

}  // namespace kxk::lab
