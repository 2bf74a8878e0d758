// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Signals as something to read, so that nothing is interrupted at a bad moment. */
#pragma once

#include <signal.h>

#include "common/descriptor.h"

namespace kxk::lab {

/**
 * Receives the signals that ask us to end, and the end of children. There is one, made before the
 * first child; children get the signal mask from before.
 */
class Signals {
  public:
    Signals();

    /** Readable when a signal is there. */
    [[nodiscard]] int descriptor() const { return queue_.get(); }

    /** Takes what is there. Throws Interrupted when we are asked to end. */
    void take() const;

    /** In a child, before it becomes another program. */
    static void restore();

  private:
    Descriptor queue_;
};

}  // namespace kxk::lab
