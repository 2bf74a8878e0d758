// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/release.h"

#include <charconv>
#include <system_error>

namespace kxk::trust {
namespace {

std::optional<unsigned> take_number(std::string_view& text) {
    unsigned number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return number;
}

bool take(std::string_view& text, char letter) {
    if (text.empty() || text.front() != letter)
        return false;
    text.remove_prefix(1);
    return true;
}

/* Ubuntu counts its builds of 5.15.0: 5.15.0-85-generic. */
std::optional<unsigned> build_of_5_15_0(const Release& release) {
    std::string_view suffix = release.suffix;
    if (release.version != 5 || release.patchlevel != 15 || release.sublevel != 0 ||
        !take(suffix, '-'))
        return std::nullopt;
    const auto build = take_number(suffix);
    return build && take(suffix, '-') ? build : std::nullopt;
}

bool is_series(const Release& release, unsigned patchlevel) {
    return release.version == 5 && release.patchlevel == patchlevel;
}

std::optional<PolicyGuess> guess_x86_64(const Release& release) {
    if (release.is_at_least(5, 1))
        return PolicyGuess{secondary_then_platform, "x86_64 has it since Linux 5.1"};
    if (release.is_at_least(4, 19))
        return PolicyGuess{secondary_alone, "x86_64 had it from Linux 4.19 to 5.0"};
    if (release.is_at_least(3, 17))
        return PolicyGuess{builtin_alone, "x86_64 had it up to Linux 4.18"};
    return PolicyGuess{std::nullopt, "kexec_file_load(2) came with Linux 3.17"};
}

std::optional<PolicyGuess> guess_arm64(const Release& release) {
    if (release.is_at_least(6, 0))
        return PolicyGuess{secondary_then_platform, "arm64 has it since Linux 6.0"};
    if ((is_series(release, 18) && release.sublevel >= 19) ||
        (is_series(release, 19) && release.sublevel >= 3))
        return PolicyGuess{secondary_then_platform, "arm64 has it since 5.18.19 and 5.19.3"};
    if (build_of_5_15_0(release).value_or(0) >= 85)
        return PolicyGuess{secondary_then_platform, "Ubuntu has it on arm64 since 5.15.0-85"};
    if (release.is_at_least(5, 0))
        return PolicyGuess{builtin_alone,
                           "arm64 had it from Linux 5.0 on, and stable kernels kept it"};
    return PolicyGuess{std::nullopt, "arm64 verifies kexec images since Linux 5.0"};
}

std::optional<PolicyGuess> guess_s390x(const Release& release) {
    if (release.is_at_least(6, 0))
        return PolicyGuess{secondary_then_platform, "s390x has it since Linux 6.0"};
    // In August 2022, stable trees took the change. Of one it is known where.
    if (is_series(release, 10) && release.sublevel >= 137)
        return PolicyGuess{secondary_then_platform, "s390x has it since 5.10.137"};
    const bool distribution = release.sublevel == 0 && !release.suffix.empty();
    if (is_series(release, 4) || is_series(release, 15) || is_series(release, 18) ||
        is_series(release, 19) || (is_series(release, 10) && distribution))
        return std::nullopt;
    if (release.is_at_least(5, 2))
        return PolicyGuess{platform_alone, "s390x had it from Linux 5.2 to 5.19"};
    return PolicyGuess{std::nullopt, "s390x verifies kexec images since Linux 5.2"};
}

}  // namespace

std::optional<Release> parse_release(std::string_view text) {
    Release release;
    const auto version = take_number(text);
    if (!version || !take(text, '.'))
        return std::nullopt;
    const auto patchlevel = take_number(text);
    if (!patchlevel)
        return std::nullopt;
    release.version = *version;
    release.patchlevel = *patchlevel;
    auto rest = text;
    if (take(rest, '.')) {
        if (const auto sublevel = take_number(rest)) {
            release.sublevel = *sublevel;
            text = rest;
        }
    }
    release.suffix = std::string(text);
    return release;
}

std::optional<PolicyGuess> guess_policy(std::string_view arch, std::string_view text) {
    const auto release = parse_release(text);
    // Enterprise kernels keep a number for ten years and change what is behind it.
    if (!release || release->suffix.find(".el") != std::string::npos)
        return std::nullopt;
    if (arch == "x86_64")
        return guess_x86_64(*release);
    if (arch == "arm64")
        return guess_arm64(*release);
    if (arch == "s390x")
        return guess_s390x(*release);
    return std::nullopt;
}

}  // namespace kxk::trust
