// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/selftest_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cmd/explain_report.h"
#include "cmd/verdict_words.h"
#include "trust/assess.h"

namespace kxk::cmd {
namespace {

using trust::Outcomes;

Judgement skip(std::string reason, std::vector<std::string> notes = {}) {
    return {Ruling::skip, std::move(reason), std::move(notes)};
}

std::string reason_of(const Explanation& why) {
    return fmt::format("{}; {}", why.cause, why.remedy);
}

std::string word_of_load(int error) {
    return error == 0 ? "loads" : fmt::format("refuses it ({})", errno_name(error));
}

std::string words_of(const Outcomes& outcomes, std::string (*word_of)(int)) {
    std::string words;
    for (const int error : outcomes)
        words += (words.empty() ? "" : " or ") + word_of(error);
    return words;
}

/* What is known of the machine, without what the module says of the policy: that is stated. */
trust::Machine without_module(const trust::Machine& machine) {
    auto bare = machine;
    if (machine.module.native_policy) {
        // The module has seen it verify.
        bare.options.kexec_sig = true;
        if (bare.secure_boot.firmware == "ipl")
            bare.secure_boot.enabled = true;
    }
    bare.module_loaded = false;
    bare.module = {};
    return bare;
}

/*
 * The keyrings that were asked, as the device tells and as they must be. Of an image that has no
 * sound signature, the verifier is told the first keyring, and does not come to look at it.
 */
std::optional<std::string> wrong_order(const trust::Verification& expected,
                                       const ExpectedPolicy& policy,
                                       const host::ImageVerdict& verdict) {
    if (!verdict.consulted)
        return std::nullopt;
    std::vector<std::string> asked;
    std::vector<std::string> wanted;
    for (const auto& consultation : *verdict.consulted)
        asked.push_back(name_of(consultation));
    for (const auto& consultation : expected.consultations)
        wanted.emplace_back(trust::word_of(consultation.keyring));
    if (wanted.empty() && !asked.empty() && policy.policy && !trust::refuses_all(*policy.policy))
        wanted.emplace_back(trust::word_of(policy.policy->keyrings.front()));
    if (asked == wanted)
        return std::nullopt;
    return fmt::format("the kernel asked \"{}\", and had to ask \"{}\"", fmt::join(asked, " "),
                       fmt::join(wanted, " "));
}

/* The device's answer counts where what is expected of the verifier is certain. */
std::vector<std::string> faults_of_verdict(const ImageExpectation& expected,
                                           const host::ImageVerdict& verdict) {
    std::vector<std::string> faults;
    const auto& outcomes = expected.verification->outcomes;
    if (outcomes.count(verdict.error) == 0)
        faults.push_back(fmt::format("the verifier had to say: {}; it says: {}",
                                     words_of(outcomes, word_for), word_for(verdict.error)));
    else if (trust::certain(outcomes)) {
        if (auto order = wrong_order(*expected.verification, expected.policy, verdict))
            faults.push_back(std::move(*order));
    }
    return faults;
}

Judgement fail(const ImageExpectation& expected, std::vector<std::string> notes) {
    notes.push_back("reason: " + expected.why.cause);
    if (expected.policy.policy)
        notes.push_back(fmt::format("policy: \"{}\" ({})",
                                    trust::format_policy(*expected.policy.policy),
                                    expected.policy.because));
    return {Ruling::fail, {}, std::move(notes)};
}

std::optional<Judgement> no_answer(int error) {
    switch (error) {
        case EBUSY:
            return skip("another program is loading a kernel (EBUSY); run this when it is done");
        case ENOMEM:
            return skip("the kernel has not the memory for it (ENOMEM); free some");
        case ENOSYS:
            return skip("this kernel has no kexec_file_load(2); boot one with CONFIG_KEXEC_FILE=y");
        default:
            return std::nullopt;
    }
}

/* Why an answer that is as expected proves nothing. */
std::optional<Judgement> proves_nothing(const ImageExpectation& expected, const ImageAnswer& answer,
                                        ImageTest test) {
    using trust::Obstacle;
    if (test == ImageTest::whole)
        return std::nullopt;
    if (expected.obstacle == Obstacle::loader || expected.obstacle == Obstacle::no_kexec_file ||
        (expected.obstacle == Obstacle::ima && test == ImageTest::keyring))
        return skip(reason_of(expected.why));
    if (test == ImageTest::keyring && !expected.enforced && !answer.verdict)
        return skip(
            "nothing on this machine refuses an image for its signature, so that no load tells "
            "anything of a keyring; boot with lockdown=integrity, or run `kexec-keyrings load "
            "--mode observe`, whose device tells");
    return std::nullopt;
}

}  // namespace

ImageExpectation expect_image(const trust::ImageFacts& image, const trust::Machine& machine,
                              const std::vector<trust::Certificate>& known,
                              const ExpectedPolicy& policy) {
    const auto bare = without_module(machine);
    const auto verifies = trust::is_module_in_force(machine)
                              ? trust::loader_verifies_with_module(machine)
                              : trust::loader_verifies(machine);
    const auto report = make_report(image, bare, known, {policy.policy, verifies});
    const auto& prediction = report.native.prediction;

    ImageExpectation expected;
    expected.policy = policy;
    expected.outcomes = prediction.outcomes;
    expected.possible = prediction.outcomes;
    if (!policy.certain) {
        const auto any = trust::predict(image, {std::nullopt, verifies}, bare, known).outcomes;
        expected.possible.insert(any.begin(), any.end());
        if (!policy.policy)
            expected.outcomes = expected.possible = any;
    }
    expected.obstacle = prediction.obstacle;
    expected.verification = prediction.verification;
    expected.enforced = prediction.verified.value_or(false) &&
                        trust::surface(ENOKEY, report.enforcement).count(0) == 0;
    expected.why = explain_verdict(report);
    return expected;
}

Judgement judge_image(const ImageExpectation& expected, const ImageAnswer& answer, ImageTest test) {
    const int error = answer.trial.error;
    if (auto none = no_answer(error))
        return std::move(*none);

    std::vector<std::string> notes{
        fmt::format("expected: the kernel {}", words_of(expected.outcomes, word_of_load)),
        fmt::format("seen: the kernel {}", word_of_load(error))};
    if (expected.possible.count(error) == 0)
        return fail(expected, std::move(notes));
    if (expected.outcomes.count(error) == 0)
        return skip(fmt::format(
            "the kernel {}, which is not by the policy \"{}\" ({}), but may be by "
            "another one; say which is right with --expect-policy",
            word_of_load(error),
            expected.policy.policy ? trust::format_policy(*expected.policy.policy) : "unknown",
            expected.policy.because));
    if (answer.verdict && expected.verification) {
        const auto faults = faults_of_verdict(expected, *answer.verdict);
        if (!faults.empty()) {
            notes.insert(notes.end(), faults.begin(), faults.end());
            return fail(expected, std::move(notes));
        }
    }
    if (auto nothing = proves_nothing(expected, answer, test))
        return std::move(*nothing);
    if (expected.outcomes.size() != 1)
        return skip(reason_of(expected.why), {std::move(notes.back())});
    if (answer.verdict && expected.verification && !trust::certain(expected.verification->outcomes))
        return skip(reason_of(expected.why), {std::move(notes.back())});
    return {Ruling::pass,
            {},
            {fmt::format("the kernel {}: {}", word_of_load(error), expected.why.cause)}};
}

Judgement judge_kexec_load(const trust::KexecLoadPrediction& expected, int error) {
    if (error == ENOSYS)
        return skip("this kernel has no kexec_load(2) (CONFIG_KEXEC), so that nobody can use it");
    if (error == EBUSY)
        return skip("another program is loading a kernel (EBUSY); run this when it is done");
    const auto word = [](int one) -> std::string {
        return one == 0 ? "is permitted" : fmt::format("is refused ({})", errno_name(one));
    };
    const auto seen = fmt::format("seen: it {}", word(error));
    if (expected.outcomes.count(error) == 0)
        return {Ruling::fail,
                {},
                {fmt::format("expected: it {}", words_of(expected.outcomes, word)), seen,
                 "reason: " + expected.cause}};
    if (expected.outcomes.size() != 1)
        return skip(expected.cause +
                        "; run this with securityfs mounted on /sys/kernel/security and the "
                        "kernel's configuration in /proc/config.gz or /boot",
                    {seen});
    return {Ruling::pass, {}, {fmt::format("it {}: {}", word(error), expected.cause)}};
}

Judgement judge_module(const trust::Machine& machine) {
    if (!trust::is_module_in_force(machine))
        return skip("the module is not loaded, or only observes; `kexec-keyrings load` loads it");
    const auto expected =
        trust::policy_of_linux_6_0(machine.options.platform_keyring.value_or(true));
    const auto active = trust::active_policy(machine);
    std::vector<std::string> notes{
        fmt::format("active policy: \"{}\"", machine.module.active_policy.value_or("unknown"))};
    if (active == expected)
        return {Ruling::pass, {}, std::move(notes)};
    notes.insert(notes.begin(), fmt::format("expected: \"{}\"", trust::format_policy(expected)));
    return {Ruling::fail, {}, std::move(notes)};
}

Judgement judge_end(const trust::Machine& before, const trust::Machine& after) {
    std::vector<std::string> notes;
    if (after.kexec_loaded != before.kexec_loaded)
        notes.emplace_back("a kernel is loaded that was not, or it cannot be seen any more");
    if (after.kexec_crash_loaded != before.kexec_crash_loaded)
        notes.emplace_back("the crash kernel is not as it was");
    if (after.module_loaded != before.module_loaded || after.module.mode != before.module.mode ||
        after.module.active_policy != before.module.active_policy)
        notes.emplace_back("the module came, went or changed meanwhile: the answers are no one's");
    if (after.lockdown != before.lockdown)
        notes.emplace_back("lockdown changed meanwhile");
    const auto ruling = notes.empty() ? Ruling::pass : Ruling::fail;
    return {ruling, {}, std::move(notes)};
}

std::optional<Explanation> reason_not_to_start(const trust::Machine& machine, bool privileged,
                                               std::optional<bool> disabled,
                                               std::optional<std::string> limit) {
    if (!trust::is_served(machine.arch))
        return Explanation{"architecture", 0,
                           fmt::format("no keyring decides about kexec images on {}", machine.arch),
                           "run it on x86_64, arm64 or s390x"};
    if (!privileged)
        return Explanation{"not-permitted", EPERM,
                           "loading a kernel needs root (CAP_SYS_BOOT), which this process is not",
                           "run it with sudo"};
    if (!machine.kexec_loaded)
        return Explanation{
            "unknown-state", 0,
            "it cannot be seen whether a kernel is loaded (/sys/kernel/kexec_loaded)",
            "mount sysfs on /sys, or boot a kernel with kexec"};
    if (*machine.kexec_loaded)
        return Explanation{"loaded", 0,
                           "a kernel is loaded for kexec already, and the test would unload it",
                           "unload it with `kexec -u`, or leave for it, and run this again"};
    if (disabled.value_or(false))
        return Explanation{"disabled", 0,
                           "this kernel loads no kernel any more (kernel.kexec_load_disabled is 1)",
                           "reboot: it cannot be unset"};
    if (limit && *limit != "-1")
        return Explanation{"limited", 0,
                           fmt::format("only {} more kernels may be loaded before the next boot "
                                       "(kernel.kexec_load_limit_reboot), and the test needs more",
                                       *limit),
                           "reboot, and run it before the limit is set"};
    return std::nullopt;
}

}  // namespace kxk::cmd
