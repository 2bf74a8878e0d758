// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/selftest_cases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <utility>

#include "host/foretold.h"
#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* policy_of_6_0 = "6.0";
constexpr const char* lockdown = "/sys/kernel/security/lockdown";
constexpr const char* kexec_loaded = "/sys/kernel/kexec_loaded";
constexpr int longest_test = 300;
constexpr int test_skipped = 4;
constexpr unsigned nobody = 65534;

/** Names of its tests. */
constexpr const char* old_call = "kexec_load(2), which verifies nothing";
constexpr const char* whole_image = "the image as it is";
constexpr const char* unsigned_image = "the image without a signature";
constexpr const char* tampered_image = "an image by a trusted key, tampered with";
constexpr const char* cut_image = "an image that was cut";
constexpr const char* unknown_signer = "an image by a key that no keyring has";
constexpr const char* by_builtin = "an image by a key on .builtin_trusted_keys";
constexpr const char* by_secondary = "an image by a key on .secondary_trusted_keys";
constexpr const char* by_machine = "an image by a key on .machine";
constexpr const char* by_platform = "an image by a key on .platform";
constexpr const char* by_fourth_key = "an image by the key that was given as number 4";
constexpr const char* module_policy = "the module has the policy of Linux 6.0";
constexpr const char* as_found = "the machine is as it was found";

/** What must not pass where an image is refused for any reason: the kernel's word counts. */
constexpr const char* negative_tests[] = {whole_image, unsigned_image, tampered_image,
                                          cut_image,   unknown_signer, by_fourth_key};

constexpr const char* ok = "ok";
constexpr const char* not_ok = "not ok";
constexpr const char* skipped = "skip";

/** The result of a test by its name: "ok", "not ok", "skip"; or empty. */
std::string result_of(const StepResult& result, const std::string& name) {
    std::istringstream lines(result.output);
    const std::string mark = " - " + name;

    for (std::string line; std::getline(lines, line);) {
        const auto found = line.find(mark);
        const auto end = found == std::string::npos ? found : found + mark.size();

        if (end == std::string::npos || line.front() == '#' ||
            (end != line.size() && line.compare(end, 3, " # ") != 0)) {
            continue;
        }
        if (line.compare(0, 4, "not ") == 0) {
            return not_ok;
        }
        return end == line.size() ? ok : skipped;
    }
    return {};
}

using Results = std::vector<std::pair<const char*, const char*>>;

/** The exit status, and the results of some of the tests. */
Expectation tells(const std::string& id, int status, const Results& results) {
    return [=](const Outcome& outcome) {
        const StepResult* step = outcome.find(id);
        Complaints complaints = exits_with(id, status)(outcome);

        if (step == nullptr) {
            return complaints;
        }
        for (const auto& [name, expected] : results) {
            const std::string seen = result_of(*step, name);

            if (seen != expected) {
                complaints.push_back(
                    fmt::format("{}: \"{}\" is \"{}\", not \"{}\"", id, name, seen, expected));
            }
        }
        return complaints;
    };
}

Results with(Results results, const Results& more) {
    results.insert(results.end(), more.begin(), more.end());
    return results;
}

/** All that does not depend on a keyring passes. */
Results the_rest() {
    Results results{{old_call, ok}, {as_found, ok}, {by_machine, skipped}};

    for (const char* name : negative_tests) {
        results.emplace_back(name, ok);
    }
    return results;
}

std::vector<std::string> command(const std::vector<std::string>& options, bool with_keys = true) {
    std::vector<std::string> argv{"kexec-keyrings", "test", "--image", guest_base_image};

    if (with_keys) {
        for (const char* who : {"builtin", "secondary", "platform", "unknown"}) {
            argv.insert(argv.end(), {"--key", fmt::format("/lab/keys/{}.key", who), "--cert",
                                     fmt::format("/lab/keys/{}.der", who)});
        }
        // An appended signature names its signer by issuer and serial number, and no more.
        argv.insert(argv.end(), {"--cert", "/lab/keys/intermediate.der"});
    }
    argv.insert(argv.end(), options.begin(), options.end());
    return argv;
}

std::string add_test(Scenario& scenario, const std::string& id,
                     const std::vector<std::string>& options) {
    return scenario.step(id, RunProgram{command(options), longest_test});
}

std::vector<std::string> expecting(const std::string& policy) {
    return policy.empty() ? std::vector<std::string>()
                          : std::vector<std::string>{"--expect-policy", policy};
}

/** Where it must not start, it does not, and says why. */
void add_no_starts(Scenario& scenario) {
    const auto user =
        scenario.step("user/test", RunProgram{command({}, false), longest_test, nobody});
    scenario.expect("test: without root, nothing is tested",
                    all_of({exits_with(user, test_skipped), says(user, "1..0 # SKIP ")}));

    const auto load = scenario.step(
        "loaded/kexec", RunProgram{{"kexec", "-s", "-l", "--append=x", guest_image("builtin")}});
    const auto test = add_test(scenario, "loaded/test", {});
    const auto state = scenario.step("loaded/state", ReadFile{kexec_loaded});
    scenario.step("loaded/unload", RunProgram{{"kexec", "-s", "-u"}}, true);
    scenario.expect("test: a kernel that is loaded stays loaded, and nothing is tested",
                    all_of({succeeds(load), exits_with(test, test_skipped),
                            says(test, "1..0 # SKIP a kernel is loaded"), says(state, "1")}));

    const auto nothing = scenario.step(
        "nothing/test", RunProgram{{"kexec-keyrings", "test", "--image", "/lab/plan.json"}});
    scenario.expect("test: a file that is no kernel makes no keyring pass",
                    tells(nothing, 0, {{by_builtin, skipped}, {by_platform, skipped}}));
}

/** The same by kselftest's own runner, which turns the exit status into a result. */
std::string add_runner(Scenario& scenario, const std::string& id,
                       const std::vector<std::string>& options) {
    std::vector<std::string> arguments = command(options);

    // The wrapper says by itself which program it is, and what it is to do.
    arguments.erase(arguments.begin(), arguments.begin() + 2);
    return scenario.step(id, RunProgram{{"env",
                                         fmt::format("KEXEC_KEYRINGS_TEST_ARGS={}",
                                                     fmt::format("{}", fmt::join(arguments, " "))),
                                         fmt::format("{}/run_kselftest.sh", guest_kselftest)},
                                        longest_test});
}

/** What the runner says of the program as a whole. */
Expectation runner_says(const std::string& id, const std::string& result) {
    return says(id, "\n" + result + " 1 selftests: kexec_keyrings: kexec_keyrings.sh");
}

/** Whenever it is ended, no kernel stays loaded. */
void add_interruptions(Scenario& scenario) {
    const auto id = scenario.step(
        "interrupted",
        RunProgram{{"sh", "-c",
                    fmt::format("for wait in 1 2 3 4 5; do {} >/tmp/out & sleep $wait; "
                                "kill -TERM $!; wait $!; echo \"ended $?\"; cat {}; done",
                                fmt::format("kexec-keyrings test --image {} --key "
                                            "/lab/keys/builtin.key --cert /lab/keys/builtin.der",
                                            guest_base_image),
                                kexec_loaded)},
                   longest_test});
    scenario.expect(
        "test: whenever it is ended, no kernel is left loaded", [id](const Outcome& outcome) {
            const StepResult* result = outcome.find(id);
            const auto wrong = result == nullptr ||
                               result->output.find("\n1\n") != std::string::npos ||
                               result->output.find("ended 143") == std::string::npos;

            return wrong ? Complaints{"it was: " + (result == nullptr ? "no step" : result->output)}
                         : Complaints();
        });
}

/** Nothing is enforced: what loads tells nothing of keyrings, but the device does. */
void add_lenient_tests(Scenario& scenario, const std::string& policy) {
    const Results nothing{{by_builtin, skipped}, {by_secondary, skipped}, {by_platform, skipped}};
    const Results everything{{by_builtin, ok}, {by_secondary, ok}, {by_platform, ok}};

    const auto test = add_test(scenario, "lenient/test", expecting(policy));
    const auto load = add_load(scenario, "lenient/load", {"--mode", "observe"});
    const auto device = add_test(scenario, "lenient/device", {});
    const auto unload = add_unload(scenario, "lenient/unload");
    scenario.expect("test: without lockdown, no keyring passes",
                    tells(test, 0, with(nothing, the_rest())));
    scenario.expect(
        "test: without lockdown, the module's device tells of keyrings",
        all_of({succeeds(load), tells(device, 0, with(everything, the_rest())), succeeds(unload)}));
}

void add_lockdown(Scenario& scenario) {
    scenario.step("lock", WriteFile{lockdown, "integrity"}, true);
}

void add_end(Scenario& scenario) {
    const auto state = scenario.step("end/state", ReadFile{kexec_loaded});

    scenario.expect("no kernel is loaded at the end", says(state, "0"));
    scenario.expect("the guest comes to its end without a fault", ended_well);
}

Scenario prepared(const Arch& arch, const Variant& variant) {
    Scenario scenario = not_locked_down(variant);

    scenario.name = "kexec-keyrings test on " + variant.name;
    scenario.kselftest = true;
    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    return scenario;
}

}  // namespace

Scenario selftest_cases(const Arch& arch, const Variant& variant) {
    const Results all{{by_builtin, ok}, {by_secondary, ok}, {by_platform, ok}};
    const std::string policy = stated_policy(variant);
    Scenario scenario = prepared(arch, variant);
    // Those that the module is for: what is on them is refused by the kernel itself.
    Results gained;
    if (policy.find("secondary") == std::string::npos) {
        gained.emplace_back(by_secondary, not_ok);
    }
    if (policy.find("platform") == std::string::npos) {
        gained.emplace_back(by_platform, not_ok);
    }

    add_lenient_tests(scenario, policy);
    add_lockdown(scenario);

    const auto before = add_test(scenario, "before/test", expecting(policy));
    const auto before_6_0 = add_test(scenario, "before/6.0", expecting(policy_of_6_0));
    const auto keyless = scenario.step("before/keyless",
                                       RunProgram{command(expecting(policy), false), longest_test});
    scenario.expect("test: the kernel does what its own policy says",
                    tells(before, 0, with(all, with(the_rest(), {{module_policy, skipped}}))));
    scenario.expect("test: held against the policy of 6.0, it fails",
                    tells(before_6_0, 1, with(gained, {{unknown_signer, ok}, {as_found, ok}})));
    scenario.expect("test: without private keys, no keyring passes",
                    tells(keyless, 0,
                          {{by_builtin, skipped},
                           {by_secondary, skipped},
                           {by_platform, skipped},
                           {tampered_image, skipped},
                           {unsigned_image, ok}}));

    // The guest's /dev has devices alone, and the runner writes to this one.
    scenario.step("runner/stdout", RunProgram{{"ln", "-s", "/proc/self/fd/1", "/dev/stdout"}},
                  true);
    const auto runner_before = add_runner(scenario, "before/runner", expecting(policy_of_6_0));

    const auto load = add_load(scenario, "load", {}, true);
    const auto loaded = add_test(scenario, "loaded", {});
    const auto runner_loaded = add_runner(scenario, "loaded/runner", expecting(policy_of_6_0));
    const auto loaded_older = add_test(scenario, "loaded/older",
                                       expecting(policy.empty() ? std::string("builtin") : policy));
    add_no_starts(scenario);
    add_interruptions(scenario);
    const auto unload = add_unload(scenario, "unload", true);
    const auto after = add_test(scenario, "after/6.0", expecting(policy_of_6_0));
    scenario.expect("test: with the module, every keyring passes",
                    all_of({succeeds(load),
                            tells(loaded, 0, with(all, with(the_rest(), {{module_policy, ok}})))}));
    scenario.expect("test: with the module, held against the older policy, it fails",
                    tells(loaded_older, 1, gained));
    scenario.expect("test: once the module is gone, the policy of 6.0 fails again",
                    all_of({succeeds(unload), tells(after, 1, gained)}));
    scenario.expect("test: by kselftest's runner, it fails without the module and passes with it",
                    all_of({runner_says(runner_before, "not ok"), runner_says(runner_loaded, "ok"),
                            says(runner_loaded, "# ok 1 - ")}));
    add_end(scenario);
    return scenario;
}

Scenario native_selftest_cases(const Arch& arch, const Variant& variant) {
    const Results all{{by_builtin, ok}, {by_secondary, ok}, {by_platform, ok}};
    Scenario scenario = prepared(arch, variant);

    add_lenient_tests(scenario, policy_of_6_0);
    add_lockdown(scenario);
    const auto native = add_test(scenario, "native/test", expecting(policy_of_6_0));
    const auto older = add_test(scenario, "native/older", expecting("builtin"));
    const auto force = add_load(scenario, "force", {"--force"});
    const auto forced = add_test(scenario, "forced/test", {});
    add_no_starts(scenario);
    const auto unload = add_unload(scenario, "unload");
    scenario.expect("test: every keyring passes", tells(native, 0, with(all, the_rest())));
    scenario.expect("test: held against an older policy, it fails", tells(older, 1,
                                                                          {{by_builtin, ok},
                                                                           {by_secondary, not_ok},
                                                                           {by_platform, not_ok},
                                                                           {unknown_signer, ok}}));
    scenario.expect("test: with the module by force, every keyring passes as well",
                    all_of({succeeds(force),
                            tells(forced, 0, with(all, with(the_rest(), {{module_policy, ok}}))),
                            succeeds(unload)}));
    add_end(scenario);
    return scenario;
}

}  // namespace kxk::lab
