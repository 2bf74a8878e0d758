// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What fuzzing starts with. */
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kxk::test {

/** A name and a file's bytes: one of each kind, and whatever a fuzzer once found. */
[[nodiscard]] std::vector<std::pair<std::string, std::string>> fuzz_seeds();

}  // namespace kxk::test
