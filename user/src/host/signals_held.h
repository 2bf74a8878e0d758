// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Signals that wait while something must not be left half done. */
#pragma once

#include <pthread.h>

#include <array>
#include <csignal>

#include "host/system.h"

namespace kxk::host {

/** The signals that people end a program with. */
inline constexpr std::array ending_signals{SIGHUP, SIGINT, SIGTERM};

/** Those as a set. */
[[nodiscard]] inline sigset_t ending_signal_set() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : ending_signals)
        ::sigaddset(&set, signal);
    return set;
}

/** Holds them back in this thread, and SIGPIPE with them; those that came act at the end. */
class SignalsHeld final : public HeldSignals {
  public:
    SignalsHeld() {
        auto held = ending_signal_set();
        ::sigaddset(&held, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &held, &before_);
    }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;
    ~SignalsHeld() override { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    /** Whether somebody wants the program to end. */
    [[nodiscard]] static bool any() {
        sigset_t waiting;
        ::sigpending(&waiting);
        for (const int signal : ending_signals) {
            if (::sigismember(&waiting, signal) == 1)
                return true;
        }
        return false;
    }

  private:
    sigset_t before_{};
};

}  // namespace kxk::host
