// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/delta.h"

#include <algorithm>
#include <cstddef>

namespace kxk::lab {

namespace {

/** Differences nearer than this are told as one: a patch costs some bytes by itself. */
constexpr std::size_t gap = 64;
/** Long equal stretches are compared at once. */
constexpr std::size_t block = 4096;

}  // namespace

std::vector<Patch> difference(std::string_view base, std::string_view changed) {
    static constexpr char zeros[block] = {};
    std::vector<Patch> patches;
    std::size_t end = 0;  // of the last patch

    const auto differs = [&](std::size_t i) {
        return changed[i] != (i < base.size() ? base[i] : '\0');
    };
    const auto block_differs = [&](std::size_t start, std::size_t size) {
        const std::string_view other = start + size <= base.size() ? base.substr(start, size)
                                       : start >= base.size()      ? std::string_view(zeros, size)
                                                                   : std::string_view();
        return changed.substr(start, size) != other;
    };

    for (std::size_t start = 0; start < changed.size(); start += block) {
        const std::size_t size = std::min(block, changed.size() - start);

        if (!block_differs(start, size)) {
            continue;
        }
        for (std::size_t i = start; i < start + size; ++i) {
            if (!differs(i)) {
                continue;
            }
            if (patches.empty() || i - end > gap) {
                patches.push_back({i, {}});
                end = i;
            }
            patches.back().bytes += changed.substr(end, i + 1 - end);
            end = i + 1;
        }
    }
    return patches;
}

}  // namespace kxk::lab
