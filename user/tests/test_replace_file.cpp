// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/linux_system.h"
#include "host/replace_file.h"

namespace kxk::host {
namespace {

/* A directory with a file in it, which goes away with the test. */
class ReplaceFile : public testing::Test {
  protected:
    ReplaceFile() {
        std::string name = testing::TempDir() + "kxk-XXXXXX";
        directory_ = ::mkdtemp(name.data());
        std::ofstream(path("file"), std::ios::binary) << "old";
    }
    ~ReplaceFile() override { std::filesystem::remove_all(directory_); }
    ReplaceFile(const ReplaceFile&) = delete;
    ReplaceFile& operator=(const ReplaceFile&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const {
        return directory_ + "/" + name;
    }

    [[nodiscard]] std::string content(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(path(name), std::ios::binary).rdbuf();
        return text.str();
    }

    /* Nothing changed, and nothing was left behind. */
    void expect_untouched() const {
        EXPECT_EQ(content("file"), "old");
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
    }

  private:
    std::string directory_;
};

struct stat status_of(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return found;
}

TEST_F(ReplaceFile, KeepsTheMode) {
    ASSERT_EQ(::chmod(path("file").c_str(), 0640), 0);
    EXPECT_EQ(replace_file(path("file"), "new"), 0);
    EXPECT_EQ(content("file"), "new");
    EXPECT_EQ(status_of(path("file")).st_mode & 07777U, 0640U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path("")), {}), 1);
}

TEST_F(ReplaceFile, KeepsTheOwner) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root";
    ASSERT_EQ(::chown(path("file").c_str(), 12345, 23456), 0);
    EXPECT_EQ(replace_file(path("file"), "new"), 0);
    EXPECT_EQ(status_of(path("file")).st_uid, 12345U);
    EXPECT_EQ(status_of(path("file")).st_gid, 23456U);
}

TEST_F(ReplaceFile, MakesNewOnesLikeAnybodyElse) {
    const auto mask = ::umask(0027);
    EXPECT_EQ(replace_file(path("other"), "new"), 0);
    ::umask(mask);
    EXPECT_EQ(content("other"), "new");
    EXPECT_EQ(status_of(path("other")).st_mode & 07777U, 0640U);
}

TEST_F(ReplaceFile, FollowsSymbolicLinks) {
    ASSERT_EQ(::symlink("file", path("link").c_str()), 0);
    EXPECT_EQ(replace_file(path("link"), "new"), 0);
    EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
    EXPECT_EQ(content("file"), "new");
}

TEST_F(ReplaceFile, ReplacesOnlyFiles) {
    EXPECT_EQ(replace_file(path(""), "new"), EISDIR);
    EXPECT_EQ(replace_file("/dev/null", "new"), EINVAL);
    EXPECT_EQ(replace_file(path("absent/file"), "new"), ENOENT);
    EXPECT_EQ(replace_file(path("file/file"), "new"), ENOTDIR);
    expect_untouched();
}

TEST_F(ReplaceFile, LosesNothingWhenThereIsNoRoom) {
    // A file that may not grow is the nearest to a full disk that a test can have.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const int error = replace_file(path("file"), std::string(8192, 'x'));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, old_action);
    EXPECT_EQ(error, EFBIG);
    expect_untouched();
}

TEST_F(ReplaceFile, LosesNothingWhenInterrupted) {
    sigset_t interrupt;
    sigset_t before;
    ::sigemptyset(&interrupt);
    ::sigaddset(&interrupt, SIGINT);
    ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &interrupt, &before), 0);
    ASSERT_EQ(::raise(SIGINT), 0);
    EXPECT_EQ(replace_file(path("file"), "new"), EINTR);
    expect_untouched();

    int taken = 0;
    ASSERT_EQ(::sigwait(&interrupt, &taken), 0);
    EXPECT_EQ(replace_file(path("file"), "new"), 0);
    ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
    EXPECT_EQ(content("file"), "new");
}

}  // namespace
}  // namespace kxk::host
