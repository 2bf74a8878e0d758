// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <CLI/CLI.hpp>
#include <cerrno>

#include "cmd/context.h"
#include "cmd/explanation.h"
#include "host/inspect.h"

namespace kxk::cmd {
namespace {

constexpr const char* device_path = "/dev/" KEXEC_KEYRINGS_DEVICE;

/* Without RCU-tasks, a preemptible kernel cannot tell when the last task has left the module. */
bool is_permanent(const trust::KernelOptions& options) {
    return options.preemption.value_or(false) && !options.tasks_rcu.value_or(true);
}

Explanation explain_in_use(int error, const host::System& system) {
    if (is_permanent(host::read_kernel_options(system)))
        return {"permanent", error,
                "this kernel is preemptible and has no RCU-tasks, so the module stays until the "
                "next boot",
                "reboot; the kernel's own policy is back then"};
    return {"busy", error,
            fmt::format("the module is in use: a kexec image is being verified at this moment, or "
                        "a program has {} open",
                        device_path),
            fmt::format("wait for the kexec_file_load(2) in progress, or end that program (`fuser "
                        "-v {}`), then unload again",
                        device_path)};
}

Explanation explain_unload_failure(int error, const host::System& system) {
    const auto loaded = host::is_module_loaded(system);
    if (error == ENOENT || !loaded.value_or(true))
        return {"not-loaded", error, "the module is not loaded",
                "none needed: the kernel has its own policy"};
    if (!system.may_load_modules())
        return {"not-permitted", error,
                "unloading a module needs root (CAP_SYS_MODULE), which this process is not",
                "run it with sudo"};
    switch (error) {
        case EWOULDBLOCK:
            return explain_in_use(error, system);
        case EBUSY:
            return {"in-transition", error, "the module is being loaded or unloaded at this moment",
                    "wait for that, then look at `kexec-keyrings status`"};
        case EPERM:
            if (host::read_switch(system, "/proc/sys/kernel/modules_disabled").value_or(false))
                return {"modules-disabled", error,
                        "this kernel unloads no modules any more (kernel.modules_disabled is 1)",
                        "reboot: it cannot be unset"};
            return {"not-permitted", error,
                    "a security module of this kernel forbids unloading the module",
                    "look for a denial in the audit log, and allow it there"};
        case ENOSYS:
            return {"no-unload", error, "this kernel cannot unload modules at all",
                    "reboot; the kernel's own policy is back then"};
        default:
            return {"unknown", error,
                    fmt::format("the kernel did not unload the module ({})", errno_name(error)),
                    "look at the end of `dmesg`, and report what is there"};
    }
}

struct UnloadOptions {
    bool if_loaded = false;
    bool json = false;
};

Exit unload(const UnloadOptions& options, Context& context) {
    const auto before = host::read_module(context.system);
    const int error = context.system.remove_module("kexec_keyrings");
    if (error != 0) {
        const auto explanation = explain_unload_failure(error, context.system);
        const auto exit =
            options.if_loaded && explanation.code == "not-loaded" ? Exit::yes : Exit::no;
        if (options.json) {
            trust::Json json = {{"unloaded", false}};
            json.update(to_json(explanation));
            context.out << trust::to_text(json);
        } else if (exit == Exit::no) {
            print_for_people(explanation, context);
        }
        return exit;
    }

    if (options.json) {
        const auto& policy = before.native_policy;
        context.out << trust::to_text(
            {{"unloaded", true}, {"policy", policy ? trust::Json(*policy) : trust::Json(nullptr)}});
    } else if (before.native_policy) {
        context.out << fmt::format("unloaded: the kernel's own policy \"{}\" is in force\n",
                                   *before.native_policy);
    } else {
        context.out << "unloaded: the kernel's own policy is in force\n";
    }
    return Exit::yes;
}

}  // namespace

void add_unload(CLI::App& app, Action& chosen) {
    auto* command =
        app.add_subcommand("unload", "Unload the module: back to the kernel's own policy");
    auto options = std::make_shared<UnloadOptions>();

    command->add_flag("--if-loaded", options->if_loaded,
                      "Say nothing, and succeed, where the module is not loaded");
    command->add_flag("--json", options->json, "Report as JSON");
    command->footer(
        "Example:\n  kexec-keyrings unload\n\n"
        "Exit status: 0 unloaded, 1 refused, 2 wrong command line");
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return unload(*options, context); };
    });
}

}  // namespace kxk::cmd
