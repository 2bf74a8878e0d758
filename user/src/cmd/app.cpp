// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>

#include "cmd/command_names.h"
#include "cmd/context.h"
#include "kexec_keyrings_version.h"

namespace kxk::cmd {
namespace {

constexpr const char* program_description =
    "kexec-keyrings: the verdict of Linux 6.0 for the images of kexec_file_load(2)";

constexpr const char* app_footer = R"(Exit status:
  0  yes: done, accepted, or the policy of Linux 6.0 is in force, or all is well
  1  no: refused, or another policy is in force, or something is wrong
  2  the command line is wrong
  3  cannot tell
  4  `test` alone: nothing could be tested

Examples:
  kexec-keyrings status                   this machine at a glance
  kexec-keyrings keys                     who is trusted, and by whom
  kexec-keyrings load                     give this kernel the policy of Linux 6.0
  kexec-keyrings load --mode observe      learn its own policy, change nothing
  kexec-keyrings load --module ./kexec_keyrings.ko --engine kprobe
  kexec-keyrings verify /boot/vmlinuz     the kernel's verdict on an image
  kexec-keyrings watch                    each image that the kernel judges from now on
  kexec-keyrings unload                   back to the kernel's own policy
  kexec-keyrings explain /boot/vmlinuz    why it is accepted or refused, and what to do
  kexec-keyrings graph -o trust.svg       the keyrings, drawn
  kexec-keyrings inspect /boot/vmlinuz-*  what an image is, and who signed it
  kexec-keyrings sign --key db.key --cert db.crt vmlinuz
  kexec-keyrings sign-module --key MOK.priv --cert MOK.der kexec_keyrings.ko
  git bisect run kexec-keyrings bisect arm64 --image secondary
  kexec-keyrings test                     what this kernel does, held against what it must
  kexec-keyrings status --json | jq .policy.active)";

Exit explain_usage(const CLI::App& app, const CLI::ParseError& error, Context& context) {
    // --help ends the parsing like an error, and is none.
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        app.exit(error, context.out, context.err);
        return Exit::yes;
    }
    context.err << "kexec-keyrings: " << error.what() << "\nremedy: see `kexec-keyrings --help`\n";
    const auto given = app.get_subcommands();
    const bool bisects = std::any_of(given.begin(), given.end(), [](const CLI::App* command) {
        return command->get_name() == bisect_command;
    });
    return bisects ? Exit::broken : Exit::usage;
}

struct Command {
    std::string_view name;
    void (*add)(CLI::App& app, Action& chosen);
};

/* In the order of --help. */
constexpr std::array<Command, 14> command_table{{{"load", add_load},
                                                 {"unload", add_unload},
                                                 {"status", add_status},
                                                 {"inspect", add_inspect},
                                                 {"explain", add_explain},
                                                 {"keys", add_keys},
                                                 {"graph", add_graph},
                                                 {"verify", add_verify},
                                                 {"watch", add_watch},
                                                 {"sign", add_sign},
                                                 {"sign-module", add_sign_module},
                                                 {"bisect", add_bisect},
                                                 {"test", add_test},
                                                 {completion_command, add_completion}}};

/*
 * The options of all commands take as long as a small image. So the one that was asked for is
 * enough, unless its answer is about all.
 */
void add_commands(CLI::App& app, Action& chosen, std::string_view asked) {
    const auto* one = std::find_if(command_table.begin(), command_table.end(),
                                   [&](const Command& command) { return command.name == asked; });
    if (one != command_table.end() && asked != completion_command) {
        one->add(app, chosen);
        return;
    }
    for (const auto& command : command_table)
        command.add(app, chosen);
}

}  // namespace

Exit run(int argc, const char* const* argv, Context& context) {
    CLI::App app(program_description, "kexec-keyrings");
    Action chosen;
    bool version = false;

    app.footer(app_footer);
    app.add_flag("--version", version, "Print the version and exit");
    app.require_subcommand(0, 1);
    add_commands(app, chosen, argc > 1 ? argv[1] : "");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return explain_usage(app, error, context);
    }

    if (version) {
        context.out << "kexec-keyrings " KEXEC_KEYRINGS_VERSION "\n";
        return Exit::yes;
    }
    if (!chosen) {
        context.err << "kexec-keyrings: no command was given\n"
                       "remedy: try `kexec-keyrings status`, or see `kexec-keyrings --help`\n";
        return Exit::usage;
    }
    return chosen(context);
}

}  // namespace kxk::cmd
