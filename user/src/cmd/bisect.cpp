// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cmd/command_names.h"
#include "cmd/context.h"
#include "cmd/explanation.h"

namespace kxk::cmd {
namespace {

constexpr const char* lab_variable = "KXK_LAB";
constexpr const char* lab_program = "kxk-lab";

/* As they are handed on: what they may be is for the lab to say. */
struct BisectOptions {
    std::string arch;
    std::vector<std::pair<const char*, std::string>> values{
        {"--tree", ""}, {"--ask", ""}, {"--image", ""}, {"--lockdown", ""}, {"--expect", ""}};
    bool with_module = false;

    std::string& value(std::string_view name) {
        return std::find_if(values.begin(), values.end(),
                            [name](const auto& value) { return value.first == name; })
            ->second;
    }
};

std::vector<std::string> arguments_of(const BisectOptions& options) {
    std::vector<std::string> arguments{"bisect", options.arch};

    for (const auto& [name, value] : options.values) {
        if (!value.empty())
            arguments.insert(arguments.end(), {name, value});
    }
    if (options.with_module)
        arguments.emplace_back("--with-module");
    return arguments;
}

Exit bisect(const BisectOptions& options, Context& context) {
    const auto named = context.system.environment(lab_variable);
    std::vector<std::string> command{named && !named->empty() ? *named : lab_program};
    const auto arguments = arguments_of(options);

    command.insert(command.end(), arguments.begin(), arguments.end());
    const int error = context.system.become(command);
    context.err << fmt::format(
        "kexec-keyrings: the lab, {}, cannot be run: {}\n"
        "remedy: run `make kxk-lab` in the source of kexec-keyrings, and set {} to\n"
        "        build/lab/kxk-lab there, or have it in PATH\n",
        command.front(), errno_name(error), lab_variable);
    return Exit::broken;
}

constexpr const char* bisect_footer = R"(
Builds the commit that is checked out, small, boots it in QEMU by the project's lab, and
asks the kernel there. Nothing of this machine's kernel is touched. The lab is kxk-lab,
which `make kxk-lab` builds in the source of kexec-keyrings; KXK_LAB says where it is.

Examples, in a git tree of Linux:
  git bisect start --term-old refused --term-new accepted v6.0 v5.19
  git bisect run kexec-keyrings bisect s390x --image secondary --expect refused
  git bisect run kexec-keyrings bisect arm64 --ask module-builds

Exit status: 0 as expected, 1 otherwise, 125 cannot tell: git skips the commit, 128 and
above: trouble that is not the commit's, or a wrong command line: git ends the bisection)";

}  // namespace

void add_bisect(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand(
        bisect_command, "A step for `git bisect run`: build a commit, boot it, ask it");
    auto options = std::make_shared<BisectOptions>();
    const auto add = [&](const char* name, const char* description) {
        command->add_option(name, options->value(name), description);
    };

    command->add_option("ARCH", options->arch, "Architecture: x86_64, arm64, s390x")->required();
    add("--tree", "The kernel's source, in git (default: here)");
    add("--ask",
        "verdict: is an image accepted; policy: which keyrings are consulted; module-builds "
        "(default: verdict)");
    add("--image",
        "Signed by builtin, secondary, platform or unknown; or unsigned, tampered (default: "
        "secondary)");
    add("--lockdown", "none, integrity or confidentiality (default: integrity)");
    command->add_flag("--with-module", options->with_module, "Ask once the module is loaded");
    add("--expect",
        "What is good, or old: loads, refused; or a policy such as \"builtin\" (default: loads)");
    command->footer(bisect_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return bisect(*options, context); };
    });
}

}  // namespace kxk::cmd
