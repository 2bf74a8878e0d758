// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/graph.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>

#include "cmd/context.h"
#include "cmd/explain_report.h"
#include "cmd/image_file.h"
#include "cmd/machine_file.h"
#include "image/openssl.h"

namespace kxk::cmd {
namespace {

constexpr const char* format_dot = "dot";
constexpr const char* format_svg = "svg";

struct GraphOptions : MachineOptions {
    std::string image;
    std::string format;
    std::string output;
};

Exit fail(const Explanation& explanation, Exit exit, const Context& context) {
    print_for_people(explanation, context);
    return exit;
}

bool wants_svg(const GraphOptions& options) {
    if (!options.format.empty())
        return options.format == format_svg;
    const std::string_view ending = ".svg";
    return options.output.size() > ending.size() &&
           options.output.compare(options.output.size() - ending.size(), ending.size(), ending) ==
               0;
}

/* The policy in force; that of another machine may have been stated. */
std::optional<trust::Policy> policy_in_force(const trust::Machine& machine,
                                             const trust::Verifier& stated) {
    if (auto active = trust::active_policy(machine))
        return active;
    if (!stated.policy && trust::is_no(trust::loader_verifies(machine)))
        return trust::Policy{};
    return stated.policy;
}

std::variant<trust::Graph, Explanation> make_graph(const GraphOptions& options,
                                                   const Context& context) {
    const auto stated = stated_verifier(options);

    auto machine = find_machine(context.system, options.system);
    if (auto* problem = std::get_if<Explanation>(&machine))
        return std::move(*problem);
    trust::Graph graph{std::move(std::get<trust::Machine>(machine)), {}, {}};
    graph.policy = policy_in_force(graph.machine, stated);
    if (options.image.empty())
        return graph;

    auto files = read_certificate_files(context.system, options.certificates);
    if (auto* problem = std::get_if<Explanation>(&files))
        return std::move(*problem);
    const auto& certificates = std::get<Certificates>(files);
    auto image = read_image_file(context.system, options.image, certificates);
    if (auto* problem = std::get_if<Explanation>(&image))
        return std::move(*problem);
    const auto known = known_certificates(context.system, options.system, certificates);
    auto report =
        make_report(std::move(std::get<trust::ImageFacts>(image)), graph.machine, known, stated);
    graph.image =
        trust::GraphImage{std::move(report.image), std::move(report.vouchers), report.now().loads};
    return graph;
}

/* Whether all that is drawn is known. */
Exit exit_of_graph(const trust::Graph& graph) {
    for (const auto& state : graph.machine.keyrings) {
        if (!state.present || (*state.present && !state.contents))
            return Exit::cannot_tell;
    }
    return Exit::yes;
}

Explanation explain_failed_dot(int error) {
    if (error == ENOENT)
        return {"no-graphviz", error, "SVG is made by dot of Graphviz, which is not installed",
                "apt install graphviz; or leave it to another machine: --format dot"};
    return {"graphviz-failed", error, fmt::format("dot failed: {}", errno_name(error)),
            "keep what --format dot prints, and report it"};
}

Exit graph(const GraphOptions& options, Context& context) {
    image::prepare_openssl_to_judge();
    const auto made = make_graph(options, context);
    if (const auto* problem = std::get_if<Explanation>(&made))
        return fail(*problem, Exit::cannot_tell, context);
    const auto& graph = std::get<trust::Graph>(made);
    auto text = trust::to_dot(graph);
    if (wants_svg(options)) {
        const auto svg = context.system.filter({"dot", "-Tsvg"}, text);
        if (!svg)
            return fail(explain_failed_dot(svg.error()), Exit::no, context);
        text = *svg;
    }
    if (options.output.empty() || options.output == "-") {
        context.out << text;
    } else if (const int error = context.system.replace_file(options.output, text)) {
        return fail({"not-written", error, fmt::format("{}: {}", options.output, errno_name(error)),
                     "name another file, or leave -o out; what was there is untouched"},
                    Exit::no, context);
    }
    return exit_of_graph(graph);
}

constexpr const char* graph_footer = R"(Examples:
  kexec-keyrings graph -o trust.svg                 keyrings, keys, roots of trust
  kexec-keyrings graph /boot/vmlinuz -o trust.svg   and who vouches for this image
  kexec-keyrings graph --system other.json | dot -Tpdf >trust.pdf

Heavy lines: consulted about a kexec image. Dashed lines: not consulted. Which of
them it is, the module tells (load --mode observe), or --native says it.

Exit status: 0 drawn, 1 dot is missing or the file cannot be written,
2 wrong command line, 3 not all could be read (drawn is what is known)

What is drawn is there for programs in `keys --json` and `explain --json`.)";

}  // namespace

void add_graph(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("graph", "Keyrings, keys and roots of trust as a drawing");
    auto options = std::make_shared<GraphOptions>();

    command->add_option("image", options->image, "A kernel image, to see who vouches for it");
    add_machine_options(*command, *options);
    command
        ->add_option("--format", options->format,
                     "dot (for Graphviz; default) or svg (default if FILE ends in .svg)")
        ->check(CLI::IsMember({format_dot, format_svg}));
    command->add_option("-o,--output", options->output, "Write to this file, not to stdout");
    command->footer(graph_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return graph(*options, context); };
    });
}

}  // namespace kxk::cmd
