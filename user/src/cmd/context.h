// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What every sub-command works with. */
#pragma once

#include <functional>
#include <iosfwd>

#include "host/system.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
}

namespace kxk::cmd {

/** How the program ends; said in --help, and relied upon by scripts. */
enum class Exit {
    yes = 0,
    no = 1,
    usage = 2,
    cannot_tell = 3,
    skipped = 4,  ///< `test` alone: nothing could be tested, as kselftest has it
    broken = 255  ///< of bisect: git takes smaller ones for verdicts, and ends on this
};

/** The world around a command. */
struct Context {
    host::System& system;
    std::ostream& out;
    std::ostream& err;
    bool colour = false;    ///< for people at a terminal
    bool progress = false;  ///< somebody sees `err` at a terminal
};

/** A command with its options, ready to run. */
using Action = std::function<Exit(Context&)>;

/* Each adds its sub-command to the command line, and sets the action when it is the one chosen. */
void add_load(CLI::App& app, Action& chosen);
void add_unload(CLI::App& app, Action& chosen);
void add_status(CLI::App& app, Action& chosen);
void add_inspect(CLI::App& app, Action& chosen);
void add_explain(CLI::App& app, Action& chosen);
void add_keys(CLI::App& app, Action& chosen);
void add_graph(CLI::App& app, Action& chosen);
void add_verify(CLI::App& app, Action& chosen);
void add_watch(CLI::App& app, Action& chosen);
void add_sign(CLI::App& app, Action& chosen);
void add_sign_module(CLI::App& app, Action& chosen);
void add_bisect(CLI::App& app, Action& chosen);
void add_test(CLI::App& app, Action& chosen);
void add_completion(CLI::App& app, Action& chosen);

/** Runs the program: parses the command line, and does what it says. */
[[nodiscard]] Exit run(int argc, const char* const* argv, Context& context);

}  // namespace kxk::cmd
