// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/proc_keys.h"

#include <algorithm>

#include "host/text.h"

namespace kxk::host {
namespace {

/* The columns before the type: serial, flags, usage, timeout, permissions, uid, gid. */
struct Columns {
    std::string_view serial;
    std::string_view uid;
    std::string_view type;
    std::string_view rest;
};

std::optional<Columns> split_columns(std::string_view line) {
    Columns columns;
    columns.serial = take_word(line);
    for (int skipped = 0; skipped < 4; ++skipped)  // flags, usage, timeout, permissions
        take_word(line);
    columns.uid = take_word(line);
    take_word(line);  // gid
    columns.type = take_word(line);
    columns.rest = trim(line);
    if (columns.rest.empty())
        return std::nullopt;
    return columns;
}

/* A keyring describes itself as "name: count", where no entries are "empty". */
std::optional<KeyringLine> parse_keyring(const Columns& columns) {
    const auto colon = columns.rest.rfind(": ");
    const auto serial = parse_number<std::uint32_t>(columns.serial, 16);
    const auto uid = parse_number<std::uint32_t>(columns.uid);
    if (colon == std::string_view::npos || colon == 0 || !serial || !uid)
        return std::nullopt;

    const auto count = columns.rest.substr(colon + 2);
    const auto entries = count == "empty" ? 0 : parse_number<std::uint64_t>(count);
    if (!entries)
        return std::nullopt;
    return KeyringLine{static_cast<std::int32_t>(*serial), *uid,
                       std::string(columns.rest.substr(0, colon)), *entries};
}

/* The types of keys on the system keyrings, as far as the column shows them. */
constexpr std::string_view asymmetric = "asymmetri";
constexpr std::string_view hash = "blacklist";

/* Behind the description, an asymmetric key says what it is: "name: id: X509.rsa 66aa8065 []". */
trust::Key parse_key(const Columns& columns) {
    if (columns.type == hash)
        return {"blacklist", std::string(columns.rest)};
    return {"asymmetric", std::string(columns.rest.substr(0, columns.rest.rfind(": ")))};
}

}  // namespace

const KeyringLine* KeyringList::find_system(std::string_view name) const {
    const auto found = std::find_if(keyrings.begin(), keyrings.end(), [name](const auto& line) {
        return line.uid == 0 && line.name == name;
    });
    return found == keyrings.end() ? nullptr : &*found;
}

bool KeyringList::shows_system_keyrings() const {
    return find_system(".builtin_trusted_keys") != nullptr || find_system(".blacklist") != nullptr;
}

KeyringList parse_proc_keys(std::string_view text) {
    KeyringList list;
    for (const auto line : split_lines(text)) {
        const auto columns = split_columns(line);
        if (!columns) {
            list.whole = false;
            continue;
        }
        if ((columns->type == asymmetric || columns->type == hash) && columns->uid == "0")
            list.keys.push_back(parse_key(*columns));
        if (columns->type != "keyring" || columns->rest.front() == '[')  // "[anon]"
            continue;
        if (auto keyring = parse_keyring(*columns))
            list.keyrings.push_back(std::move(*keyring));
        else
            list.whole = false;
    }
    return list;
}

}  // namespace kxk::host
