// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * What a kernel must answer about an image, and whether it did. Pure functions.
 *
 * Nothing passes that could not have failed: where an answer would be the same whatever the kernel
 * does about keyrings, or what it depends on cannot be seen, the test is skipped with the reason.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/explanation.h"
#include "cmd/selftest_policy.h"
#include "host/system.h"
#include "trust/kexec_load.h"
#include "trust/verdict.h"

namespace kxk::cmd {

/** What a test of an image is about. */
enum class ImageTest {
    whole,      ///< all that the kernel does about the image, the file included
    signature,  ///< that the signature matters: nothing if the kernel does not get so far
    keyring,    ///< that a keyring has a say: nothing if the signature does not matter
};

/** What the kernel must answer about an image. */
struct ImageExpectation {
    ExpectedPolicy policy;
    trust::Outcomes outcomes;  ///< errno of kexec_file_load(2), by the policy
    trust::Outcomes possible;  ///< the same; if the policy is not certain, by any that kernels had
    trust::Obstacle obstacle = trust::Obstacle::none;
    std::optional<trust::Verification> verification;  ///< what the verifier does, if one is asked
    bool enforced = false;  ///< an image that no keyring vouches for is refused, for sure
    Explanation why;        ///< the reason, and what to do
};

/**
 * Foretells an answer.
 * @param known certificates that may be those of keys on the keyrings
 */
[[nodiscard]] ImageExpectation expect_image(const trust::ImageFacts& image,
                                            const trust::Machine& machine,
                                            const std::vector<trust::Certificate>& known,
                                            const ExpectedPolicy& policy);

/** What the kernel answered. */
struct ImageAnswer {
    host::LoadTrial trial;                      ///< kexec_file_load(2)
    std::optional<host::ImageVerdict> verdict;  ///< the module's device, where there is one
};

/** Whether a test has passed. */
enum class Ruling { pass, fail, skip };

/** The same with its reasons. */
struct Judgement {
    Ruling ruling = Ruling::fail;
    std::string reason;              ///< of a test that is skipped
    std::vector<std::string> notes;  ///< what was expected and seen
};

/** Holds an answer against what it must be. */
[[nodiscard]] Judgement judge_image(const ImageExpectation& expected, const ImageAnswer& answer,
                                    ImageTest test);

/** The same for kexec_load(2). @param error its errno, or 0 */
[[nodiscard]] Judgement judge_kexec_load(const trust::KexecLoadPrediction& expected, int error);

/** Whether the module that redirects shows the policy of Linux 6.0. */
[[nodiscard]] Judgement judge_module(const trust::Machine& machine);

/** Whether a machine is as it was found: no kernel is loaded, and the module is as before. */
[[nodiscard]] Judgement judge_end(const trust::Machine& before, const trust::Machine& after);

/**
 * Why no test can be made on a machine, or must not be; nothing if it can.
 * @param privileged whether the caller has CAP_SYS_BOOT
 * @param disabled   kernel.kexec_load_disabled
 * @param limit      kernel.kexec_load_limit_reboot
 */
[[nodiscard]] std::optional<Explanation> reason_not_to_start(const trust::Machine& machine,
                                                             bool privileged,
                                                             std::optional<bool> disabled,
                                                             std::optional<std::string> limit);

}  // namespace kxk::cmd
