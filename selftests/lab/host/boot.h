// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file A guest from QEMU's start to its end. */
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/descriptor.h"
#include "common/verdict.h"
#include "host/child.h"
#include "host/conf.h"
#include "host/signals.h"

namespace kxk::lab {

/** Files of a guest that boots by its firmware. */
struct FirmwareDrives {
    std::filesystem::path variables;  ///< its variable store, which it writes to
    std::filesystem::path disk;       ///< directory with kernel and initramfs: its disk
    bool boots = false;               ///< from that disk; otherwise QEMU has both for it
};

/** What QEMU is to start. */
struct Guest {
    std::string name;  ///< for people and for the directory of its logs
    Arch arch;
    std::filesystem::path kernel;
    std::filesystem::path initramfs;
    std::string command_line;         ///< beyond what every guest has
    std::filesystem::path directory;  ///< gets console.log and verdicts.jsonl
    std::size_t steps = 0;            ///< of the plan
    std::string cpu;                  ///< in place of the architecture's, or empty
    int memory_mib = 1024;
    bool counts_instructions = false;        ///< see Scenario
    bool interactive = false;                ///< the console is our terminal
    std::optional<FirmwareDrives> firmware;  ///< nothing: QEMU starts the kernel itself
    std::string last_words;  ///< a text on its console by which it is over; or empty
};

/** What came of it. */
struct Outcome {
    std::string release;  ///< of the kernel; empty when it did not come up
    std::vector<StepResult> results;
    std::vector<std::string> trouble;  ///< faults of the kernel
    std::optional<SecondKernel> second;
    std::string failure;  ///< why the guest did not come to its end; empty when it did
    double seconds = 0;

    /** @return nullptr when the guest never came that far */
    [[nodiscard]] const StepResult* find(const std::string& id) const;
};

/** The kernel's command line: what every guest has, and its own. */
[[nodiscard]] std::string kernel_command_line(const Arch& arch, const std::string& own);

/** Arguments of QEMU. `port` is the number of the descriptor for the verdict port. */
[[nodiscard]] std::vector<std::string> qemu_arguments(const Guest& guest, int port);

/** A running guest; ends with its owner. */
class Boot {
  public:
    explicit Boot(const Guest& guest);

    /** Readable when there is a verdict, or the end. */
    [[nodiscard]] int descriptor() const { return port_.get(); }

    /** Takes verdicts. @return false when there will be no more */
    [[nodiscard]] bool receive();

    /** Ends the guest, whatever it does, and says what came of it. */
    [[nodiscard]] Outcome finish(const std::string& failure);

    /** Its console has the words by which it is over. */
    [[nodiscard]] bool has_said_last_words() const;

    /** For a line of progress: who, and how far. */
    [[nodiscard]] std::string progress() const;
    [[nodiscard]] double seconds() const;

    /** Since it last said something. */
    [[nodiscard]] double silent_seconds() const;
    /** Steps that are done. */
    [[nodiscard]] std::size_t steps() const { return outcome_.results.size(); }

  private:
    /** @return false after the last message */
    bool take(const std::string& line);

    Guest guest_;
    Descriptor port_;
    std::optional<Child> qemu_;
    std::string unread_;
    bool done_ = false;
    Outcome outcome_;
    std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point heard_;
};

/** Runs guests, two at a time. */
class Booter {
  public:
    Booter(const Signals& signals, std::chrono::seconds timeout)
        : signals_(signals), timeout_(timeout) {}

    /**
     * @param finished  called with the index of each guest as it ends
     * Throws Interrupted, and Failure when QEMU cannot be started.
     */
    void run(const std::vector<Guest>& guests,
             const std::function<void(std::size_t, Outcome)>& finished) const;

  private:
    const Signals& signals_;
    std::chrono::seconds timeout_;
};

}  // namespace kxk::lab
