// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Several tasks at the module's device, which serves one at a time. */
#pragma once

#include "common/plan.h"
#include "common/verdict.h"

namespace kxk::lab {

/**
 * Many tasks ask at once. Sets the value of each file to what the tasks that asked about it were
 * answered: the verdict, or "E" and the errno of the ioctl; with blanks between if that differs.
 */
void ask_device_together(const AskTogether& question, StepResult& result);

/**
 * A task asks about a large file. While that is read,
 *   kill           it is killed;
 *   truncate       somebody wants the file shorter: the value "other" is the errno of that, and
 *                  "afterwards" that of the same once the file was read;
 *   interrupt      another task, which waits for its turn, gets a signal: its answer is "other";
 *   restart        the same, but the task wants its system calls restarted after signals;
 *   kill_waiting   the same, and the signal kills it.
 * Sets the value "reader" to the answer of the first task. Answers are as those of
 * ask_device_together(), or "killed".
 */
void disturb_device(const DisturbDevice& disturbance, StepResult& result);

}  // namespace kxk::lab
