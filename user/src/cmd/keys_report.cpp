// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/keys_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cmd/plural.h"
#include "cmd/utc_time.h"

namespace kxk::cmd {
namespace {

using trust::Json;
using trust::Key;
using trust::Keyring;
using trust::KeyringState;

/* Where a key came from, in words; empty where that cannot be told. */
std::string describe_source(const KeysReport& report, Keyring keyring,
                            const trust::KeySource& source) {
    if (!source.variable.empty() && keyring != Keyring::builtin)
        return "EFI variable " + source.variable;
    switch (keyring) {
        case Keyring::builtin:
            return "compiled into the kernel, or inserted into it after the build";
        case Keyring::secondary:
            return "added since boot, vouched for by a key here or on a keyring linked to";
        case Keyring::platform:
            return report.machine.secure_boot.firmware == "ipl" ? "IPL report" : "";
        case Keyring::machine:
        case Keyring::blacklist:
            break;
    }
    return "";
}

std::string count_of(const KeyringState& keyring) {
    if (!keyring.present)
        return "cannot tell whether it is there";
    if (!*keyring.present)
        return "this kernel has none";
    if (keyring.keys)
        return plural(*keyring.keys, "key", "keys");
    if (keyring.entries)
        return plural(*keyring.entries, "entry", "entries") + "; reading them was refused";
    return "there; reading it was refused";
}

std::string key_text(const KeysReport& report, Keyring keyring, const Key& key) {
    const auto source = trust::source_of(key, report.firmware);
    std::string text = fmt::format("  {}\n", trust::name_of(key));
    if (const auto id = trust::key_id_of(key); !id.empty())
        text += fmt::format("    key id     {}\n", id);
    if (source.certificate != nullptr)
        text += fmt::format("    subject    {}\n    not after  {}\n", source.certificate->subject,
                            utc_day(source.certificate->not_after));
    const auto words = describe_source(report, keyring, source);
    text +=
        fmt::format("    source     {}\n",
                    words.empty() ? "cannot tell: no EFI variable that can be read has it" : words);
    return text;
}

Json key_to_json(const KeysReport& report, Keyring keyring, const Key& key) {
    const auto source = trust::source_of(key, report.firmware);
    const auto words = describe_source(report, keyring, source);
    const auto id = trust::key_id_of(key);
    const auto* certificate = source.certificate;
    return {
        {"type", key.type},
        {"description", key.description},
        {"name", std::string(trust::name_of(key))},
        {"key_id", id.empty() ? Json(nullptr) : Json(std::string(id))},
        {"source", words.empty() ? Json(nullptr) : Json(words)},
        {"variable", source.variable.empty() ? Json(nullptr) : Json(source.variable)},
        {"subject", certificate == nullptr ? Json(nullptr) : Json(certificate->subject)},
        {"not_after", certificate == nullptr ? Json(nullptr) : Json(certificate->not_after)},
        {"fingerprint", certificate == nullptr ? Json(nullptr) : Json(certificate->fingerprint)},
    };
}

template <typename T>
Json nullable(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json keyring_to_json(const KeysReport& report, const KeyringState& keyring) {
    Json keys = nullptr;
    if (keyring.contents) {
        keys = Json::array();
        for (const auto& key : *keyring.contents)
            keys.push_back(key_to_json(report, keyring.keyring, key));
    }
    return {
        {"present", nullable(keyring.present)},
        {"entries", nullable(keyring.entries)},
        {"links", nullable(keyring.links)},
        {"root_of_trust", trust::root_of_trust(report.machine, keyring.keyring)},
        {"keys", keys},
    };
}

Json names_of(const std::vector<Keyring>& keyrings) {
    Json names = Json::array();
    for (const auto keyring : keyrings)
        names.push_back(std::string(trust::kernel_name_of(keyring)));
    return names;
}

Json mok_to_json(const trust::MokLanding& mok) {
    return {
        {"description", mok.description.empty() ? Json(nullptr) : Json(mok.description)},
        {"keyrings", names_of(mok.keyrings)},
        {"landed", mok.landed == trust::Answer::cannot_tell
                       ? Json(nullptr)
                       : Json(mok.landed == trust::Answer::yes)},
        {"code", mok.code},
        {"reason", mok.reason},
        {"remedy", mok.remedy.empty() ? Json(nullptr) : Json(mok.remedy)},
    };
}

std::string where_text(const trust::MokLanding& mok) {
    if (!mok.keyrings.empty()) {
        std::string names;
        for (const auto keyring : mok.keyrings)
            names += fmt::format("{}{}", names.empty() ? "" : ", ", trust::kernel_name_of(keyring));
        return names;
    }
    return mok.landed == trust::Answer::no ? "on no keyring" : "cannot tell";
}

}  // namespace

std::string keys_text(const KeysReport& report, bool colour) {
    std::string text;
    for (const auto which : report.keyrings) {
        const auto* keyring = find_keyring(report.machine, which);
        if (keyring == nullptr)
            continue;
        if (!text.empty())
            text += '\n';
        text += fmt::format(colour ? "\033[1m{}\033[0m: {}" : "{}: {}",
                            trust::kernel_name_of(which), count_of(*keyring));
        if (keyring->links && !keyring->links->empty())
            text += fmt::format(", links to {}", fmt::join(*keyring->links, ", "));
        text += '\n';
        if (!keyring->present.value_or(false))
            continue;
        text += fmt::format("  root of trust: {}\n", trust::root_of_trust(report.machine, which));
        for (const auto& key : keyring->contents.value_or(std::vector<Key>()))
            text += key_text(report, which, key);
    }
    if (!report.machine.unplaced_keys.empty())
        text += "\nOn keyrings that cannot be read (/proc/keys does not tell on which):\n";
    for (const auto& key : report.machine.unplaced_keys)
        text += fmt::format("  {}\n", key.description);
    return text;
}

std::string moks_text(const KeysReport& report) {
    const auto* list = report.firmware.find("MokListRT");
    if (list == nullptr)
        return "There are no Machine Owner Keys on s390x: the certificates of the IPL report land "
               "on "
               ".platform, and no variable shows them\n";
    if (!list->present)
        return fmt::format("Cannot tell: {}\n",
                           list->problem.empty()
                               ? "no EFI variables are shown in /sys/firmware/efi/efivars"
                               : list->problem);
    std::string text;
    for (const auto& mok : trust::where_moks_landed(report.machine, report.firmware)) {
        text +=
            fmt::format("{}\n  keyring  {}\n  {}  {}\n",
                        mok.description.empty() ? "(malformed)" : mok.description, where_text(mok),
                        mok.code == "machine" ? "because" : "why    ", mok.reason);
        if (!mok.remedy.empty())
            text += fmt::format("  remedy   {}\n", mok.remedy);
    }
    if (!list->problem.empty())
        text += fmt::format("MokListRT is damaged: {}\n", list->problem);
    return text.empty() ? "No Machine Owner Key is enrolled (MokListRT has no certificate)\n"
                        : text;
}

Json to_json(const KeysReport& report) {
    Json keyrings = Json::object();
    for (const auto which : report.keyrings) {
        if (const auto* keyring = find_keyring(report.machine, which))
            keyrings[std::string(trust::kernel_name_of(which))] = keyring_to_json(report, *keyring);
    }
    Json unplaced = Json::array();
    for (const auto& key : report.machine.unplaced_keys)
        unplaced.push_back(key.description);
    Json variables = Json::object();
    for (const auto& variable : report.firmware.variables)
        variables[variable.name] = {
            {"present", nullable(variable.present)},
            {"source", variable.source.empty() ? Json(nullptr) : Json(variable.source)},
            {"entries", variable.entries.size()},
            {"problem", variable.problem.empty() ? Json(nullptr) : Json(variable.problem)},
        };
    Json moks = Json::array();
    for (const auto& mok : trust::where_moks_landed(report.machine, report.firmware))
        moks.push_back(mok_to_json(mok));
    return {
        {"schema", 1},
        {"keyrings", keyrings},
        {"unplaced_keys", unplaced},
        {"variables", variables},
        {"mok_list_trusted", nullable(report.firmware.mok_list_trusted)},
        {"ignores_db", nullable(report.firmware.ignores_db)},
        {"moks", moks},
    };
}

}  // namespace kxk::cmd
