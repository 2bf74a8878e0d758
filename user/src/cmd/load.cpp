// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <CLI/CLI.hpp>
#include <cerrno>

#include "cmd/context.h"
#include "cmd/explanation.h"
#include "cmd/load_failure.h"
#include "host/inspect.h"
#include "host/kernel_log.h"
#include "trust/assess.h"

namespace kxk::cmd {
namespace {

struct LoadOptions {
    std::string engine = KEXEC_KEYRINGS_ENGINE_AUTO;
    std::string mode = KEXEC_KEYRINGS_MODE_BACKPORT;
    std::string module;
    bool force = false;
    bool device = false;
    bool if_needed = false;
    bool json = false;
};

/* Only what differs from the module's defaults, so that modprobe.d(5) can set the rest. */
std::string module_parameters(const LoadOptions& options) {
    std::string parameters;
    const auto add = [&parameters](const std::string& parameter) {
        parameters += (parameters.empty() ? "" : " ") + parameter;
    };
    if (options.engine != KEXEC_KEYRINGS_ENGINE_AUTO)
        add("engine=" + options.engine);
    if (options.mode != KEXEC_KEYRINGS_MODE_BACKPORT)
        add("mode=" + options.mode);
    if (options.force)
        add("force=1");
    if (options.device)
        add("device=1");
    return parameters;
}

std::string or_unknown(const std::optional<std::string>& value) {
    return value.value_or("unknown");
}

Exit report_success(const LoadOptions& options, const Context& context) {
    const auto module = host::read_module(context.system);
    if (options.json) {
        trust::Json json = {{"loaded", true}};
        json.update(trust::to_json(module));
        context.out << trust::to_text(json);
    } else if (!module.active_policy) {
        context.out << "kexec-keyrings: the module is loaded, but /sys/kernel/kexec_keyrings does "
                       "not show what is in force\n"
                       "remedy: mount sysfs on /sys and run `kexec-keyrings status`\n";
    } else if (module.mode == KEXEC_KEYRINGS_MODE_OBSERVE) {
        context.out << fmt::format(
            "loaded, observing {}(); nothing is redirected, the policy is \"{}\"\n",
            or_unknown(module.target), *module.active_policy);
    } else {
        context.out << fmt::format("loaded: policy \"{}\" -> \"{}\" ({}() redirected by {})\n",
                                   or_unknown(module.native_policy), *module.active_policy,
                                   or_unknown(module.target), or_unknown(module.engine));
    }
    return module.active_policy ? Exit::yes : Exit::cannot_tell;
}

/* The refusals of a kernel on which the module would change no verdict. */
bool is_needless(const std::string& code) {
    return code == KEXEC_KEYRINGS_REFUSED_NATIVE || code == KEXEC_KEYRINGS_REFUSED_UNVERIFIED ||
           code == KEXEC_KEYRINGS_REFUSED_NO_VERIFIER;
}

Exit report_failure(const LoadOptions& options, const LoadFailure& failure,
                    const Context& context) {
    const bool loaded = failure.result.error == EEXIST;
    const auto module = loaded ? host::read_module(context.system) : trust::ModuleAttributes{};
    const auto explanation = explain_load_failure(failure);
    const auto exit = options.if_needed && (is_needless(explanation.code) ||
                                            (loaded && module.mode == options.mode))
                          ? Exit::yes
                          : Exit::no;
    if (options.json) {
        trust::Json json = {{"loaded", loaded}};
        json.update(to_json(explanation));
        if (loaded)
            json.update(trust::to_json(module));
        context.out << trust::to_text(json);
    } else if (exit == Exit::no) {
        print_for_people(explanation, context);
    }
    return exit;
}

Exit load(const LoadOptions& options, Context& context) {
    // From before the insertion on, so that an older refusal is not taken for this one.
    const auto log = context.system.open_kernel_log();
    const auto result = context.system.insert_module(
        {"kexec_keyrings", options.module, module_parameters(options)});
    if (result.error == 0)
        return report_success(options, context);

    auto failure = collect_load_failure(context.system, result);
    failure.engine = options.engine;
    failure.by_path = !options.module.empty();
    if (log)
        failure.messages = host::kernel_messages(log->read_new());
    return report_failure(options, failure, context);
}

}  // namespace

void add_load(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("load", "Load the module, or say why it will not");
    auto options = std::make_shared<LoadOptions>();

    command
        ->add_option("--engine", options->engine,
                     "What redirects the kernel's function: auto (default), ftrace or kprobe")
        ->check(CLI::IsMember({KEXEC_KEYRINGS_ENGINE_AUTO, KEXEC_KEYRINGS_ENGINE_FTRACE,
                               KEXEC_KEYRINGS_ENGINE_KPROBE}));
    command
        ->add_option("--mode", options->mode,
                     "backport (default), or observe: redirect nothing, only tell the policy")
        ->check(CLI::IsMember({KEXEC_KEYRINGS_MODE_BACKPORT, KEXEC_KEYRINGS_MODE_OBSERVE}));
    command->add_flag("--force", options->force,
                      "Redirect even where the policy is that of Linux 6.0 already");
    command->add_flag("--device", options->device,
                      "Offer /dev/kexec_keyrings for `kexec-keyrings verify`, as observe always "
                      "does");
    command->add_flag("--if-needed", options->if_needed,
                      "Say nothing, and succeed, where the kernel has no use for the module or has "
                      "it already");
    command->add_option("--module", options->module,
                        "This file, instead of the installed module of the running kernel");
    command->add_flag("--json", options->json, "Report as JSON");
    command->footer(
        "Examples:\n"
        "  kexec-keyrings load\n"
        "  kexec-keyrings load --mode observe\n"
        "  kexec-keyrings load --module ./kexec_keyrings.ko --engine kprobe\n\n"
        "Exit status: 0 loaded (or not needed), 1 refused, 2 wrong command line,\n"
        "3 loaded but what is in force cannot be read");
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return load(*options, context); };
    });
}

}  // namespace kxk::cmd
