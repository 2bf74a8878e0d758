// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/conf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "common/text_file.h"
#include "host/failure.h"

namespace kxk::lab {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr const char* blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);

    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/** A value without its quotes and the comment behind it. */
std::string value_in(std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && text.front() == '"') {
        const auto end = text.find('"', 1);

        if (end == std::string_view::npos) {
            throw std::invalid_argument("a quote is not closed");
        }
        return std::string(text.substr(1, end - 1));
    }
    if (const auto comment = text.find(" #"); comment != std::string_view::npos) {
        text = text.substr(0, comment);
    }
    return std::string(trimmed(text));
}

template <typename Handle>
void for_each_line(std::string_view text, Handle handle) {
    std::istringstream lines{std::string(text)};
    std::string line;

    for (int number = 1; std::getline(lines, line); ++number) {
        if (const auto content = trimmed(line); !content.empty() && content.front() != '#') {
            handle(content, number);
        }
    }
}

}  // namespace

std::map<std::string, std::string> parse_assignments(std::string_view text) {
    std::map<std::string, std::string> values;

    for_each_line(text, [&values](std::string_view line, int number) {
        const auto equals = line.find('=');

        if (equals == std::string_view::npos || equals == 0) {
            throw std::invalid_argument(fmt::format("line {}: not key=value: {}", number, line));
        }
        values[std::string(trimmed(line.substr(0, equals)))] = value_in(line.substr(equals + 1));
    });
    return values;
}

std::vector<std::string> split_words(std::string_view text) {
    std::istringstream stream{std::string(text)};
    std::vector<std::string> words;
    std::string word;

    while (stream >> word) {
        words.push_back(word);
    }
    return words;
}

Arch parse_arch(const std::string& name, std::string_view text) {
    const auto values = parse_assignments(text);
    const auto fact = [&values](const char* key) {
        const auto found = values.find(key);

        if (found == values.end()) {
            throw std::invalid_argument(fmt::format("there is no {}=", key));
        }
        return found->second;
    };
    Arch arch;

    arch.name = name;
    arch.debian = fact("debian");
    arch.kernel = fact("karch");
    arch.cross = fact("cross");
    arch.triplet = fact("triplet");
    arch.qemu = split_words(fact("qemu"));
    arch.qemu_package = values.count("qemu_package") != 0 ? fact("qemu_package") : "qemu-system";
    arch.make_options = split_words(values.count("make_options") != 0 ? fact("make_options") : "");
    arch.console = fact("console");
    arch.serial_bus = fact("serial_bus");
    arch.verify_sig = fact("verify_sig");
    arch.engines = split_words(fact("engines"));
    if (arch.qemu.empty() || arch.engines.empty()) {
        throw std::invalid_argument("qemu= or engines= is empty");
    }
    const std::string signature = fact("signature");
    if (signature != "pe" && signature != "appended") {
        throw std::invalid_argument("signature= is neither pe nor appended");
    }
    arch.signature = signature == "pe" ? Signature::pe : Signature::appended;
    if (values.count("firmware_code") != 0) {
        arch.firmware = {fact("firmware_code"),
                         fact("firmware_variables"),
                         fact("firmware_package"),
                         split_words(fact("firmware_qemu")),
                         fact("firmware_kernel") == "disk",
                         fact("firmware_refusal"),
                         fact("firmware_shim"),
                         fact("firmware_loader"),
                         fact("firmware_loader_name")};
        if (!arch.firmware->kernel_on_disk && fact("firmware_kernel") != "qemu") {
            throw std::invalid_argument("firmware_kernel= is neither disk nor qemu");
        }
    }
    return arch;
}

std::vector<Kernel> parse_kernels(std::string_view text) {
    std::vector<Kernel> kernels;

    for_each_line(text, [&kernels](std::string_view line, int number) {
        const auto columns = split_words(line);
        Kernel kernel;

        if (columns.size() < 3) {
            throw std::invalid_argument(fmt::format("line {}: too few columns", number));
        }
        kernel.name = columns.front();
        kernel.boots = columns.back() != "headers";
        std::istringstream arches(columns[1]);
        for (std::string arch; std::getline(arches, arch, ',');) {
            kernel.arches.push_back(arch);
        }
        kernels.push_back(kernel);
    });
    return kernels;
}

std::vector<std::string> known_arches(const std::filesystem::path& lab) {
    std::vector<std::string> names;

    for (const auto& entry : std::filesystem::directory_iterator(lab / "arch")) {
        if (entry.path().extension() == ".conf") {
            names.push_back(entry.path().stem());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

Arch read_arch(const std::filesystem::path& lab, const std::string& name) {
    const auto names = known_arches(lab);
    const auto path = lab / "arch" / (name + ".conf");

    if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw UsageError(fmt::format("there is no architecture \"{}\" here; use one of {}", name,
                                     fmt::join(names, ", ")));
    }
    try {
        return parse_arch(name, read_file(path));
    } catch (const std::invalid_argument& error) {
        throw Failure(fmt::format("{}: {}; correct the file", path.string(), error.what()));
    }
}

void require_kernel(const std::filesystem::path& lab, const Arch& arch, const std::string& name,
                    bool guest) {
    const auto kernels = parse_kernels(read_file(lab / "kernels.conf"));
    std::vector<std::string> names;

    for (const Kernel& kernel : kernels) {
        const bool fits = kernel.boots || !guest;

        if (fits && std::find(kernel.arches.begin(), kernel.arches.end(), arch.name) !=
                        kernel.arches.end()) {
            names.push_back(kernel.name);
        }
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw UsageError(fmt::format("there is no {} \"{}\" for {}; use one of {}",
                                     guest ? "guest kernel" : "kernel", name, arch.name,
                                     fmt::join(names, ", ")));
    }
}

}  // namespace kxk::lab
