// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>

#include "trust/machine_json.h"

namespace kxk::trust {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/** A machine of which everything is known, each thing with a value of its own. */
Machine whole_machine() {
    Machine machine;
    machine.release = "5.10.13";
    machine.arch = "arm64";
    machine.arch_served = true;
    machine.module_loaded = true;
    machine.module = {"0.1.0",
                      "backport",
                      "arm64",
                      "ftrace",
                      "image_verify_sig",
                      "builtin",
                      "secondary platform",
                      {{"accepted", 3}, {"enokey", 0}}};
    machine.lockdown = "integrity";
    machine.options = {"/proc/config.gz", true, true, false, true, true, false, false, true, false};
    machine.secure_boot = {true, "uefi", false, true};
    for (const auto keyring : all_keyrings) {
        KeyringState state;
        state.keyring = keyring;
        state.present = true;
        state.entries = 1;
        state.keys = 1;
        state.links.emplace();
        state.contents = std::vector{
            Key{"asymmetric", "Tests: " + std::string(word_of(keyring)) + ": 0a1b2c3d"}};
        machine.keyrings.push_back(state);
    }
    machine.keyrings[1].entries = 2;
    machine.keyrings[1].links = std::vector<std::string>{".builtin_trusted_keys"};
    machine.keyrings[4].contents = std::vector{Key{"blacklist", "bin:00ff"}};
    machine.ima.present = true;
    machine.ima.rules = std::vector<std::string>{"measure func=KEXEC_KERNEL_CHECK"};
    machine.ima.settings = std::vector<std::string>{"ima_policy=tcb"};
    machine.symbols.set_kexec_sig_enforced = true;
    machine.symbols.prepare_elf_headers = false;
    machine.symbols.arch_ima_get_secureboot = true;
    machine.options.ima_arch_policy = true;
    machine.unplaced_keys = {{"asymmetric", "Tests: unplaced: 0a"}};
    machine.kexec_loaded = true;
    machine.kexec_crash_loaded = false;
    return machine;
}

MachineReading read_back(const Machine& machine) {
    return machine_from_json(to_text(to_json(machine)));
}

TEST(MachineJson, ComesBackWhole) {
    const auto before = whole_machine();
    const auto reading = read_back(before);
    ASSERT_TRUE(reading.machine) << reading.problem;
    const auto& after = *reading.machine;
    EXPECT_EQ(to_json(after), to_json(before));
    // What JSON derives from it would not show that it is missing.
    EXPECT_EQ(after.arch_served, true);
    EXPECT_EQ(after.options.preemption, true);
    EXPECT_EQ(after.module.native_policy, "builtin");
    EXPECT_THAT(after.module.stats, ElementsAre(Pair("accepted", 3U), Pair("enokey", 0U)));
    EXPECT_EQ(after.keyrings[1].contents, before.keyrings[1].contents);
    EXPECT_EQ(after.keyrings[1].links, before.keyrings[1].links);
    EXPECT_EQ(after.ima.rules, before.ima.rules);
    EXPECT_EQ(after.ima.settings, before.ima.settings);
    EXPECT_EQ(after.unplaced_keys, before.unplaced_keys);
    EXPECT_EQ(after.options.ima_arch_policy, true);
}

TEST(MachineJson, OfNothingKnownComesBackAsNothingKnown) {
    Machine before;
    before.release = "4.19.0";
    before.arch = "ppc64le";
    const auto reading = read_back(before);
    ASSERT_TRUE(reading.machine) << reading.problem;
    const auto& after = *reading.machine;
    EXPECT_FALSE(after.arch_served);
    EXPECT_EQ(after.module_loaded, std::nullopt);
    EXPECT_EQ(after.lockdown, std::nullopt);
    EXPECT_EQ(after.ima.present, std::nullopt);
    EXPECT_EQ(after.ima.rules, std::nullopt);
    EXPECT_EQ(after.ima.settings, std::nullopt);
    EXPECT_EQ(after.symbols.set_kexec_sig_enforced, std::nullopt);
    EXPECT_EQ(after.secure_boot.enabled, std::nullopt);
    EXPECT_EQ(after.secure_boot.firmware, "");
    EXPECT_EQ(after.options.kexec_sig, std::nullopt);
    ASSERT_EQ(after.keyrings.size(), all_keyrings.size());
    for (const auto& state : after.keyrings) {
        EXPECT_EQ(state.present, std::nullopt);
        EXPECT_EQ(state.links, std::nullopt);
        EXPECT_EQ(state.contents, std::nullopt);
    }
}

TEST(MachineJson, TellsAnEmptyKeyringFromOneThatCouldNotBeRead) {
    auto before = whole_machine();
    before.keyrings[0].contents.emplace();
    before.keyrings[3].contents.reset();
    const auto reading = read_back(before);
    ASSERT_TRUE(reading.machine) << reading.problem;
    EXPECT_EQ(reading.machine->keyrings[0].contents, std::vector<Key>{});
    EXPECT_EQ(reading.machine->keyrings[3].contents, std::nullopt);
}

TEST(MachineJson, PassesOverWhatALaterVersionAdded) {
    auto json = to_json(whole_machine());
    json["novelty"] = 1;
    json["keyrings"][".ima"] = {{"present", "perhaps"}};
    EXPECT_TRUE(machine_from_json(to_text(json)).machine);
}

TEST(MachineJson, GivesTheKeyIdOfKeysAndNoneOfHashes) {
    const auto json = to_json(whole_machine());
    EXPECT_EQ(json["keyrings"][".builtin_trusted_keys"]["contents"],
              Json::parse(R"([{"type": "asymmetric", "description": "Tests: builtin: 0a1b2c3d",
                               "key_id": "0a1b2c3d"}])"));
    EXPECT_EQ(json["keyrings"][".blacklist"]["contents"],
              Json::parse(R"([{"type": "blacklist", "description": "bin:00ff", "key_id": null}])"));
}

struct BadText {
    std::string text;
    std::string problem;
};

class NoMachine : public testing::TestWithParam<BadText> {};

TEST_P(NoMachine, IsRefusedWithTheReason) {
    const auto reading = machine_from_json(GetParam().text);
    EXPECT_FALSE(reading.machine);
    EXPECT_THAT(reading.problem, HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, NoMachine,
    testing::Values(BadText{"", "not JSON"}, BadText{"{", "not JSON"},
                    BadText{"Kernel        5.10.13 (arm64)\n", "not JSON"},
                    BadText{"[]", "not made by"}, BadText{"7", "not made by"},
                    BadText{"{}", "not made by"}, BadText{R"({"schema": "1"})", "not made by"},
                    BadText{R"({"schema": 2})", "schema is 2"},
                    BadText{R"({"schema": 1})", "kernel is not there"},
                    BadText{R"({"schema": 1, "kernel": "5.10"})", "kernel is not an object"}));

struct Damage {
    const char* pointer;
    Json value;
    const char* problem;
};

class DamagedMachine : public testing::TestWithParam<Damage> {};

TEST_P(DamagedMachine, IsRefusedWithThePlace) {
    auto json = to_json(whole_machine());
    json[Json::json_pointer(GetParam().pointer)] = GetParam().value;
    const auto reading = machine_from_json(to_text(json));
    EXPECT_FALSE(reading.machine);
    EXPECT_EQ(reading.problem, GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(
    Places, DamagedMachine,
    testing::Values(
        Damage{"/kernel/release", 5, "kernel.release is not a string"},
        Damage{"/kernel/arch", nullptr, "kernel is not there with its release and arch"},
        Damage{"/module", true, "module is not an object"},
        Damage{"/module/loaded", "yes", "module.loaded is not true, false or null"},
        Damage{"/module/native_policy", Json::array(), "module.native_policy is not a string"},
        Damage{"/module/stats/accepted", -1, "module.stats.accepted is not a count"},
        Damage{"/ima", "off", "ima is not an object"},
        Damage{"/ima/rules", "measure", "ima.rules is not an array"},
        Damage{"/ima/settings/0", true, "ima.settings[0] is not a string"},
        Damage{"/symbols/prepare_elf_headers", "t",
               "symbols.prepare_elf_headers is not true, false or null"},
        Damage{"/unplaced_keys", Json::object(), "unplaced_keys is not an array"},
        Damage{"/lockdown", 1, "lockdown is not a string"},
        Damage{"/secure_boot/enabled", 1, "secure_boot.enabled is not true, false or null"},
        Damage{"/config/KEXEC_SIG", "y", "config.KEXEC_SIG is not true, false or null"},
        Damage{"/keyrings", Json::array(), "keyrings is not an object"},
        Damage{"/keyrings/.machine", "none", "keyrings..machine is not an object"},
        Damage{"/keyrings/.platform/entries", 1.5, "keyrings..platform.entries is not a count"},
        Damage{"/keyrings/.platform/links", "x", "keyrings..platform.links is not an array"},
        Damage{"/keyrings/.platform/links", Json::array({1}),
               "keyrings..platform.links[0] is not a string"},
        Damage{"/keyrings/.platform/contents", Json::array({"key"}),
               "keyrings..platform.contents[0] is not an object"},
        Damage{"/keyrings/.platform/contents/0/description", 7,
               "keyrings..platform.contents[0].description is not a string"}));

TEST(MachineJson, SurvivesEveryTruncation) {
    const auto text = to_text(to_json(whole_machine()));
    for (std::size_t size = 0; size + 2 < text.size(); ++size)
        EXPECT_FALSE(machine_from_json(std::string_view(text).substr(0, size)).machine) << size;
}

}  // namespace
}  // namespace kxk::trust
