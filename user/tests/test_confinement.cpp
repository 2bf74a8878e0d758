// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/confinement.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <thread>

#include "host/linux_system.h"

namespace kxk::test {
namespace {

/* In a process of its own, which ends with 0 where everything is as it has to be. */
class Confined : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "confined-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
        std::ofstream(file()) << "text";
    }
    void TearDown() override {
        ::unlink(file().c_str());
        ::rmdir(directory_.c_str());
    }

    [[nodiscard]] std::string file() const { return directory_ + "/file"; }

    /* The errno of opening a file, or 0. */
    static int try_to_open(const std::string& path, int flags) {
        const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
        if (descriptor < 0)
            return errno;
        ::close(descriptor);
        return 0;
    }

    /* The number of the first expectation that is not met. */
    [[nodiscard]] int first_failure() const {
        const int before = ::open(file().c_str(), O_RDWR | O_CLOEXEC);
        const auto done = host::confine();
        host::LinuxSystem system;
        if (!done.capabilities || ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
            return 1;
        if (system.may_load_modules() || system.may_load_kernels())
            return 2;
        if (try_to_open(file(), O_RDONLY) != 0)
            return 3;
        if (::write(before, "TEXT", 4) != 4)
            return 4;
        constexpr long landlock_create_ruleset = 444;
        if (!done.files)
            return ::syscall(landlock_create_ruleset, nullptr, 0, 1) < 1 ? no_landlock : 10;
        if (try_to_open(file(), O_RDWR) != EACCES)
            return 5;
        if (try_to_open(directory_ + "/new", O_WRONLY | O_CREAT) != EACCES)
            return 6;
        if (::unlink(file().c_str()) == 0 || ::mkdir((directory_ + "/d").c_str(), 0700) == 0)
            return 7;
        if (::execl("/bin/true", "true", nullptr) == 0 || errno != EACCES)
            return 8;
        int in_thread = 0;
        std::thread([&] { in_thread = try_to_open(file(), O_RDWR); }).join();
        return in_thread == EACCES ? 0 : 9;
    }

    static constexpr int no_landlock = 100;

  private:
    std::string directory_;
};

TEST_F(Confined, ReadsAndDoesNothingElse) {
    // Kernels without Landlock: the capabilities are gone, and files can be written.
    const auto as_far_as_possible = [](int status) {
        return WIFEXITED(status) &&
               (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == no_landlock);
    };
    EXPECT_EXIT(::_exit(first_failure()), as_far_as_possible, "");
}

TEST_F(Confined, WithoutConfinementAllOfItIsPossible) {
    EXPECT_EQ(try_to_open(file(), O_RDWR), 0);
    EXPECT_EQ(try_to_open(file(), O_RDONLY), 0);
}

}  // namespace
}  // namespace kxk::test
