// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/efi_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "image/signature_list.h"

namespace kxk::host {
namespace {

using trust::FirmwareVariable;

const std::string efivarfs = "/sys/firmware/efi/efivars";
const std::string shim_table = "/sys/firmware/efi/mok-variables";
constexpr std::size_t attributes_size = 4;

constexpr std::string_view global = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::string_view image_security = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr std::string_view shim = "605dab50-e046-4300-abb6-3dd810dd8b23";

struct KnownVariable {
    const char* name;
    std::string_view vendor;
};

constexpr std::array<KnownVariable, 4> list_variables{{
    {"db", image_security},
    {"dbx", image_security},
    {"MokListRT", shim},
    {"MokListXRT", shim},
}};

std::string file_of(const std::string& name, std::string_view vendor) {
    return fmt::format("{}/{}-{}", efivarfs, name, vendor);
}

/* The names in efivarfs; nothing where it is not mounted, which an empty directory means too. */
std::optional<std::vector<std::string>> list_variables_there(const System& system) {
    const auto names = system.list_directory(efivarfs);
    if (!names || names->empty())
        return std::nullopt;
    return *names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/* Where a variable of shim may be is looked for in both places, in the kernel's order. */
std::optional<bool> is_set(const System& system, const std::string& name, std::string_view vendor) {
    const auto in_table = system.list_directory(shim_table);
    if (vendor == shim && in_table && contains(*in_table, name))
        return true;
    const auto names = list_variables_there(system);
    if (!names)
        return std::nullopt;
    return contains(*names, fmt::format("{}-{}", name, vendor));
}

void read_lists(const std::string& content, std::size_t skip, FirmwareVariable& variable) {
    const image::ByteView bytes{std::string_view(content)};
    const auto lists = bytes.from(skip);
    if (!lists) {
        variable.problem = "it is shorter than its attributes";
        return;
    }
    auto parsed = image::parse_signature_lists(*lists);
    variable.entries = std::move(parsed.entries);
    variable.problem = std::move(parsed.problem);
}

FirmwareVariable read_variable(const System& system, const KnownVariable& known) {
    FirmwareVariable variable;
    variable.name = known.name;
    variable.present = is_set(system, variable.name, known.vendor);

    const auto table_file = shim_table + "/" + variable.name;
    if (known.vendor == shim) {
        if (const auto content = system.read_file(table_file)) {
            variable.present = true;
            variable.source = table_file;
            read_lists(*content, 0, variable);
            if (variable.problem.empty())
                return variable;
        }
    }
    const auto file = file_of(variable.name, known.vendor);
    const auto content = system.read_file(file);
    if (content) {
        variable.present = true;
        variable.source = file;
        variable.problem.clear();
        variable.entries.clear();
        read_lists(*content, attributes_size, variable);
    } else if (content.error() != ENOENT) {
        variable.problem = fmt::format("{} cannot be read: {}", file,
                                       std::generic_category().message(content.error()));
    }
    return variable;
}

}  // namespace

std::optional<bool> read_efi_switch(const System& system, const std::string& name) {
    const auto bytes = system.read_file(file_of(name, global));
    if (!bytes || bytes->size() != attributes_size + 1)
        return std::nullopt;
    const char value = (*bytes)[attributes_size];
    if (value != 0 && value != 1)
        return std::nullopt;
    return value == 1;
}

trust::Firmware read_firmware(const System& system) {
    trust::Firmware firmware;
    for (const auto& known : list_variables)
        firmware.variables.push_back(read_variable(system, known));
    firmware.mok_list_trusted = is_set(system, "MokListTrustedRT", shim);
    firmware.ignores_db = is_set(system, "MokIgnoreDB", shim);
    return firmware;
}

}  // namespace kxk::host
