// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cmd/context.h"
#include "cmd/explanation.h"
#include "cmd/status_text.h"
#include "host/inspect.h"
#include "trust/assess.h"
#include "trust/machine_json.h"

namespace kxk::cmd {
namespace {

Exit status(bool as_json, Context& context) {
    const auto machine = host::inspect_machine(context.system);
    context.out << (as_json ? trust::to_text(trust::to_json(machine))
                            : status_text(machine, context.colour));
    return exit_of(trust::has_policy_of_linux_6_0(machine));
}

constexpr const char* status_footer = R"(Examples:
  kexec-keyrings status
  kexec-keyrings status --json | jq .policy

Exit status: 0 the policy of Linux 6.0 is in force, 1 another one is,
2 wrong command line, 3 cannot tell (as when the module is not loaded)

JSON, where null always means "cannot tell":
  schema                 1; keys are added, never changed
  kernel                 release, arch
  policy                 native, active: "builtin", "secondary platform", ...,
                         or "none": every image is refused;
                         native_guess, while native is unknown: policy, because;
                         linux_6_0: whether the active one is that of Linux 6.0
  module                 loaded; and when it is: version, mode, arch, engine,
                         target, native_policy, active_policy, stats
  lockdown               "none", "integrity" or "confidentiality"
  secure_boot            enabled; firmware: "uefi", "ipl" or "none"; setup_mode;
                         supported: the firmware can do it
  config                 source, and the kernel's options for kexec by name
  ima                    present; rules: those in force; problem: why they are
                         not known; settings: ima_... of the command line;
                         kexec: measured, appraised ("none", "some", "all"
                         images), signature: IMA vouches for one in lockdown,
                         mode ("enforce", "log", "fix", "off"), rules: those for
                         kexec images, each with rule and origin
                         ("architecture", "command line", "build", "custom")
  symbols                functions of the kernel that show a correction
  keyrings               by the kernel's name: present, entries, keys, links,
                         vouches: whether its keys count for kexec images;
                         contents: its keys, each with type, description, key_id
  unplaced_keys          listed, but on one of the keyrings that cannot be read
  kexec_loaded           an image is loaded; kexec_crash_loaded: one for a crash
  advisories             id, commit of the correction, title, affected, how that
                         was determined, next_step
  next_step              what to do, one sentence)";

}  // namespace

void add_status(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("status", "This machine at a glance, and what to do next");
    auto as_json = std::make_shared<bool>(false);

    command->add_flag("--json", *as_json, "Report as JSON");
    command->footer(status_footer);
    command->callback([as_json, &chosen] {
        chosen = [as_json](Context& context) { return status(*as_json, context); };
    });
}

}  // namespace kxk::cmd
