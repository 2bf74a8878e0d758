// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/variants.h"

namespace kxk::lab {

std::vector<Variant> subjects_of(const std::string& arch) {
    if (arch == "x86_64") {
        // 5.10 has the later policy there: the older ones are restored by the lab's patch.
        return {
            {"5.10.13 with the policy of 4.18", "5.10.13-policy", "kexec_lab_policy=builtin"},
            {"5.10.13 with the policy of 4.19", "5.10.13-policy", "kexec_lab_policy=secondary"}};
    }
    // The same kernel as the images' (QEMU 7.2 goes wrong on s390x when a guest leaves for a kernel
    // that differs a little from the one it was started with: it runs code that it translated
    // for the first one).
    return {{"5.10.13", image_kernel, "", arch == "s390x" ? "platform" : ""}};
}

Variant reference_of(const std::string& arch) {
    if (arch == "x86_64") {
        return {"5.10.13 as it is", "5.10.13", ""};
    }
    return {"5.10.13 with the policy of 6.0 in its source", "5.10.13-policy",
            "kexec_lab_policy=secondary-platform"};
}

Variant lenient_variant(const std::string& arch) {
    Variant variant = reference_of(arch);

    variant.name += ", without lockdown";
    return variant;
}

Variant strange_variant() {
    return {"5.10.13 with a policy of nobody's", "5.10.13-policy",
            "kexec_lab_policy=platform-secondary"};
}

Variant debugging_variant(const std::string& arch) {
    Variant variant = subjects_of(arch).front();

    variant.name += ", debugging";
    variant.kernel = "5.10.13-debug";
    return variant;
}

Variant faulty_variant() {
    return {"5.10.13 that fails", image_kernel, ""};
}

}  // namespace kxk::lab
