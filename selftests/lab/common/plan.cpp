// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/plan.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>

#include "common/hex.h"

namespace kxk::lab {

// The macros write the functions that nlohmann::json looks for.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AddKey, file, keyring)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Insmod, file, parameters)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Rmmod, module)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunProgram, argv, timeout_seconds, uid)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LoadImage, image)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReadFile, path)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReadTree, path)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WriteFile, path, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(InFlightUnload, image, module)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AskDevice, file, write_only, written, closed, command, flags,
                                   more_bytes, last_byte, nowhere)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AskTogether, files, askers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DisturbDevice, file, how, other)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FuzzDevice, appended, bases, seed, first, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UnloadWhileOpen, module)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stress, module, name, parameters, images, cycles, seconds,
                                   callers, askers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(InjectFaults, operation, function, module, name, parameters,
                                   image, stranger, stride)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OpenPerf, functions, program, sample_microseconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ClosePerf, module)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ListKeys, keyring)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Shell, greeting)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KexecExec, argv)

namespace {

/** Names of the kinds of steps, in the order of the alternatives of Action. */
constexpr const char* kinds[] = {"add_key",
                                 "insmod",
                                 "rmmod",
                                 "run",
                                 "load_image",
                                 "read_file",
                                 "read_tree",
                                 "write_file",
                                 "in_flight_unload",
                                 "ask_device",
                                 "ask_together",
                                 "disturb_device",
                                 "fuzz_device",
                                 "unload_while_open",
                                 "stress",
                                 "inject_faults",
                                 "open_perf",
                                 "close_perf",
                                 "list_keys",
                                 "shell",
                                 "kexec_exec"};

static_assert(std::size(kinds) == std::variant_size_v<Action>);

template <std::size_t Index = 0>
Action action_of(const std::string& kind, const nlohmann::json& arguments) {
    if constexpr (Index < std::variant_size_v<Action>) {
        if (kind == kinds[Index]) {
            return arguments.get<std::variant_alternative_t<Index, Action>>();
        }
        return action_of<Index + 1>(kind, arguments);
    } else {
        throw std::invalid_argument("plan: there is no step of kind " + kind);
    }
}

}  // namespace

static void to_json(nlohmann::json& json, const Patch& patch) {
    json = {{"offset", patch.offset}, {"hex", to_hex(patch.bytes)}};
}

static void from_json(const nlohmann::json& json, Patch& patch) {
    patch.offset = json.at("offset").get<std::uint64_t>();
    patch.bytes = from_hex(json.at("hex").get<std::string>());
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DerivedFile, path, base, size, patches)

static void to_json(nlohmann::json& json, const Step& step) {
    json = {{"id", step.id}, {"kind", kinds[step.action.index()]}, {"required", step.required}};
    std::visit([&json](const auto& action) { json["arguments"] = action; }, step.action);
}

static void from_json(const nlohmann::json& json, Step& step) {
    step.id = json.at("id").get<std::string>();
    step.required = json.at("required").get<bool>();
    step.action = action_of(json.at("kind").get<std::string>(), json.at("arguments"));
}

void to_json(nlohmann::json& json, const Plan& plan) {
    json = {{"drivers", plan.drivers}, {"files", plan.files}, {"steps", plan.steps}};
}

void from_json(const nlohmann::json& json, Plan& plan) {
    plan.drivers = json.at("drivers").get<std::vector<std::string>>();
    plan.files = json.at("files").get<std::vector<DerivedFile>>();
    plan.steps = json.at("steps").get<std::vector<Step>>();
}

}  // namespace kxk::lab
