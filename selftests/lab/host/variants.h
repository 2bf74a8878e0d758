// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Which kernels are tested, and which one says what is right. */
#pragma once

#include <string>
#include <vector>

namespace kxk::lab {

/** A kernel of kernels.conf with options that choose its policy. */
struct Variant {
    std::string name;  ///< for people
    std::string kernel;
    std::string options;
    /** Policy to state to `explain` before the module tells, where the guest itself does not. */
    std::string stated = {};
};

/** The kernel that images are made from, and that guests leave for. */
inline constexpr const char* image_kernel = "5.10.13";

/** Kernels with an older policy, which the module is for. The first one is for the demo. */
[[nodiscard]] std::vector<Variant> subjects_of(const std::string& arch);

/** The same kernel with the policy of Linux 6.0 in its source. */
[[nodiscard]] Variant reference_of(const std::string& arch);

/** The reference, for a boot where nothing enforces its verdicts. */
[[nodiscard]] Variant lenient_variant(const std::string& arch);

/** The same kernel with a policy that no release of Linux had. */
[[nodiscard]] Variant strange_variant();

/** The first subject, by a kernel that watches over itself. */
[[nodiscard]] Variant debugging_variant(const std::string& arch);

/** One that is there to fail. */
[[nodiscard]] Variant faulty_variant();

}  // namespace kxk::lab
