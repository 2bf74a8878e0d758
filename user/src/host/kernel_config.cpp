// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel_config.h"

#include "host/text.h"

namespace kxk::host {
namespace {

constexpr std::string_view option_prefix = "CONFIG_";

}  // namespace

KernelConfig KernelConfig::parse(std::string_view text) {
    constexpr std::string_view comment = "# ";
    constexpr std::string_view not_set = " is not set";
    KernelConfig config;
    config.whole_ = !text.empty() && text.back() == '\n';

    for (auto line : split_lines(text)) {
        line = trim(line);
        if (starts_with(line, option_prefix)) {
            line.remove_prefix(option_prefix.size());
            const auto equals = line.find('=');
            if (equals == std::string_view::npos || equals == 0) {
                config.whole_ = false;
                continue;
            }
            const auto value = line.substr(equals + 1);
            config.options_[std::string(line.substr(0, equals))] = value == "y" || value == "m";
        } else if (starts_with(line, comment) && starts_with(line.substr(2), option_prefix)) {
            line.remove_prefix(comment.size() + option_prefix.size());
            const auto end = line.find(not_set);
            if (end != std::string_view::npos && end + not_set.size() == line.size())
                config.options_[std::string(line.substr(0, end))] = false;
        } else if (!line.empty() && line.front() != '#') {
            config.whole_ = false;
        }
    }
    if (config.options_.empty())
        config.whole_ = false;
    return config;
}

std::optional<bool> KernelConfig::is_on(std::string_view option) const {
    const auto found = options_.find(option);
    if (found != options_.end())
        return found->second;
    return whole_ ? std::optional(false) : std::nullopt;
}

std::optional<bool> KernelConfig::is_any_on(std::initializer_list<std::string_view> options) const {
    std::optional<bool> answer = false;
    for (const auto option : options) {
        const auto on = is_on(option);
        if (on.value_or(false))
            return true;
        if (!on)
            answer = std::nullopt;
    }
    return answer;
}

}  // namespace kxk::host
