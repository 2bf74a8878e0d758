// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/machine_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "trust/advisory.h"
#include "trust/assess.h"
#include "trust/ima.h"
#include "trust/release.h"

namespace kxk::trust {
namespace {

constexpr int schema = 1;

/* The members that are plain values, by their keys: for writing and for reading. */
template <typename Struct, typename T>
struct Field {
    const char* key;
    std::optional<T> Struct::*member;
};

constexpr std::array<Field<KernelOptions, bool>, 22> option_fields{{
    {"KEXEC_FILE", &KernelOptions::kexec_file},
    {"KEXEC_SIG", &KernelOptions::kexec_sig},
    {"KEXEC_SIG_FORCE", &KernelOptions::kexec_sig_force},
    {"KEXEC_IMAGE_VERIFY_SIG", &KernelOptions::image_verify_sig},
    {"SIGNED_PE_FILE_VERIFICATION", &KernelOptions::pe_verifier},
    {"INTEGRITY_PLATFORM_KEYRING", &KernelOptions::platform_keyring},
    {"MODULE_SIG", &KernelOptions::module_sig},
    {"MODULE_SIG_FORCE", &KernelOptions::module_sig_force},
    {"PREEMPTION", &KernelOptions::preemption},
    {"TASKS_RCU", &KernelOptions::tasks_rcu},
    {"SECONDARY_TRUSTED_KEYRING", &KernelOptions::secondary_keyring},
    {"LOAD_UEFI_KEYS", &KernelOptions::uefi_keys},
    {"INTEGRITY_MACHINE_KEYRING", &KernelOptions::machine_keyring},
    {"INTEGRITY_CA_MACHINE_KEYRING", &KernelOptions::machine_keyring_cas},
    {"INTEGRITY_CA_MACHINE_KEYRING_MAX", &KernelOptions::machine_keyring_cas_max},
    {"INTEGRITY_TRUSTED_KEYRING", &KernelOptions::trusted_ima_keyring},
    {"IMA", &KernelOptions::ima},
    {"IMA_APPRAISE", &KernelOptions::ima_appraise},
    {"IMA_ARCH_POLICY", &KernelOptions::ima_arch_policy},
    {"IMA_APPRAISE_REQUIRE_KEXEC_SIGS", &KernelOptions::ima_kexec_signatures},
    {"IMA_READ_POLICY", &KernelOptions::ima_read_policy},
    {"IMA_APPRAISE_BOOTPARAM", &KernelOptions::ima_appraise_bootparam},
}};

constexpr std::array<Field<Symbols, bool>, 3> symbol_fields{{
    {"set_kexec_sig_enforced", &Symbols::set_kexec_sig_enforced},
    {"prepare_elf_headers", &Symbols::prepare_elf_headers},
    {"arch_ima_get_secureboot", &Symbols::arch_ima_get_secureboot},
}};

constexpr std::array<Field<ModuleAttributes, std::string>, 7> module_fields{{
    {"version", &ModuleAttributes::version},
    {"mode", &ModuleAttributes::mode},
    {"arch", &ModuleAttributes::arch},
    {"engine", &ModuleAttributes::engine},
    {"target", &ModuleAttributes::target},
    {"native_policy", &ModuleAttributes::native_policy},
    {"active_policy", &ModuleAttributes::active_policy},
}};

template <typename T>
Json nullable(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

template <typename Struct, typename Fields>
void write_fields(const Struct& from, const Fields& fields, Json& json) {
    for (const auto& field : fields)
        json[field.key] = nullable(from.*field.member);
}

Json to_json(Answer answer) {
    return answer == Answer::cannot_tell ? Json(nullptr) : Json(answer == Answer::yes);
}

Json to_json(const KernelOptions& options) {
    Json json = {{"source", nullable(options.source)}};
    write_fields(options, option_fields, json);
    return json;
}

Json to_json(const Key& key) {
    const auto id = key_id_of(key);
    return {
        {"type", key.type},
        {"description", key.description},
        {"key_id", id.empty() ? Json(nullptr) : Json(std::string(id))},
    };
}

Json to_json(const std::vector<Key>& keys) {
    Json json = Json::array();
    for (const auto& key : keys)
        json.push_back(to_json(key));
    return json;
}

Json to_json(const Machine& machine, const KeyringState& keyring) {
    return {
        {"present", nullable(keyring.present)},
        {"entries", nullable(keyring.entries)},
        {"keys", nullable(keyring.keys)},
        {"links", nullable(keyring.links)},
        {"vouches", nullable(vouches(machine, keyring))},
        {"contents", keyring.contents ? to_json(*keyring.contents) : Json(nullptr)},
    };
}

Json to_json(std::optional<Extent> extent) {
    return extent ? Json(word_of(*extent)) : Json(nullptr);
}

Json word_or_null(const std::string& word) {
    return word.empty() ? Json(nullptr) : Json(word);
}

/* What is known of IMA, and what follows for kexec. */
Json ima_to_json(const Machine& machine) {
    const auto verdict = judge_ima(machine);
    Json rules = Json::array();
    for (const auto& rule : verdict.rules)
        rules.push_back({{"rule", rule.text}, {"origin", word_or_null(rule.origin)}});
    return {
        {"present", nullable(machine.ima.present)},
        {"rules", nullable(machine.ima.rules)},
        {"problem", word_or_null(machine.ima.problem)},
        {"settings", nullable(machine.ima.settings)},
        {"kexec",
         {{"measured", to_json(verdict.measured)},
          {"appraised", to_json(verdict.appraised)},
          {"signature", nullable(verdict.appraises_signature)},
          {"mode", word_or_null(verdict.mode)},
          {"rules", rules}}},
    };
}

Json to_json(const Advisory& advisory) {
    return {
        {"id", advisory.id},       {"commit", advisory.commit},
        {"title", advisory.title}, {"affected", to_json(advisory.affected)},
        {"how", advisory.how},     {"next_step", word_or_null(advisory.next_step)},
    };
}

/* Only where the kernel has not been asked. */
Json guess_to_json(const Machine& machine) {
    const auto guess =
        machine.module.native_policy ? std::nullopt : guess_policy(machine.arch, machine.release);
    if (!guess)
        return nullptr;
    return {{"policy", guess->policy ? format_policy(*guess->policy) : ""},
            {"because", guess->because}};
}

/* Reads values; the first that is not what it should be is the problem. */
class Reader {
  public:
    [[nodiscard]] const std::string& problem() const { return problem_; }

    void complain(const std::string& path, std::string_view expected) {
        if (problem_.empty())
            problem_ = fmt::format("{} is not {}", path, expected);
    }

    /** A part that is an object; an empty one where it is missing. */
    [[nodiscard]] const Json& object(const Json& from, const std::string& path,
                                     const std::string& key) {
        const auto found = from.find(key);
        if (found == from.end() || found->is_null())
            return nothing_;
        if (!found->is_object()) {
            complain(path + key, "an object");
            return nothing_;
        }
        return *found;
    }

    /** A value; nothing where it is null or missing. */
    template <typename T>
    [[nodiscard]] std::optional<T> value(const Json& from, const std::string& path,
                                         const std::string& key) {
        const auto found = from.find(key);
        if (found == from.end() || found->is_null())
            return std::nullopt;
        return convert<T>(*found, path + key);
    }

    /** A list of whatever read_one(element, its path) makes of each; nothing where it is null. */
    template <typename ReadOne>
    [[nodiscard]] auto list(const Json& from, const std::string& path, const std::string& key,
                            ReadOne read_one) {
        using T = std::decay_t<decltype(read_one(from, path))>;
        std::optional<std::vector<T>> values;
        const auto found = from.find(key);
        if (found == from.end() || found->is_null())
            return values;
        if (!found->is_array()) {
            complain(path + key, "an array");
            return values;
        }
        values.emplace();
        for (std::size_t i = 0; i < found->size(); ++i)
            values->push_back(read_one((*found)[i], fmt::format("{}{}[{}]", path, key, i)));
        return values;
    }

    template <typename T>
    [[nodiscard]] std::optional<T> convert(const Json& json, const std::string& path) {
        if constexpr (std::is_same_v<T, bool>) {
            if (json.is_boolean())
                return json.get<bool>();
            complain(path, "true, false or null");
        } else if constexpr (std::is_same_v<T, std::string>) {
            if (json.is_string())
                return json.get<std::string>();
            complain(path, "a string");
        } else {
            if (json.is_number_unsigned())
                return json.get<T>();
            complain(path, "a count");
        }
        return std::nullopt;
    }

    template <typename Struct, typename Fields>
    void fields(const Json& from, const std::string& path, const Fields& fields, Struct& into) {
        for (const auto& field : fields) {
            using T = typename std::decay_t<decltype(into.*field.member)>::value_type;
            into.*field.member = value<T>(from, path, field.key);
        }
    }

  private:
    const Json nothing_ = Json::object();
    std::string problem_;
};

Key read_key(Reader& reader, const Json& json, const std::string& path) {
    if (!json.is_object()) {
        reader.complain(path, "an object");
        return {};
    }
    return {reader.value<std::string>(json, path + ".", "type").value_or(""),
            reader.value<std::string>(json, path + ".", "description").value_or("")};
}

std::optional<std::vector<Key>> read_keys(Reader& reader, const Json& json, const std::string& path,
                                          const std::string& key) {
    return reader.list(json, path, key, [&reader](const Json& one, const auto& where) {
        return read_key(reader, one, where);
    });
}

std::optional<std::vector<std::string>> read_texts(Reader& reader, const Json& json,
                                                   const std::string& path,
                                                   const std::string& key) {
    return reader.list(json, path, key, [&reader](const Json& text, const auto& where) {
        return reader.convert<std::string>(text, where).value_or("");
    });
}

KeyringState read_keyring(Reader& reader, const Json& keyrings, Keyring keyring) {
    const std::string name(kernel_name_of(keyring));
    const auto path = "keyrings." + name + ".";
    const auto& json = reader.object(keyrings, "keyrings.", name);
    KeyringState state;
    state.keyring = keyring;
    state.present = reader.value<bool>(json, path, "present");
    state.entries = reader.value<std::uint64_t>(json, path, "entries");
    state.keys = reader.value<std::uint64_t>(json, path, "keys");
    state.links = reader.list(json, path, "links", [&reader](const Json& link, const auto& where) {
        return reader.convert<std::string>(link, where).value_or("");
    });
    state.contents = reader.list(
        json, path, "contents",
        [&reader](const Json& key, const auto& where) { return read_key(reader, key, where); });
    return state;
}

void read_module(Reader& reader, const Json& json, Machine& machine) {
    machine.module_loaded = reader.value<bool>(json, "module.", "loaded");
    reader.fields(json, "module.", module_fields, machine.module);
    for (const auto& [name, count] : reader.object(json, "module.", "stats").items()) {
        if (const auto number = reader.convert<std::uint64_t>(count, "module.stats." + name))
            machine.module.stats.emplace_back(name, *number);
    }
}

Machine read_machine(Reader& reader, const Json& json) {
    Machine machine;
    const auto& kernel = reader.object(json, "", "kernel");
    machine.release = reader.value<std::string>(kernel, "kernel.", "release").value_or("");
    machine.arch = reader.value<std::string>(kernel, "kernel.", "arch").value_or("");
    if (machine.release.empty() || machine.arch.empty())
        reader.complain("kernel", "there with its release and arch");
    machine.arch_served = is_served(machine.arch);
    read_module(reader, reader.object(json, "", "module"), machine);
    machine.lockdown = reader.value<std::string>(json, "", "lockdown");

    const auto& boot = reader.object(json, "", "secure_boot");
    machine.secure_boot.enabled = reader.value<bool>(boot, "secure_boot.", "enabled");
    machine.secure_boot.firmware =
        reader.value<std::string>(boot, "secure_boot.", "firmware").value_or("");
    machine.secure_boot.setup_mode = reader.value<bool>(boot, "secure_boot.", "setup_mode");
    machine.secure_boot.supported = reader.value<bool>(boot, "secure_boot.", "supported");

    const auto& config = reader.object(json, "", "config");
    machine.options.source = reader.value<std::string>(config, "config.", "source");
    reader.fields(config, "config.", option_fields, machine.options);

    const auto& ima = reader.object(json, "", "ima");
    machine.ima.present = reader.value<bool>(ima, "ima.", "present");
    machine.ima.rules = read_texts(reader, ima, "ima.", "rules");
    machine.ima.problem = reader.value<std::string>(ima, "ima.", "problem").value_or("");
    machine.ima.settings = read_texts(reader, ima, "ima.", "settings");
    reader.fields(reader.object(json, "", "symbols"), "symbols.", symbol_fields, machine.symbols);

    const auto& keyrings = reader.object(json, "", "keyrings");
    for (const auto keyring : all_keyrings)
        machine.keyrings.push_back(read_keyring(reader, keyrings, keyring));
    machine.unplaced_keys =
        read_keys(reader, json, "", "unplaced_keys").value_or(std::vector<Key>());
    machine.kexec_loaded = reader.value<bool>(json, "", "kexec_loaded");
    machine.kexec_crash_loaded = reader.value<bool>(json, "", "kexec_crash_loaded");
    return machine;
}

}  // namespace

Json to_json(const ModuleAttributes& module) {
    Json stats = Json::object();
    for (const auto& [name, count] : module.stats)
        stats[name] = count;

    Json json = Json::object();
    write_fields(module, module_fields, json);
    json["stats"] = stats;
    return json;
}

Json to_json(const Machine& machine) {
    const bool loaded = machine.module_loaded.value_or(false);
    Json module = {{"loaded", nullable(machine.module_loaded)}};
    if (loaded)
        module.update(to_json(machine.module));

    Json keyrings = Json::object();
    for (const auto& keyring : machine.keyrings)
        keyrings[std::string(kernel_name_of(keyring.keyring))] = to_json(machine, keyring);

    Json symbols = Json::object();
    write_fields(machine.symbols, symbol_fields, symbols);
    Json all_advisories = Json::array();
    for (const auto& advisory : advisories(machine))
        all_advisories.push_back(to_json(advisory));

    const auto& firmware = machine.secure_boot.firmware;
    return {
        {"schema", schema},
        {"kernel", {{"release", machine.release}, {"arch", machine.arch}}},
        {"policy",
         {{"native", nullable(machine.module.native_policy)},
          {"active", nullable(machine.module.active_policy)},
          {"linux_6_0", to_json(has_policy_of_linux_6_0(machine))},
          {"native_guess", guess_to_json(machine)}}},
        {"module", module},
        {"lockdown", nullable(machine.lockdown)},
        {"secure_boot",
         {{"enabled", nullable(machine.secure_boot.enabled)},
          {"firmware", word_or_null(firmware)},
          {"setup_mode", nullable(machine.secure_boot.setup_mode)},
          {"supported", nullable(machine.secure_boot.supported)}}},
        {"config", to_json(machine.options)},
        {"ima", ima_to_json(machine)},
        {"symbols", symbols},
        {"keyrings", keyrings},
        {"unplaced_keys", to_json(machine.unplaced_keys)},
        {"kexec_loaded", nullable(machine.kexec_loaded)},
        {"kexec_crash_loaded", nullable(machine.kexec_crash_loaded)},
        {"advisories", all_advisories},
        {"next_step", next_step(machine)},
    };
}

MachineReading machine_from_json(std::string_view text) {
    const auto json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (json.is_discarded())
        return {std::nullopt, "it is not JSON"};
    const auto found = json.is_object() ? json.find("schema") : json.end();
    if (found == json.end() || !found->is_number_integer())
        return {std::nullopt, "it was not made by `kexec-keyrings status --json`"};
    if (*found != schema)
        return {std::nullopt, fmt::format("its schema is {}, this program knows {}; use the "
                                          "kexec-keyrings that made it, or a newer one",
                                          found->dump(), schema)};
    Reader reader;
    auto machine = read_machine(reader, json);
    if (!reader.problem().empty())
        return {std::nullopt, reader.problem()};
    return {std::move(machine), {}};
}

std::string to_text(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string to_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace kxk::trust
