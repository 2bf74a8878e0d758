// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The tracepoint kexec_keyrings:verify, in an instance of tracefs that is ours alone. */
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "host/system.h"

namespace kxk::host {

/** The steps on the way to a trace: the one where it ended. */
enum class TraceStep {
    find,    ///< tracefs; ENOENT: not mounted; ENOSYS: this kernel has none
    event,   ///< the module's event in it
    make,    ///< an instance
    enable,  ///< the event in the instance
    open,    ///< the pipe of the instance
};

/** Why there is no trace. */
struct TraceFailure {
    TraceStep step = TraceStep::find;
    int error = 0;
};

/** An instance of tracefs, a directory that is removed with this. */
class TraceInstance {
  public:
    TraceInstance(System& system, std::string path) : system_(system), path_(std::move(path)) {}
    TraceInstance(const TraceInstance&) = delete;
    TraceInstance& operator=(const TraceInstance&) = delete;
    ~TraceInstance() { static_cast<void>(remove()); }

    [[nodiscard]] const std::string& path() const { return path_; }

    /** Removes it now, once. @return an errno, or 0 */
    int remove();

  private:
    System& system_;
    std::string path_;
    bool removed_ = false;
};

/**
 * The verifications from its opening on. Signals that end a program wait as long as it lives, so
 * that the instance never stays behind.
 */
class VerificationTrace {
  public:
    using Opened = std::variant<std::unique_ptr<VerificationTrace>, TraceFailure>;

    /** Makes the instance, and enables the event there and nowhere else. */
    [[nodiscard]] static Opened open(System& system);

    /** Text of trace_pipe: see Stream. A line may come in parts. */
    [[nodiscard]] Result<std::string> read() { return pipe_->read(); }

    /** Whether the event is still there, and enabled: without, nothing will come. */
    [[nodiscard]] bool is_on() const;

    /** Removes the instance. @return an errno, or 0 */
    [[nodiscard]] int close();

    /** The directory of the instance. */
    [[nodiscard]] const std::string& path() const { return instance_.path(); }

  private:
    VerificationTrace(System& system, std::unique_ptr<HeldSignals> signals, std::string path)
        : system_(system), signals_(std::move(signals)), instance_(system, std::move(path)) {}

    // Destroyed from the last to the first: an instance with an open pipe cannot be removed.
    System& system_;
    std::unique_ptr<HeldSignals> signals_;
    TraceInstance instance_;
    std::unique_ptr<Stream> pipe_;
};

}  // namespace kxk::host
