// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdint>
#include <ostream>

#include "cmd/context.h"
#include "cmd/explanation.h"
#include "cmd/verdict_words.h"
#include "host/inspect.h"
#include "host/trace_line.h"
#include "host/verification_trace.h"
#include "image/format.h"

namespace kxk::cmd {
namespace {

using host::TraceStep;
using host::VerificationTrace;

struct WatchOptions {
    std::uint64_t count = 0;  // 0: without end
    bool json = false;
};

constexpr const char* load_it = "run `kexec-keyrings load`, and watch again";

/* Why nothing will ever be seen; that is known before there is a trace. */
std::optional<Explanation> explain_nothing_to_see(const host::System& system) {
    if (!host::is_module_loaded(system).value_or(true))
        return Explanation{"not-loaded", ENOENT,
                           "the module is not loaded, and it is what reports verifications",
                           load_it};
    if (host::read_module(system).mode == KEXEC_KEYRINGS_MODE_OBSERVE)
        return Explanation{
            "observe", ENODATA,
            "the module is loaded in mode observe, where the kernel verifies by itself and reports "
            "nothing",
            "ask about images by `kexec-keyrings verify`; or, unless this kernel has the policy of "
            "Linux 6.0 by itself, run `kexec-keyrings unload` and `kexec-keyrings load`"};
    return std::nullopt;
}

Explanation explain_forbidden(int error, const host::System& system) {
    if (host::read_lockdown(system) == "confidentiality")
        return {"locked-down", error,
                "lockdown is in mode confidentiality, where the kernel lets nobody trace",
                "boot with lockdown=integrity; the counters of `kexec-keyrings status` and the "
                "audit log tell of verifications in any mode"};
    return {"not-permitted", error, "tracing needs root, which this process is not",
            "run it with sudo; if it is root, look for a denial in the audit log"};
}

Explanation explain_no_trace(const host::TraceFailure& failure, const host::System& system) {
    const int error = failure.error;
    if (error == EPERM || error == EACCES)
        return explain_forbidden(error, system);
    if (error == ENOSYS)
        return {"no-tracing", error, "this kernel was built without tracing",
                "boot a kernel with CONFIG_FTRACE=y and CONFIG_EVENT_TRACING=y; the counters of "
                "`kexec-keyrings status` work without"};
    if (error == ENOENT && failure.step == TraceStep::find)
        return {"no-tracefs", error, "tracefs is not mounted",
                "run `mount -t tracefs tracefs /sys/kernel/tracing`, and watch again"};
    if (error == ENOENT && failure.step != TraceStep::make)
        return {
            "no-event", error,
            "the module is loaded, but the kernel has not taken its event kexec_keyrings:verify",
            "look for \"bad taint\" in `dmesg`: of a module that was forced in, no events are "
            "taken; or for CONFIG_EVENT_TRACING, which the kernel may lack"};
    if (error == ENOMEM)
        return {"no-memory", error, "the kernel has no memory for the buffers of a trace",
                "free memory, and try again"};
    if (error == EBUSY && failure.step == TraceStep::make)
        return {"busy", error,
                "somebody reads the instance of tracefs that an earlier run has left behind",
                "end that, and try again"};
    return {"unknown", error, fmt::format("the trace cannot be opened ({})", errno_name(error)),
            "try again; if it stays, look at the end of `dmesg` and report it"};
}

Explanation explain_end() {
    return {"ended", ENODATA,
            "the trace has come to its end: the module was unloaded, or somebody has switched "
            "tracing off",
            load_it};
}

Explanation explain_read_error(int error) {
    return {"read-error", error, fmt::format("the trace cannot be read ({})", errno_name(error)),
            "try again; if it stays, look at the end of `dmesg` and report it"};
}

void report(const Explanation& explanation, const WatchOptions& options, const Context& context) {
    if (!options.json) {
        print_for_people(explanation, context);
        return;
    }
    trust::Json json = {{"event", "failure"}};
    json.update(to_json(explanation));
    context.out << trust::to_line(json) << std::flush;
}

/* Lines of a trace as they come, each told at once. */
class Teller {
  public:
    Teller(const WatchOptions& options, Context& context) : options_(options), context_(context) {}

    /* Tells of what is complete, and keeps the rest. */
    void take(const std::string& text) {
        pending_ += text;
        for (auto end = pending_.find('\n'); end != std::string::npos && !is_done();
             end = pending_.find('\n')) {
            const auto line = host::parse_trace_line(std::string_view(pending_).substr(0, end));
            std::visit([this](const auto& event) { tell(event); }, line);
            pending_.erase(0, end + 1);
        }
    }

    /* As many as were asked for, or nobody listens any more. */
    [[nodiscard]] bool is_done() const {
        return (options_.count != 0 && told_ >= options_.count) || !context_.out;
    }

  private:
    void tell(const host::TracedVerification& verification) {
        ++told_;
        write(options_.json ? trust::to_line(json_of(verification)) : text_of(verification));
    }

    void tell(const host::LostEvents& lost) {
        if (options_.json)
            write(trust::to_line(
                {{"event", "lost"},
                 {"count", lost.count ? trust::Json(*lost.count) : trust::Json(nullptr)}}));
        else
            write(fmt::format("{} were lost: the kernel had no room for them\n",
                              lost.count ? fmt::format("{} verifications", *lost.count)
                                         : std::string("verifications")));
    }

    void tell(const host::UnreadableLine& line) {
        if (options_.json)
            write(trust::to_line({{"event", "unreadable"}, {"line", line.text}}));
        else
            write(fmt::format("not understood: {}\n", on_terminal(line.text)));
    }

    static std::string on_terminal(const std::string& text) {
        constexpr std::size_t longest = 200;
        return image::printable(image::ByteView(text), longest);
    }

    static std::vector<std::string> names_of(const host::TracedVerification& verification) {
        std::vector<std::string> names;
        for (const auto& consultation : *verification.verdict.consulted)
            names.push_back(name_of(consultation));
        return names;
    }

    static std::string text_of(const host::TracedVerification& verification) {
        constexpr std::uint64_t per_second = 1000000;
        const auto names = names_of(verification);
        return fmt::format("{:>5}.{:06} {} ({}): {} bytes; asked: {}; {}\n",
                           verification.microseconds / per_second,
                           verification.microseconds % per_second, on_terminal(verification.task),
                           verification.pid, verification.size,
                           names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", ")),
                           headline(verification.verdict));
    }

    static trust::Json json_of(const host::TracedVerification& verification) {
        const auto& verdict = verification.verdict;
        const auto keyring = accepted_by(verdict);
        trust::Json json = {{"event", "verification"},
                            {"microseconds", verification.microseconds},
                            {"task", verification.task},
                            {"pid", verification.pid},
                            {"size", verification.size},
                            {"consulted", names_of(verification)},
                            {"verdict", verdict.error == 0 ? "accepted" : "refused"}};
        json.update(errno_json(verdict.error));
        json["accepted_by"] = keyring.empty() ? trust::Json() : trust::Json(keyring);
        json["meaning"] = nullptr;
        json["remedy"] = nullptr;
        if (verdict.error != 0) {
            json["meaning"] = meaning_of(verdict.error).meaning;
            json["remedy"] = meaning_of(verdict.error).remedy;
        }
        return json;
    }

    void write(const std::string& line) { context_.out << line << std::flush; }

    const WatchOptions& options_;
    Context& context_;
    std::string pending_;
    std::uint64_t told_ = 0;
};

/* Until it is ended by a signal or its count; else why it ended. */
std::optional<Explanation> follow(VerificationTrace& trace, const WatchOptions& options,
                                  Context& context) {
    Teller teller(options, context);
    while (!teller.is_done()) {
        const auto text = trace.read();
        if (text && text->empty())
            return explain_end();
        if (text) {
            teller.take(*text);
        } else if (text.error() == EINTR) {
            break;
        } else if (text.error() != EAGAIN) {
            return explain_read_error(text.error());
        } else if (!trace.is_on()) {
            return explain_end();
        }
    }
    return std::nullopt;
}

Exit watch(const WatchOptions& options, Context& context) {
    if (const auto nothing = explain_nothing_to_see(context.system)) {
        report(*nothing, options, context);
        return Exit::no;
    }
    const auto opened = VerificationTrace::open(context.system);
    if (const auto* failure = std::get_if<host::TraceFailure>(&opened)) {
        report(explain_no_trace(*failure, context.system), options, context);
        return Exit::cannot_tell;
    }
    auto& trace = *std::get<std::unique_ptr<VerificationTrace>>(opened);
    if (context.progress)
        context.err << "watching; Ctrl-C ends it\n" << std::flush;

    const auto end = follow(trace, options, context);
    if (end)
        report(*end, options, context);
    if (const int error = trace.close(); error != 0)
        context.err << fmt::format(
            "kexec-keyrings: {} stays behind: it cannot be removed ({})\n"
            "remedy: end whatever reads it, then run `rmdir {}`\n",
            trace.path(), errno_name(error), trace.path());
    return end ? Exit::no : Exit::yes;
}

constexpr const char* watch_footer = R"(Examples:
  kexec-keyrings watch                    until Ctrl-C
  kexec-keyrings watch --count 1          the next one
  kexec-keyrings watch --json | jq -c 'select(.verdict == "refused")'

Shows the images of kexec_file_load(2) that the module judges, by its
tracepoint kexec_keyrings:verify, in an instance of tracefs that nobody else
sees. In mode observe the kernel judges, and there is nothing to see. The
questions of `kexec-keyrings verify` are not shown. What a refused load comes
to depends on lockdown and the like: see `kexec-keyrings explain`.

Exit status: 0 ended by a signal or by --count, 1 there is nothing to watch,
or no longer, 2 wrong command line, 3 cannot trace

JSON: one object on each line, written at once, whose event is one of
  verification           an image was judged:
    microseconds         since boot, by the clock of dmesg
    task, pid            who loads it
    size                 in bytes, with its signature
    consulted            the keyrings, in order
    verdict              "accepted" or "refused"
    errno, errno_name    that the verifier gave; 0 and null if accepted
    accepted_by          the keyring, or null
    meaning, remedy      of the refusal, in words; null if accepted
  lost                   the kernel had no room for so many: count, or null
  unreadable             line: what is not understood
  failure                the last one: code, errno, errno_name, cause, remedy)";

}  // namespace

void add_watch(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("watch", "Verifications while they happen");
    auto options = std::make_shared<WatchOptions>();

    command->add_option("--count", options->count, "End after so many")->check(CLI::PositiveNumber);
    command->add_flag("--json", options->json, "Report as JSON, one object on each line");
    command->footer(watch_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return watch(*options, context); };
    });
}

}  // namespace kxk::cmd
