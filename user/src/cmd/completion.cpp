// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Completions for shells, made of the command table that --help is made of: whatever a command
 * gets as an option is completed, and nothing else.
 */
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "cmd/command_names.h"
#include "cmd/context.h"
#include "cmd/shell_quoted.h"

namespace kxk::cmd {
namespace {

/* An option as one types it. */
struct OptionWords {
    std::vector<std::string> long_names;
    std::vector<std::string> short_names;
    std::string description;
    bool takes_value = false;
};

struct CommandWords {
    std::string name;  // empty: the program itself
    std::string description;
    std::vector<OptionWords> options;
};

CommandWords words_of(const CLI::App& app, const std::string& name) {
    CommandWords words{name, app.get_description(), {}};
    for (const auto* option : app.get_options()) {
        if (option->get_positional() && option->get_lnames().empty())
            continue;
        words.options.push_back({option->get_lnames(), option->get_snames(),
                                 option->get_description(), option->get_items_expected_max() > 0});
    }
    return words;
}

/* The program first, then the commands that --help shows. */
std::vector<CommandWords> all_words(const CLI::App& app) {
    std::vector<CommandWords> all{words_of(app, "")};
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!command->get_group().empty())
            all.push_back(words_of(*command, command->get_name()));
    }
    return all;
}

std::string names_of(const CommandWords& command) {
    std::string names;
    for (const auto& option : command.options) {
        for (const auto& name : option.long_names)
            names += " --" + name;
        for (const auto& name : option.short_names)
            names += " -" + name;
    }
    return names.empty() ? names : names.substr(1);
}

/* A description inside of brackets and colons, which mean something to zsh. */
std::string for_zsh(const std::string& text) {
    std::string safe;
    for (const char character : text) {
        if (character == '[' || character == ']' || character == ':' || character == '\\')
            safe += '\\';
        safe += character;
    }
    return safe;
}

void write_bash(const std::vector<CommandWords>& commands, std::ostream& out) {
    std::string names;
    for (const auto& command : commands)
        names += command.name + (command.name.empty() ? "" : " ");

    out << "# bash completion for kexec-keyrings: kexec-keyrings completion bash\n"
           "_kexec_keyrings()\n{\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} words\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        << fmt::format("        words={}\n", shell_quoted(names + names_of(commands.front())))
        << "    elif [ \"${current#-}\" = \"$current\" ]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
           "        return\n"
           "    else\n"
           "        case ${COMP_WORDS[1]} in\n";
    for (const auto& command : commands) {
        if (!command.name.empty())
            out << fmt::format("        {}) words={} ;;\n", command.name,
                               shell_quoted(names_of(command)));
    }
    out << "        *) words= ;;\n"
           "        esac\n"
           "    fi\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
           "}\n"
           "complete -o filenames -F _kexec_keyrings kexec-keyrings\n";
}

void write_zsh_options(const CommandWords& command, std::ostream& out) {
    for (const auto& option : command.options) {
        const auto one = [&](const std::string& name) {
            out << " \\\n            "
                << shell_quoted(fmt::format("{}[{}]{}", name, for_zsh(option.description),
                                            option.takes_value ? ":value:_files" : ""));
        };
        for (const auto& name : option.long_names)
            one("--" + name);
        for (const auto& name : option.short_names)
            one("-" + name);
    }
}

void write_zsh(const std::vector<CommandWords>& commands, std::ostream& out) {
    out << "#compdef kexec-keyrings\n"
           "# zsh completion for kexec-keyrings: kexec-keyrings completion zsh\n"
           "_kexec_keyrings()\n{\n"
           "    local -a commands\n"
           "    commands=(";
    for (const auto& command : commands) {
        if (!command.name.empty())
            out << "\n        " << shell_quoted(command.name + ":" + for_zsh(command.description));
    }
    out << "\n    )\n"
           "    if (( CURRENT == 2 )); then\n"
           "        _describe command commands\n"
           "        _arguments";
    write_zsh_options(commands.front(), out);
    out << "\n        return\n"
           "    fi\n"
           "    local command=$words[2]\n"
           "    shift words\n"
           "    (( CURRENT-- ))\n"
           "    case $command in\n";
    for (const auto& command : commands) {
        if (command.name.empty())
            continue;
        out << fmt::format("    {})\n        _arguments", command.name);
        write_zsh_options(command, out);
        out << " \\\n            '*:file:_files'\n        ;;\n";
    }
    out << "    esac\n"
           "}\n"
           "_kexec_keyrings \"$@\"\n";
}

void write_fish(const std::vector<CommandWords>& commands, std::ostream& out) {
    out << "# fish completion for kexec-keyrings: kexec-keyrings completion fish\n";
    for (const auto& command : commands) {
        std::string when = "__fish_use_subcommand";
        if (!command.name.empty()) {
            out << fmt::format(
                "complete -c kexec-keyrings -f -n __fish_use_subcommand -a {} -d {}\n",
                command.name, shell_quoted(command.description));
            when = shell_quoted("__fish_seen_subcommand_from " + command.name);
        }
        for (const auto& option : command.options) {
            out << "complete -c kexec-keyrings -n " << when;
            for (const auto& name : option.long_names)
                out << " -l " << name;
            for (const auto& name : option.short_names)
                out << " -s " << name;
            out << (option.takes_value ? " -r" : "") << " -d " << shell_quoted(option.description)
                << '\n';
        }
    }
}

}  // namespace

void add_completion(CLI::App& app, Action& chosen) {
    auto* command =
        app.add_subcommand(completion_command, "Print what a shell completes commands with");
    auto shell = std::make_shared<std::string>();

    command->group("");  // for packagers: not in --help
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer(
        "Example:\n"
        "  kexec-keyrings completion bash >/etc/bash_completion.d/kexec-keyrings\n\n"
        "Exit status: 0 printed, 2 wrong command line");
    command->callback([shell, &app, &chosen] {
        chosen = [shell, &app](Context& context) {
            const auto commands = all_words(app);
            if (*shell == "bash")
                write_bash(commands, context.out);
            else if (*shell == "zsh")
                write_zsh(commands, context.out);
            else
                write_fish(commands, context.out);
            return Exit::yes;
        };
    });
}

}  // namespace kxk::cmd
