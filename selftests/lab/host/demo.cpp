// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <unistd.h>

#include "host/commands.h"
#include "host/failure.h"
#include "host/session.h"
#include "host/steps.h"
#include "host/table.h"

namespace kxk::lab {

namespace {

Scenario subject_scenario(const Arch& arch, const Variant& variant, const Options& options,
                          const std::string& marker) {
    Scenario scenario = locked_down(variant);

    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    add_cells(scenario.plan, "before");
    add_load(scenario, "load", {"--engine", options.engine}, true);
    add_attributes(scenario, "attributes");
    add_cells(scenario.plan, "loaded");
    add_unload(scenario, "unload", true);
    add_cells(scenario.plan, "unloaded");
    add_load(scenario, "load-again", {"--engine", options.engine}, true);
    add_kexec(scenario, arch, marker);
    return scenario;
}

Scenario reference_scenario(const Arch& arch, const Variant& variant) {
    Scenario scenario = locked_down(variant);

    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    add_cells(scenario.plan, "reference");
    return scenario;
}

void append(Complaints& all, const Complaints& some) {
    all.insert(all.end(), some.begin(), some.end());
}

void print_facts(const Arch& arch, const Variant& variant, const Variant& reference,
                 const Outcome& subject) {
    const auto shown = [&subject](const char* key) { return value_of(subject, "attributes", key); };

    fmt::print("\n  native policy   \"{}\", as the module found by asking the kernel\n",
               shown("native_policy"));
    fmt::print("  with the module \"{}\"; {}() redirected by {}\n", shown("active_policy"),
               shown("target"), shown("engine"));
    fmt::print("  reference       the answers of Linux {}, booted beside\n", reference.name);
    fmt::print(
        "  keys            builtin: compiled in; secondary: vouched for by builtin through\n"
        "                  an intermediate, added by root; platform: {}",
        arch.firmware ? "in db of the firmware,\n"
                        "                  which has Secure Boot on\n"
                      : "put on .platform by\n"
                        "                  the lab's fixture module, which also makes the guest\n"
                        "                  count as secure-IPLed: QEMU here cannot do that\n");
    if (variant.kernel != image_kernel) {
        fmt::print("  kernel          {}: restored by a patch of the lab's\n", variant.name);
    }
    if (subject.second) {
        fmt::print(
            "\n  kexec -s -l of the image signed by secondary, kexec -e; second kernel:\n"
            "    {}\n    {}\n",
            subject.second->uname, subject.second->command_line);
    }
}

struct Columns {
    Column before;
    Column loaded;
    Column unloaded;
    Column reference;
};

void print_table(const Arch& arch, const Variant& variant, const Columns& columns) {
    fmt::print("kexec_file_load(2) on {}, Linux {}, lockdown=integrity\n\n", arch.name,
               variant.name);
    fmt::print("{}", format_table({{"before", columns.before, columns.before},
                                   {"loaded", columns.loaded, columns.reference},
                                   {"unloaded", columns.unloaded, columns.before},
                                   {"reference", columns.reference, columns.reference}},
                                  ::isatty(STDOUT_FILENO) != 0));
}

/** What went wrong with the guests themselves. */
Complaints failures(const Session& session, const std::vector<Outcome>& outcomes) {
    Complaints complaints;

    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        for (const std::string& complaint : ended_well(outcomes[i])) {
            complaints.push_back(
                fmt::format("{} (console: {})", complaint, session.console_log(i).string()));
        }
    }
    return complaints;
}

Complaints judge(const Columns& columns, const Outcome& subject, const std::string& marker) {
    Complaints complaints;

    append(complaints, compare_columns("loaded", columns.loaded, "reference", columns.reference));
    append(complaints, compare_columns("unloaded", columns.unloaded, "before", columns.before));
    append(complaints,
           compare_with_policy(columns.before, value_of(subject, "attributes", "native_policy")));
    append(complaints, refuses_strangers("before", columns.before));
    append(complaints, refuses_strangers("loaded", columns.loaded));
    append(complaints, gains(columns.before, columns.loaded));
    append(complaints, second_kernel_is_up(subject, marker));
    return complaints;
}

}  // namespace

int demo(const Signals& signals, const Options& options, const std::string& arch_name) {
    const Places places = find_places();
    const Commands commands(signals);
    const Arch arch = read_arch(places.lab, arch_name);
    const Variant variant = subjects_of(arch.name).front();
    const Variant reference = reference_of(arch.name);
    const std::string marker = make_marker();
    Session session(places, signals, "demo-" + arch.name, options);
    Workshop workshop(places, commands, arch);
    std::vector<Outcome> outcomes(2);

    workshop.use_images_of(image_kernel);
    session.prepare(workshop, subject_scenario(arch, variant, options, marker));
    session.prepare(workshop, reference_scenario(arch, reference));
    session.boot(
        [&outcomes](std::size_t index, Outcome outcome) { outcomes[index] = std::move(outcome); });

    Complaints complaints = failures(session, outcomes);
    const Columns columns{column_of(outcomes[0], "before"), column_of(outcomes[0], "loaded"),
                          column_of(outcomes[0], "unloaded"), column_of(outcomes[1], "reference")};

    // A guest that never came to the first cell has nothing to compare.
    if (!columns.before.empty() && !columns.reference.empty()) {
        print_table(arch, variant, columns);
        print_facts(arch, variant, reference, outcomes[0]);
        // What follows from a guest's early end need not be told as well.
        if (complaints.empty()) {
            complaints = judge(columns, outcomes[0], marker);
        }
    }
    for (const std::string& complaint : complaints) {
        fmt::print("\nwrong: {}", complaint);
    }
    fmt::print("{}", complaints.empty() ? "\nEvery verdict with the module is that of Linux 6.0.\n"
                                        : "\n");
    return complaints.empty() ? 0 : 1;
}

}  // namespace kxk::lab
