// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/crash_cases.h"

#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* crash_loaded = "/sys/kernel/kexec_crash_loaded";
constexpr const char* kexec_loaded = "/sys/kernel/kexec_loaded";

/** kexec-tools are asked to load an image; what is loaded then is in a file. */
struct Attempt {
    std::string kexec;
    std::string state;
};

Attempt attempt(Scenario& scenario, const Arch& arch, const std::string& marker,
                const std::string& phase, const std::string& signer,
                const std::vector<std::string>& options) {
    const std::string id = phase + '/' + options.back() + '/' + signer;
    const char* state = options.back() == "-p" ? crash_loaded : kexec_loaded;

    return {scenario.step(id, RunProgram{kexec_arguments(arch, marker, signer, options)}),
            scenario.step(id + "/state", ReadFile{state})};
}

Expectation refused(const Attempt& attempt, const char* state) {
    return [attempt, state](const Outcome& outcome) {
        const StepResult* result = outcome.find(attempt.kexec);
        Complaints complaints = says(attempt.state, state)(outcome);

        if (result == nullptr || result->error != 0 || result->status == 0) {
            complaints.push_back(attempt.kexec + ": kexec did not say that it failed");
        }
        return complaints;
    };
}

Expectation accepted(const Attempt& attempt) {
    return all_of({succeeds(attempt.kexec), says(attempt.state, "1")});
}

}  // namespace

Scenario crash_cases(const Arch& arch, const Variant& variant, const std::string& marker) {
    const std::vector<std::string> dump{"-s", "-p"};
    const std::vector<std::string> any_call{"-a", "-l"};
    Scenario scenario = locked_down(variant);
    const auto by = [&](const std::string& phase, const std::string& signer,
                        const std::vector<std::string>& options) {
        return attempt(scenario, arch, marker, phase, signer, options);
    };

    scenario.name += ", which crashes";
    scenario.command_line += " crashkernel=256M";
    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    scenario.expect("without the module, kexec -s -p and -a are refused the image of secondary",
                    all_of({refused(by("before", "secondary", dump), "0"),
                            refused(by("before", "secondary", any_call), "0")}));
    const auto load = add_load(scenario, "load", {}, true);
    scenario.expect("with it, both load that image, and not one that nobody vouches for",
                    all_of({succeeds(load), refused(by("first", "unknown", dump), "0"),
                            refused(by("first", "unknown", any_call), "0"),
                            accepted(by("loaded", "secondary", dump)),
                            accepted(by("loaded", "secondary", any_call))}));
    scenario.expect("a refused image leaves the loaded kernel where it is",
                    refused(by("after", "unknown", any_call), "1"));
    // The dump kernel's memory is where the next one would be: Linux lets go of it beforehand.
    scenario.expect("a refused dump kernel is none, nor is the one before it; it can come again",
                    all_of({refused(by("after", "unknown", dump), "0"),
                            accepted(by("again", "secondary", dump))}));
    scenario.step("crash", KexecExec{{"sh", "-c", "echo c >/proc/sysrq-trigger"}}, true);
    scenario.expect("the kernel crashes, and the dump kernel comes up",
                    [marker](const Outcome& o) { return second_kernel_is_up(o, marker); });
    scenario.expect("it has the memory of the crashed one in /proc/vmcore",
                    [](const Outcome& outcome) {
                        return outcome.second && outcome.second->dump_size > 0
                                   ? Complaints()
                                   : Complaints{"there is no /proc/vmcore, or nothing in it"};
                    });
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

}  // namespace kxk::lab
