// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/enforcing_cases.h"

#include <fmt/format.h>

#include <cerrno>

#include "host/foretold.h"
#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr const char* before = "before";
constexpr const char* loaded = "loaded";

/** Lockdown would turn all refusals into EPERM. */
Expectation answers(const std::string& phase, const Column& expected) {
    return [phase, expected](const Outcome& outcome) {
        return compare_columns(phase, column_of(outcome, phase),
                               "a kernel that enforces signatures", expected);
    };
}

/** Upstream's test of kexec_file_load(2), which takes the image of the running kernel in /boot. */
std::string add_upstreams_test(Scenario& scenario, const std::string& phase,
                               const std::string& signer) {
    return scenario.step(
        fmt::format("{}/upstream/{}", phase, signer),
        RunProgram{{"sh", "-c",
                    fmt::format("mkdir -p /boot /tmp && cp {} /boot/vmlinuz-$(uname -r) && cd {} "
                                "&& ./test_kexec_file_load.sh",
                                guest_image(signer), guest_selftests)}});
}

/** Ours, of a kernel that is to have the policy of Linux 6.0. */
std::string add_our_test(Scenario& scenario, const std::string& phase) {
    return scenario.step(fmt::format("{}/ours", phase),
                         RunProgram{{"kexec-keyrings", "test", "--image", guest_base_image, "--key",
                                     "/lab/keys/platform.key", "--cert", "/lab/keys/platform.der",
                                     "--expect-policy", "6.0"},
                                    300});
}

/** Whatever the kernel answers, that test passes: only what it says differs. */
Expectation passes_and_says(const std::string& id, const std::string& text) {
    return all_of({exits_with(id, 0), says(id, text), says(id, "[PASS]")});
}

/**
 * Of upstream's tests, neither tells by its result what the module is for: to refuse the image that
 * .platform vouches for is a pass, like its acceptance. That an image without a signature is
 * refused passes as well, and would not if it were loaded.
 */
void add_upstreams_tests(Scenario& scenario) {
    const auto refused_platform = add_upstreams_test(scenario, before, "platform");
    const auto refused_unsigned = add_upstreams_test(scenario, before, "unsigned");
    const auto ours_before = add_our_test(scenario, before);
    const auto load = add_load(scenario, "upstream/load", {}, true);
    const auto accepted_platform = add_upstreams_test(scenario, loaded, "platform");
    const auto ours_loaded = add_our_test(scenario, loaded);
    const auto still_refused = add_upstreams_test(scenario, loaded, "unknown");
    const auto still_unsigned = add_upstreams_test(scenario, loaded, "unsigned");
    const auto bare = scenario.step(
        "upstream/kexec_load",
        RunProgram{{"sh", "-c", fmt::format("cd {} && ./test_kexec_load.sh", guest_selftests)}});
    const auto unload = add_unload(scenario, "upstream/unload");

    scenario.expect("upstream's test without the module: platform's image is refused, which passes",
                    passes_and_says(refused_platform, "kexec_file_load failed (-ENOKEY)"));
    scenario.expect("upstream's test with it: the same image loads, which passes, too",
                    all_of({succeeds(load), succeeds(unload),
                            passes_and_says(accepted_platform, "kexec_file_load succeeded")}));
    scenario.expect("kexec-keyrings test fails where upstream's passes, and passes with the module",
                    all_of({exits_with(ours_before, 1),
                            says(ours_before, "not ok 10 - an image by a key on .platform"),
                            exits_with(ours_loaded, 0),
                            says(ours_loaded, "\nok 10 - an image by a key on .platform\n")}));
    scenario.expect(
        "upstream's test: images of unknown signers and without a signature are refused",
        all_of({passes_and_says(still_refused, "kexec_file_load failed (-ENOKEY)"),
                passes_and_says(refused_unsigned, "kexec_file_load failed (missing PE sig)"),
                passes_and_says(still_unsigned, "kexec_file_load failed (missing PE sig)")}));
    scenario.expect("upstream's test of kexec_load(2), which no signature concerns, passes",
                    passes_and_says(bare, "kexec_load succeeded"));
}

}  // namespace

Scenario enforcing_cases(const Arch& arch, const Variant& variant) {
    const auto column = [](int secondary, int platform, int tampered) {
        return Column{{"builtin", 0},         {"secondary", secondary}, {"platform", platform},
                      {"tampered", tampered}, {"unknown", ENOKEY},      {"unsigned", ENODATA}};
    };
    Scenario scenario = not_locked_down(variant);

    scenario.upstreams_selftests = true;
    scenario.kselftest = true;
    add_platform_key(scenario, arch);
    add_secondary_key(scenario);
    add_cells(scenario.plan, before);
    add_explanations(scenario, before, variant);
    const auto load = add_load(scenario, "load", {}, true);
    add_cells(scenario.plan, loaded);
    add_explanations(scenario, loaded, variant);
    add_unload(scenario, "unload", true);
    // The tampered one was platform's: its signature is not looked at before its signer is known.
    scenario.expect("native: refusals tell their cause",
                    answers(before, column(ENOKEY, ENOKEY, ENOKEY)));
    scenario.expect("native: explain foretells every verdict", foretold(before));
    scenario.expect("loaded: the two more keyrings count, and refusals tell their cause",
                    all_of({succeeds(load), answers(loaded, column(0, 0, EKEYREJECTED))}));
    scenario.expect("loaded: explain foretells every verdict", foretold(loaded));
    add_upstreams_tests(scenario);
    scenario.expect("the guest comes to its end without a fault", ended_well);
    return scenario;
}

}  // namespace kxk::lab
