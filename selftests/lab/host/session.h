// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file From scenarios to outcomes: what the commands have in common. */
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/descriptor.h"
#include "host/boot.h"
#include "host/commands.h"
#include "host/scenario.h"
#include "host/workshop.h"

namespace kxk::lab {

/** A run of a command, with a directory of its own in build/lab/runs. */
class Session {
  public:
    /**
     * Waits while another run makes things ready, as all have those in common.
     * @param name  of the run; one of that name at a time.
     * Throws Failure when one is running.
     */
    Session(const Places& places, const Signals& signals, const std::string& name,
            const Options& options);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    /** Removes what is large. */
    ~Session();

    /** Makes ready the guest of a scenario. @return it, until the next one is made ready */
    const Guest& prepare(Workshop& workshop, const Scenario& scenario, bool interactive = false);

    /** Forgets the guest that was made ready last. */
    void drop_last();

    /** How many guests are ready. */
    [[nodiscard]] std::size_t size() const { return guests_.size(); }

    /** Boots the guests that were made ready; see Booter::run(). No more can be made ready then. */
    void boot(const std::function<void(std::size_t, Outcome)>& finished);

    /** Where the console of the n-th guest is written to. */
    [[nodiscard]] std::filesystem::path console_log(std::size_t index) const;

  private:
    const Signals& signals_;
    std::filesystem::path directory_;
    Options options_;
    Descriptor run_lock_;
    Descriptor preparation_lock_;
    std::vector<Guest> guests_;
};

/** A name for a file or a directory, from one for people. */
[[nodiscard]] std::string file_name(std::string name);

/** A word that no other run has. */
[[nodiscard]] std::string make_marker();

}  // namespace kxk::lab
