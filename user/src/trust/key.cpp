// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/key.h"

namespace kxk::trust {
namespace {

constexpr std::string_view separator = ": ";

}  // namespace

std::string_view key_id_of(const Key& key) {
    const std::string_view text = key.description;
    const auto colon = text.rfind(separator);
    if (key.type != "asymmetric" || colon == std::string_view::npos)
        return {};
    const auto id = text.substr(colon + separator.size());
    if (id.size() % 2 != 0 || id.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return {};
    return id;
}

std::string_view name_of(const Key& key) {
    std::string_view name = key.description;
    const auto id = key_id_of(key);
    if (!id.empty())
        name.remove_suffix(id.size() + separator.size());
    return name;
}

bool is_from(const Key& key, const Certificate& certificate) {
    return key.type == "asymmetric" && key.description == certificate.description;
}

}  // namespace kxk::trust
