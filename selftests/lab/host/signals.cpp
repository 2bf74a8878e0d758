// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/signals.h"

#include <sys/signalfd.h>

#include "common/text_file.h"
#include "host/failure.h"

namespace kxk::lab {

namespace {

sigset_t received() {
    sigset_t set;

    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
        sigaddset(&set, signal);
    }
    return set;
}

}  // namespace

Signals::Signals() {
    const sigset_t set = received();

    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    queue_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!queue_) {
        throw_errno("signalfd");
    }
}

void Signals::take() const {
    signalfd_siginfo signal{};

    while (::read(queue_.get(), &signal, sizeof(signal)) == sizeof(signal)) {
        if (signal.ssi_signo != SIGCHLD) {
            throw Interrupted(static_cast<int>(signal.ssi_signo));
        }
    }
}

void Signals::restore() {
    const sigset_t set = received();

    ::signal(SIGPIPE, SIG_DFL);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace kxk::lab
