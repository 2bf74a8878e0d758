// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/plan.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace kxk::lab {
namespace {

TEST(Plan, SurvivesJson) {
    Plan plan;
    plan.drivers = {"/lab/drivers/virtio.ko"};
    plan.files = {{"/run/image", "/lab/image", 4096, {{7, std::string("\0\xff", 2)}}}};
    plan.steps = {{"a", Insmod{"/lab/m.ko", "engine=ftrace"}, true},
                  {"b", RunProgram{{"kexec", "-e"}, 5, 1000}, false},
                  {"c", LoadImage{"/run/image"}, false},
                  {"d", InFlightUnload{"/run/big", "m"}, false},
                  {"e", FuzzDevice{true, {"/run/a", "/run/b"}, 1ULL << 63U, 7, 1000}, false}};

    const auto copy = nlohmann::json::parse(nlohmann::json(plan).dump()).get<Plan>();

    EXPECT_EQ(copy.drivers, plan.drivers);
    ASSERT_EQ(copy.files.size(), 1U);
    EXPECT_EQ(copy.files[0].size, 4096U);
    ASSERT_EQ(copy.files[0].patches.size(), 1U);
    EXPECT_EQ(copy.files[0].patches[0].offset, 7U);
    EXPECT_EQ(copy.files[0].patches[0].bytes, plan.files[0].patches[0].bytes);
    ASSERT_EQ(copy.steps.size(), 5U);
    EXPECT_TRUE(copy.steps[0].required);
    EXPECT_EQ(std::get<Insmod>(copy.steps[0].action).parameters, "engine=ftrace");
    EXPECT_EQ(std::get<RunProgram>(copy.steps[1].action).argv.at(1), "-e");
    EXPECT_EQ(std::get<RunProgram>(copy.steps[1].action).timeout_seconds, 5);
    EXPECT_EQ(std::get<RunProgram>(copy.steps[1].action).uid, 1000U);
    EXPECT_EQ(std::get<LoadImage>(copy.steps[2].action).image, "/run/image");
    EXPECT_EQ(std::get<InFlightUnload>(copy.steps[3].action).module, "m");
    const auto& fuzz = std::get<FuzzDevice>(copy.steps[4].action);
    EXPECT_TRUE(fuzz.appended);
    EXPECT_EQ(fuzz.bases.at(1), "/run/b");
    EXPECT_EQ(fuzz.seed, 1ULL << 63U);
    EXPECT_EQ(fuzz.first, 7U);
    EXPECT_EQ(fuzz.count, 1000U);
}

TEST(Plan, EveryKindOfStepHasItsName) {
    const std::vector<Action> actions{
        AddKey{},       Insmod{},        Rmmod{},      RunProgram{},      LoadImage{},
        ReadFile{},     ReadTree{},      WriteFile{},  InFlightUnload{},  AskDevice{},
        AskTogether{},  DisturbDevice{}, FuzzDevice{}, UnloadWhileOpen{}, Stress{},
        InjectFaults{}, OpenPerf{},      ClosePerf{},  ListKeys{},        Shell{},
        KexecExec{}};
    ASSERT_EQ(actions.size(), std::variant_size_v<Action>);

    for (const Action& action : actions) {
        Plan plan;
        plan.steps = {{"x", action, false}};

        const auto copy = nlohmann::json(plan).get<Plan>();
        EXPECT_EQ(copy.steps.at(0).action.index(), action.index());
    }
}

TEST(Plan, RefusesAnUnknownStep) {
    const auto json = nlohmann::json::parse(
        R"({"drivers":[],"files":[],
            "steps":[{"id":"x","kind":"dance","required":false,"arguments":{}}]})");

    EXPECT_THROW(static_cast<void>(json.get<Plan>()), std::invalid_argument);
}

}  // namespace
}  // namespace kxk::lab
