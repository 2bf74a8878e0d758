// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/verification_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/inspect.h"

namespace kxk::host {
namespace {

constexpr const char* event = "/events/kexec_keyrings";
constexpr const char* event_switch = "/events/kexec_keyrings/verify/enable";

/* Before the first of them is mounted, some distributions have the second. */
constexpr std::array tracefs_paths{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

/*
 * A new instance has the options that somebody chose for the whole kernel. These make the lines
 * what we read, and reading not wait. Not every kernel knows each of them.
 */
constexpr std::array options{
    "noraw", "nohex", "nobin", "nofields", "noblock", "nolatency-format", "context-info"};

Result<std::string> find_tracefs(const System& system) {
    int error = ENOENT;
    for (const std::string path : tracefs_paths) {
        const auto instances = system.list_directory(path + "/instances");
        if (instances)
            return path;
        if (instances.error() != ENOENT)
            error = instances.error();
    }
    // A kernel that has tracefs has a place to mount it on.
    const auto names = system.list_directory("/sys/kernel");
    if (error == ENOENT && names &&
        std::find(names->begin(), names->end(), "tracing") == names->end())
        error = ENOSYS;
    return Errno{error};
}

int make_instance(System& system, const std::string& path) {
    const int error = system.make_directory(path);
    if (error != EEXIST)
        return error;
    // The number of this process is in its name, so whoever made it was killed.
    const int left = system.remove_directory(path);
    return left != 0 ? left : system.make_directory(path);
}

}  // namespace

int TraceInstance::remove() {
    if (removed_)
        return 0;
    removed_ = true;
    return system_.remove_directory(path_);
}

VerificationTrace::Opened VerificationTrace::open(System& system) {
    const auto tracefs = find_tracefs(system);
    if (!tracefs)
        return TraceFailure{TraceStep::find, tracefs.error()};
    if (const auto events = system.list_directory(*tracefs + event); !events)
        return TraceFailure{TraceStep::event, events.error()};

    auto signals = system.hold_signals();
    auto path = fmt::format("{}/instances/kexec-keyrings-{}", *tracefs, system.process_id());
    if (const int error = make_instance(system, path); error != 0)
        return TraceFailure{TraceStep::make, error};
    std::unique_ptr<VerificationTrace> trace(
        new VerificationTrace(system, std::move(signals), std::move(path)));

    for (const auto* option : options)
        static_cast<void>(system.write_to_kernel(trace->path() + "/trace_options", option));
    auto pipe = system.open_stream(trace->path() + "/trace_pipe");
    if (!pipe)
        return TraceFailure{TraceStep::open, pipe.error()};
    trace->pipe_ = std::move(pipe).take();
    if (const int error = system.write_to_kernel(trace->path() + event_switch, "1"); error != 0)
        return TraceFailure{TraceStep::enable, error};
    return trace;
}

bool VerificationTrace::is_on() const {
    return read_switch(system_, path() + event_switch).value_or(false);
}

int VerificationTrace::close() {
    pipe_.reset();
    return instance_.remove();
}

}  // namespace kxk::host
