// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A boot with its test cases: each is described once, step and expectation together. */
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/plan.h"
#include "host/boot.h"
#include "host/cells.h"
#include "host/firmware.h"

namespace kxk::lab {

/** Something that must hold. */
struct Case {
    std::string name;
    std::function<Complaints(const Outcome&)> judge;
};

/** A boot: on which kernel, what is done there, and what must come of it. */
struct Scenario {
    std::string name;
    std::string kernel;                          ///< of kernels.conf
    std::string command_line;                    ///< beyond what every guest has
    std::optional<FirmwareSetup> firmware = {};  ///< nothing: QEMU starts the kernel itself
    std::string last_words = {};                 ///< for a guest that is not to come up, see Guest
    std::string inserted_key = {};     ///< whose certificate is inserted into the built kernel
    bool upstreams_selftests = false;  ///< the guest has those of upstream, in guest_selftests
    bool twin = false;                 ///< the guest has the module by another name, too
    bool kselftest = false;            ///< the guest has ours in guest_kselftest, and private keys
    std::string cpu = {};              ///< in place of that of arch/<arch>.conf
    int memory_mib = 1024;
    bool counts_instructions =
        false;  ///< a nanosecond of the guest is an instruction; one processor
    Plan plan;
    std::vector<Case> cases;
    std::vector<std::string> notes;  ///< where it is not as on a real machine

    /** Adds a step. @return its id */
    std::string step(const std::string& id, Action action, bool required = false);

    /** Adds a test case. @param judge what is wrong with the outcome; nothing: the case passes */
    void expect(const std::string& name, std::function<Complaints(const Outcome&)> judge);
};

/** An expectation of one step. */
using Expectation = std::function<Complaints(const Outcome&)>;

/** The step was done without an error; a program, with exit status 0. */
[[nodiscard]] Expectation succeeds(const std::string& id);
/** The step was done, and ended with this errno. */
[[nodiscard]] Expectation fails_with(const std::string& id, int error);
/** A program's exit status. */
[[nodiscard]] Expectation exits_with(const std::string& id, int status);
/** A program's output, of either stream, has a text in it. */
[[nodiscard]] Expectation says(const std::string& id, const std::string& text);
/** It has not. */
[[nodiscard]] Expectation says_nothing_of(const std::string& id, const std::string& text);
/** The module wrote a line with this text to the kernel log meanwhile. */
[[nodiscard]] Expectation logs(const std::string& id, const std::string& text);
/** One of the step's values. */
[[nodiscard]] Expectation has_value(const std::string& id, const std::string& key,
                                    const std::string& value);
/** All of them. */
[[nodiscard]] Expectation all_of(std::vector<Expectation> expectations);

/** A value of a step's, or empty. */
[[nodiscard]] std::string value_of(const Outcome& outcome, const std::string& id,
                                   const std::string& key);

/** The guest came to its end, and its kernel had no fault. */
[[nodiscard]] Complaints ended_well(const Outcome& outcome);

}  // namespace kxk::lab
