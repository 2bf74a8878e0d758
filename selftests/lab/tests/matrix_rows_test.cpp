// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/matrix_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace kxk::lab {
namespace {

const KernelPhases subject{{"old", Role::subject, "patched", "new"},
                           {phase_absent, "ftrace", phase_unloaded},
                           {Enforcement::integrity}};

/* An image that is refused before, and accepted with the module and by both references. */
class MatrixRow : public testing::Test {
  protected:
    MatrixRow() {
        image.name = "platform";
        say("old", phase_absent, EPERM);
        say("old", "ftrace", 0);
        say("old", phase_unloaded, EPERM);
        say("patched", phase_absent, 0);
        say("new", phase_absent, 0);
    }

    void say(const std::string& kernel, const std::string& phase, int error) {
        verdicts.add({kernel, Enforcement::integrity, phase, image.name}, {error, error == 0, {}});
    }

    [[nodiscard]] Row row(const KernelPhases& kernel = subject) const {
        return make_row("arm64", kernel, Enforcement::integrity, image, verdicts);
    }

    CatalogueImage image;
    Verdicts verdicts;
};

TEST_F(MatrixRow, IsRightWhenAllAgree) {
    EXPECT_EQ(row().complaints, Complaints());
    EXPECT_EQ(row().verdicts.size(), 3U);
    EXPECT_TRUE(row().same_code && row().native);
}

TEST_F(MatrixRow, IsWrongWhenTheModuleIsLooserOrStricter) {
    say("patched", phase_absent, EPERM);
    say("new", phase_absent, EPERM);
    EXPECT_EQ(row().complaints.size(), 2U);
    say("patched", phase_absent, 0);
    say("new", phase_absent, 0);
    say("old", "ftrace", EPERM);
    EXPECT_EQ(row().complaints.size(), 2U);
}

TEST_F(MatrixRow, IsWrongWhenTheErrnoIsAnother) {
    for (const char* kernel : {"patched", "new"}) {
        say(kernel, phase_absent, EKEYREJECTED);
    }
    say("old", "ftrace", ENOKEY);
    EXPECT_EQ(row().complaints.size(), 2U);
    say("old", "ftrace", EKEYREJECTED);
    EXPECT_EQ(row().complaints, Complaints());
}

TEST_F(MatrixRow, IsWrongWhenTheStateIsAnother) {
    verdicts.add({"old", Enforcement::integrity, "ftrace", image.name}, {0, false, {}});
    EXPECT_EQ(row().complaints.size(), 2U);
}

TEST_F(MatrixRow, IsWrongWhenTheNativeKernelAloneDiffers) {
    say("new", phase_absent, ENOPKG);
    ASSERT_EQ(row().complaints.size(), 1U);
    EXPECT_NE(row().complaints.front().find("no other change explains it"), std::string::npos);
}

TEST_F(MatrixRow, AKnownDifferenceNeedsTheOtherReferenceAsWitness) {
    ASSERT_FALSE(known_differences().empty());
    image.name = known_differences().front().images.front();
    for (const char* phase : {phase_absent, phase_unloaded}) {
        say("old", phase, ENOPKG);
    }
    say("old", "ftrace", ENOPKG);
    say("patched", phase_absent, ENOPKG);
    say("new", phase_absent, 0);
    EXPECT_EQ(row().complaints, Complaints());
    EXPECT_EQ(row().difference, &known_differences().front());
    say("patched", phase_absent, 0);
    EXPECT_EQ(row().complaints.size(), 2U);
}

TEST_F(MatrixRow, IsWrongWithoutAReference) {
    verdicts = {};
    for (const char* phase : {phase_absent, "ftrace", phase_unloaded}) {
        say("old", phase, EPERM);
    }
    EXPECT_EQ(row().complaints.size(), 2U);
}

TEST_F(MatrixRow, IsWrongWithoutAnAnswer) {
    verdicts = {};
    EXPECT_EQ(row().complaints.size(), 3U);
}

TEST_F(MatrixRow, IsWrongWhenUnloadingLeavesSomethingBehind) {
    say("old", phase_unloaded, 0);
    EXPECT_EQ(row().complaints.size(), 1U);
}

TEST_F(MatrixRow, AnUnknownSignerIsNeverAccepted) {
    image.name = "unknown";
    for (const char* phase : {phase_absent, "ftrace", phase_unloaded}) {
        say("old", phase, 0);
    }
    for (const char* kernel : {"patched", "new"}) {
        say(kernel, phase_absent, 0);
    }
    EXPECT_EQ(row().complaints.size(), 3U);
}

TEST_F(MatrixRow, OfAReferenceNothingMayChange) {
    const KernelPhases reference{
        {"patched", Role::same_code}, {phase_absent, phase_forced}, {Enforcement::integrity}};

    say("patched", phase_forced, 0);
    EXPECT_EQ(row(reference).complaints, Complaints());
    say("patched", phase_forced, EPERM);
    EXPECT_EQ(row(reference).complaints.size(), 1U);
}

TEST_F(MatrixRow, ASubjectMustGainSomething) {
    const Row good = row();
    EXPECT_EQ(gains_something({&good}), Complaints());
    say("old", phase_absent, 0);
    const Row vain = row();
    EXPECT_EQ(gains_something({&vain}).size(), 1U);
    EXPECT_EQ(gains_something({&vain, &good}), Complaints());
    EXPECT_EQ(gains_something({}).size(), 1U);
}

TEST(MatrixKernels, BootsOfTheSameKernelAreOne) {
    Arch arch;
    arch.name = "arm64";
    arch.engines = {"ftrace", "kprobe"};
    const auto kernels = kernels_of(matrix_boots(arch, Extent::all), arch);

    for (const KernelPhases& kernel : kernels) {
        EXPECT_EQ(std::count_if(kernels.begin(), kernels.end(),
                                [&kernel](const KernelPhases& other) {
                                    return other.kernel.name == kernel.kernel.name;
                                }),
                  1);
        if (kernel.kernel.role == Role::subject) {
            EXPECT_EQ(kernel.phases,
                      (std::vector<std::string>{phase_absent, "ftrace", "kprobe", phase_unloaded}));
        }
    }
}

TEST(MatrixRecord, IsTakenOnlyIfItIsOfTheSameBootAndWhole) {
    const auto path = std::filesystem::temp_directory_path() / "kxk-matrix-record-test.json";
    BootRecord record;
    record.key = "key";
    record.verdicts["none/absent/platform"] = {EPERM, false, {"line"}};
    save_record(path, record);

    const auto loaded = load_record(path, "key");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->verdicts.at("none/absent/platform").error, EPERM);
    EXPECT_FALSE(load_record(path, "another key"));
    record.failure = "it hung";
    save_record(path, record);
    EXPECT_FALSE(load_record(path, "key"));
    std::filesystem::resize_file(path, 20);
    EXPECT_FALSE(load_record(path, "key"));
    std::filesystem::remove(path);
    EXPECT_FALSE(load_record(path, "key"));
}

}  // namespace
}  // namespace kxk::lab
