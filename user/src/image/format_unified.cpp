// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "image/format.h"

namespace kxk::image {
namespace {

constexpr std::size_t longest_value = 200;

/* What a section holds, without the padding. */
std::optional<ByteView> content_of(const PeImage& pe, std::string_view name) {
    const auto* section = find_section(pe, name);
    if (section == nullptr)
        return std::nullopt;
    auto range = section->data;
    if (section->virtual_size != 0)
        range.size = std::min<std::uint64_t>(range.size, section->virtual_size);
    return pe.file.slice(range);
}

/* A value of os-release(5), without its quotation marks. */
std::string os_release_value(ByteView content, std::string_view key) {
    auto text = content.text();
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.substr(0, key.size()) != key || line.size() <= key.size() ||
            line[key.size()] != '=')
            continue;
        line.remove_prefix(key.size() + 1);
        const auto marks = [](char character) { return character == '"' || character == '\''; };
        if (line.size() >= 2 && marks(line.front()) && line.front() == line.back())
            line = line.substr(1, line.size() - 2);
        return printable(ByteView(line), longest_value);
    }
    return {};
}

}  // namespace

std::optional<Recognised> recognise_unified(ByteView /*file*/, const PeImage* pe) {
    if (pe == nullptr || find_section(*pe, ".linux") == nullptr)
        return std::nullopt;
    Recognised recognised;
    recognised.format = trust::ImageFormat::unified_kernel;
    recognised.architecture = architecture_of(pe->machine);

    const auto add = [&recognised](const char* label, std::string value) {
        if (!value.empty())
            recognised.details.emplace_back(label, std::move(value));
    };
    if (const auto release = content_of(*pe, ".osrel"))
        add("system", os_release_value(*release, "PRETTY_NAME"));
    if (const auto name = content_of(*pe, ".uname"))
        add("version", printable(*name, longest_value));
    if (const auto line = content_of(*pe, ".cmdline"))
        add("command line", printable(*line, longest_value));
    const auto kernel = content_of(*pe, ".linux");
    add("kernel", kernel ? fmt::format("{} bytes", kernel->size()) : "beyond the end of the file");
    return recognised;
}

}  // namespace kxk::image
