// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What a process gives up before it parses files that somebody else wrote. */
#pragma once

namespace kxk::host {

/** What is given up; each as far as the kernel can do it. */
struct Confinement {
    bool capabilities = false;  ///< all but CAP_DAC_READ_SEARCH are gone, and no exec(2) brings any
    bool files = false;         ///< none can be opened to be written, made, removed or run
};

/**
 * Confines this thread, and those that it makes, for good: what they have open stays open, and
 * files can be opened to be read. For who has no privileges, `capabilities` changes nothing. What
 * the user's id alone permits stays: modes and owners' attributes of own files (Landlock has no
 * right for them), signals to own processes, the network.
 * @return what the kernel did; `files` takes Linux 5.13 with Landlock in its list of LSMs
 */
Confinement confine();

}  // namespace kxk::host
