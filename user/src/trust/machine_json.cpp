// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/machine_json.h"

#include "trust/assess.h"

namespace kxk::trust {
namespace {

template <typename T>
Json nullable(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json to_json(Answer answer) {
    return answer == Answer::cannot_tell ? Json(nullptr) : Json(answer == Answer::yes);
}

Json to_json(const KernelOptions& options) {
    return {
        {"source", nullable(options.source)},
        {"KEXEC_FILE", nullable(options.kexec_file)},
        {"KEXEC_SIG", nullable(options.kexec_sig)},
        {"KEXEC_SIG_FORCE", nullable(options.kexec_sig_force)},
        {"KEXEC_IMAGE_VERIFY_SIG", nullable(options.image_verify_sig)},
        {"INTEGRITY_PLATFORM_KEYRING", nullable(options.platform_keyring)},
        {"MODULE_SIG", nullable(options.module_sig)},
        {"MODULE_SIG_FORCE", nullable(options.module_sig_force)},
    };
}

Json to_json(const Machine& machine, const KeyringState& keyring) {
    return {
        {"present", nullable(keyring.present)},
        {"entries", nullable(keyring.entries)},
        {"keys", nullable(keyring.keys)},
        {"links", nullable(keyring.links)},
        {"vouches", nullable(vouches(machine, keyring))},
    };
}

}  // namespace

Json to_json(const ModuleAttributes& module) {
    Json stats = Json::object();
    for (const auto& [name, count] : module.stats)
        stats[name] = count;

    return {
        {"version", nullable(module.version)},
        {"mode", nullable(module.mode)},
        {"arch", nullable(module.arch)},
        {"engine", nullable(module.engine)},
        {"target", nullable(module.target)},
        {"native_policy", nullable(module.native_policy)},
        {"active_policy", nullable(module.active_policy)},
        {"stats", stats},
    };
}

Json to_json(const Machine& machine) {
    const bool loaded = machine.module_loaded.value_or(false);
    Json module = {{"loaded", nullable(machine.module_loaded)}};
    if (loaded)
        module.update(to_json(machine.module));

    Json keyrings = Json::object();
    for (const auto& keyring : machine.keyrings)
        keyrings[std::string(kernel_name_of(keyring.keyring))] = to_json(machine, keyring);

    const auto& firmware = machine.secure_boot.firmware;
    return {
        {"schema", 1},
        {"kernel", {{"release", machine.release}, {"arch", machine.arch}}},
        {"policy",
         {{"native", nullable(machine.module.native_policy)},
          {"active", nullable(machine.module.active_policy)},
          {"linux_6_0", to_json(has_policy_of_linux_6_0(machine))}}},
        {"module", module},
        {"lockdown", nullable(machine.lockdown)},
        {"secure_boot",
         {{"enabled", nullable(machine.secure_boot.enabled)},
          {"firmware", firmware.empty() ? Json(nullptr) : Json(firmware)}}},
        {"config", to_json(machine.options)},
        {"keyrings", keyrings},
        {"kexec_loaded", nullable(machine.kexec_loaded)},
        {"kexec_crash_loaded", nullable(machine.kexec_crash_loaded)},
        {"next_step", next_step(machine)},
    };
}

std::string to_text(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace kxk::trust
