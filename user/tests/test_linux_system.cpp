// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/kexec_keyrings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "host/file_descriptor.h"
#include "host/linux_system.h"

namespace kxk::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/* A directory that goes away with the test. */
class LinuxSystemFiles : public testing::Test {
  protected:
    LinuxSystemFiles() {
        std::string name = testing::TempDir() + "kxk-XXXXXX";
        directory_ = ::mkdtemp(name.data());
    }
    ~LinuxSystemFiles() override { std::filesystem::remove_all(directory_); }
    LinuxSystemFiles(const LinuxSystemFiles&) = delete;
    LinuxSystemFiles& operator=(const LinuxSystemFiles&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const {
        return directory_ + "/" + name;
    }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary) << content;
    }

    void write_gzip(const std::string& name, const std::string& content) const {
        gzFile_s* file = ::gzopen(path(name).c_str(), "wb");
        ASSERT_NE(file, nullptr);
        EXPECT_EQ(::gzwrite(file, content.data(), static_cast<unsigned>(content.size())),
                  static_cast<int>(content.size()));
        EXPECT_EQ(::gzclose(file), Z_OK);
    }

    LinuxSystem system;  // NOLINT(readability-identifier-naming)

  private:
    std::string directory_;
};

TEST_F(LinuxSystemFiles, ReadsFiles) {
    const std::string content(100000, 'x');
    write("plain", content);
    const auto read = system.read_file(path("plain"));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, content);
}

TEST_F(LinuxSystemFiles, GivesTheErrno) {
    EXPECT_EQ(system.read_file(path("absent")).error(), ENOENT);
    EXPECT_EQ(system.read_file(path("")).error(), EISDIR);
    EXPECT_EQ(system.list_directory(path("absent")).error(), ENOENT);
}

TEST_F(LinuxSystemFiles, Decompresses) {
    const std::string content(100000, 'x');
    write_gzip("config.gz", content);
    const auto read = system.read_file(path("config.gz"));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, content);
}

TEST_F(LinuxSystemFiles, RefusesDamagedGzip) {
    write_gzip("whole.gz", std::string(1000, 'x'));
    std::filesystem::copy(path("whole.gz"), path("short.gz"));
    std::filesystem::resize_file(path("short.gz"),
                                 std::filesystem::file_size(path("short.gz")) - 4);
    EXPECT_EQ(system.read_file(path("short.gz")).error(), EBADMSG);

    std::fstream file(path("whole.gz"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-8, std::ios::end);  // the checksum
    file << "zzzz";
    file.close();
    EXPECT_EQ(system.read_file(path("whole.gz")).error(), EBADMSG);
}

TEST_F(LinuxSystemFiles, MapsFiles) {
    write("plain", "content");
    write("packed.gz", "not unpacked");
    write("empty", "");
    EXPECT_EQ((*system.map_file(path("plain")))->bytes(), "content");
    EXPECT_EQ((*system.map_file(path("packed.gz")))->bytes(), "not unpacked");
    EXPECT_EQ((*system.map_file(path("empty")))->bytes(), "");
}

/* Three pages, the last one not full. */
std::string some_pages() {
    return std::string(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) * 3 - 10, 'x');
}

TEST_F(LinuxSystemFiles, SurvivesAFileThatBecomesShorterWhileItIsRead) {
    const std::string content = some_pages();
    write("shrinking", content);
    write("steady", content);
    const auto shrinking = system.map_file(path("shrinking"));
    const auto steady = system.map_file(path("steady"));
    ASSERT_TRUE(shrinking);
    ASSERT_TRUE(steady);

    std::filesystem::resize_file(path("shrinking"), content.size() / 2);
    EXPECT_EQ((*shrinking)->bytes().front(), 'x');
    EXPECT_EQ((*shrinking)->error(), 0);
    EXPECT_EQ((*shrinking)->bytes().back(), '\0');
    EXPECT_EQ((*shrinking)->error(), EIO);
    EXPECT_EQ((*steady)->bytes(), content);
    EXPECT_EQ((*steady)->error(), 0);
}

TEST_F(LinuxSystemFiles, FilesMappedLaterHaveNothingOfEarlierFailures) {
    const std::string content = some_pages();
    for (int i = 0; i < 3; ++i) {
        write("file", content);
        const auto mapped = system.map_file(path("file"));
        ASSERT_TRUE(mapped);
        EXPECT_EQ((*mapped)->bytes(), content);
        EXPECT_EQ((*mapped)->error(), 0);
        std::filesystem::resize_file(path("file"), 0);
        EXPECT_EQ((*mapped)->bytes().front(), '\0');
        EXPECT_EQ((*mapped)->error(), EIO);
    }
}

TEST_F(LinuxSystemFiles, BusErrorsOfOthersEndTheProcess) {
    const std::string content = some_pages();
    write("ours", content);
    write("others", content);
    ASSERT_TRUE(system.map_file(path("ours")));
    EXPECT_EXIT(
        {
            const int file = ::open(path("others").c_str(), O_RDONLY);
            const auto* page = static_cast<const volatile char*>(
                ::mmap(nullptr, content.size(), PROT_READ, MAP_PRIVATE, file, 0));
            std::filesystem::resize_file(path("others"), 0);
            (void)page[0];
            std::exit(0);
        },
        testing::KilledBySignal(SIGBUS), "");
}

TEST_F(LinuxSystemFiles, MapsNothingButFiles) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_EQ(system.map_file(path("pipe")).error(), ENODEV);
    EXPECT_EQ(system.map_file(path("")).error(), EISDIR);
    EXPECT_EQ(system.map_file(path("missing")).error(), ENOENT);
    EXPECT_EQ(system.map_file("/dev/null").error(), ENODEV);
}

TEST_F(LinuxSystemFiles, ListsSorted) {
    write("b", "");
    write("a", "");
    const auto names = system.list_directory(path(""));
    ASSERT_TRUE(names);
    EXPECT_THAT(*names, ElementsAre("a", "b"));
}

TEST_F(LinuxSystemFiles, FindsNoModuleWhereThereIsNone) {
    const auto result = system.insert_module({"kexec_keyrings", path("absent.ko"), ""});
    EXPECT_EQ(result.error, ENOENT);
    EXPECT_EQ(result.step, InsertStep::find);
}

TEST(LinuxSystem, FindsNoModuleOfAnUnknownName) {
    LinuxSystem system;
    const auto result = system.insert_module({"kxk_no_such_module", "", ""});
    EXPECT_NE(result.error, 0);
    EXPECT_EQ(result.step, InsertStep::find);
}

TEST(LinuxSystem, HasNoVerdictWithoutADevice) {
    if (std::filesystem::exists("/dev/" KEXEC_KEYRINGS_DEVICE))
        GTEST_SKIP() << "the module is loaded here";
    LinuxSystem system;
    const auto result = system.verify_image("/proc/version");
    EXPECT_EQ(result.error, ENOENT);
    EXPECT_EQ(result.step, VerifyStep::device);
}

kexec_keyrings_verify an_answer() {
    kexec_keyrings_verify answer{};
    answer.error = ENOKEY;
    answer.nanoseconds = 30;
    answer.known = 1;
    answer.count = 2;
    answer.consulted[0] = {KEXEC_KEYRINGS_ID_SECONDARY, ENOKEY, 10};
    answer.consulted[1] = {KEXEC_KEYRINGS_ID_PLATFORM, ENOKEY, 20};
    return answer;
}

TEST(ReadAnswer, HasEachKeyring) {
    const auto verdict = read_answer(an_answer());
    EXPECT_EQ(verdict.error, ENOKEY);
    EXPECT_EQ(verdict.nanoseconds, 30U);
    ASSERT_TRUE(verdict.consulted);
    ASSERT_EQ(verdict.consulted->size(), 2U);
    EXPECT_EQ(verdict.consulted->at(0).keyring, trust::Keyring::secondary);
    EXPECT_EQ(verdict.consulted->at(1).keyring, trust::Keyring::platform);
    EXPECT_EQ(verdict.consulted->at(1).error, ENOKEY);
    EXPECT_EQ(verdict.consulted->at(1).nanoseconds, 20U);
}

TEST(ReadAnswer, TellsNoneFromUnknown) {
    auto answer = an_answer();
    answer.count = 0;
    ASSERT_TRUE(read_answer(answer).consulted);
    EXPECT_TRUE(read_answer(answer).consulted->empty());
    answer.known = 0;
    EXPECT_FALSE(read_answer(answer).consulted);
}

TEST(ReadAnswer, KnowsNeitherKeyringsNorCountsFromTheFuture) {
    auto answer = an_answer();
    answer.consulted[1].keyring = 99;
    ASSERT_TRUE(read_answer(answer).consulted);
    EXPECT_FALSE(read_answer(answer).consulted->at(1).keyring);
    answer.count = KEXEC_KEYRINGS_CONSULTED_MAX + 1;
    EXPECT_FALSE(read_answer(answer).consulted);
}

TEST(LinuxSystem, KnowsItsKernel) {
    const LinuxSystem system;
    EXPECT_FALSE(system.kernel_name().release.empty());
    EXPECT_FALSE(system.kernel_name().machine.empty());
}

TEST(LinuxSystem, HasNoKeyringOfAWrongSerial) {
    const LinuxSystem system;
    EXPECT_NE(system.read_keyring(0x7ffffffe).error(), 0);
}

/* Answers in order; then EAGAIN for ever, as an empty log does. */
class Answers {
  public:
    struct Answer {
        std::string text;
        int error;
    };
    explicit Answers(std::vector<Answer> answers) : answers_(std::move(answers)) {}

    ssize_t operator()(char* buffer, std::size_t size) {
        if (next_ == answers_.size()) {
            errno = EAGAIN;
            return -1;
        }
        const auto& answer = answers_[next_++];
        if (answer.error != 0) {
            errno = answer.error;
            return -1;
        }
        EXPECT_LE(answer.text.size(), size);
        std::copy(answer.text.begin(), answer.text.end(), buffer);
        return static_cast<ssize_t>(answer.text.size());
    }

  private:
    std::vector<Answer> answers_;
    std::size_t next_ = 0;
};

TEST(DrainKernelLog, GoesOnAfterOverwrittenRecords) {
    EXPECT_THAT(drain_kernel_log(Answers({{"a", 0}, {"", EPIPE}, {"", EINTR}, {"b", 0}})),
                ElementsAre("a", "b"));
}

TEST(DrainKernelLog, EndsAtAnyOtherError) {
    EXPECT_THAT(drain_kernel_log(Answers({{"a", 0}, {"", EIO}, {"b", 0}})), ElementsAre("a"));
    EXPECT_THAT(drain_kernel_log(Answers({})), IsEmpty());
}

TEST(FileDescriptor, ClosesOnceAndOnlyWhatItHas) {
    const int number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(number, 0);
    {
        FileDescriptor first(number);
        const FileDescriptor second(std::move(first));
        EXPECT_EQ(second.get(), number);
    }
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
    EXPECT_FALSE(FileDescriptor(-1).is_open());
}

TEST_F(LinuxSystemFiles, FollowsAStream) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    const auto opened = system.open_stream(path("pipe"));
    ASSERT_TRUE(opened);
    const FileDescriptor writer(::open(path("pipe").c_str(), O_WRONLY | O_CLOEXEC));
    EXPECT_EQ((*opened)->read().error(), EAGAIN);
    EXPECT_EQ(::write(writer.get(), "line\n", 5), 5);
    const auto text = (*opened)->read();
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, "line\n");
}

TEST_F(LinuxSystemFiles, StreamEndsWithItsLastWriter) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    const auto opened = system.open_stream(path("pipe"));
    ASSERT_TRUE(opened);
    const auto text = (*opened)->read();
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, IsEmpty());
    EXPECT_EQ(system.open_stream(path("missing")).error(), ENOENT);
}

TEST_F(LinuxSystemFiles, HeldSignalsInterruptAStreamAndAreDoneWith) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
        const auto held = system.hold_signals();
        const auto opened = system.open_stream(path("pipe"));
        ASSERT_TRUE(opened);
        const FileDescriptor writer(::open(path("pipe").c_str(), O_WRONLY | O_CLOEXEC));
        ::raise(signal);
        EXPECT_EQ((*opened)->read().error(), EINTR);
        EXPECT_EQ((*opened)->read().error(), EAGAIN);
    }
}

TEST_F(LinuxSystemFiles, HeldSignalsActInTheEnd) {
    EXPECT_EXIT(
        {
            // A library that another test had loaded may ignore it.
            static_cast<void>(std::signal(SIGPIPE, SIG_DFL));
            {
                const auto held = system.hold_signals();
                ::raise(SIGPIPE);
            }
            ::_exit(0);
        },
        testing::KilledBySignal(SIGPIPE), "");
}

TEST_F(LinuxSystemFiles, MakesAndRemovesDirectories) {
    EXPECT_EQ(system.make_directory(path("new")), 0);
    EXPECT_EQ(system.make_directory(path("new")), EEXIST);
    EXPECT_EQ(system.remove_directory(path("new")), 0);
    EXPECT_EQ(system.remove_directory(path("new")), ENOENT);
    write("file", "");
    EXPECT_EQ(system.remove_directory(path("file")), ENOTDIR);
}

TEST_F(LinuxSystemFiles, WritesToFilesThatAreThere) {
    EXPECT_EQ(system.write_to_kernel(path("switch"), "1"), ENOENT);
    write("switch", "0");
    EXPECT_EQ(system.write_to_kernel(path("switch"), "1"), 0);
    EXPECT_EQ(*system.read_file(path("switch")), "1");
    EXPECT_EQ(system.write_to_kernel("/dev/full", "1"), ENOSPC);
}

}  // namespace
}  // namespace kxk::host
