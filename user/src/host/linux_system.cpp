// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/linux_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <libkmod.h>
#include <linux/capability.h>
#include <linux/kexec_keyrings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "host/confinement.h"
#include "host/file_descriptor.h"
#include "host/filter.h"
#include "host/kexec.h"
#include "host/keyutils.h"
#include "host/mapped_file.h"
#include "host/nameless_file.h"
#include "host/replace_file.h"
#include "host/signals_held.h"

namespace kxk::host {
namespace {

/* Nothing that is read here comes near; a file without end shall not fill the memory. */
constexpr std::size_t file_size_limit = std::size_t{64} << 20;

struct FreeDeleter {
    void operator()(void* memory) const { std::free(memory); }  // NOLINT: malloc'd by libkeyutils
};
struct DirectoryDeleter {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
struct GzipDeleter {
    void operator()(gzFile_s* file) const { ::gzclose(file); }
};
struct KmodDeleter {
    void operator()(kmod_ctx* context) const { ::kmod_unref(context); }
    void operator()(kmod_module* module) const { ::kmod_module_unref(module); }
};
struct KmodModulesDeleter {
    void operator()(kmod_list* list) const { ::kmod_module_unref_list(list); }
};
struct KmodInfoDeleter {
    void operator()(kmod_list* list) const { ::kmod_module_info_free_list(list); }
};

using KmodContext = std::unique_ptr<kmod_ctx, KmodDeleter>;
using KmodModule = std::unique_ptr<kmod_module, KmodDeleter>;
using KmodModules = std::unique_ptr<kmod_list, KmodModulesDeleter>;
using KmodInfo = std::unique_ptr<kmod_list, KmodInfoDeleter>;

FileDescriptor open_to_read(const std::string& path, int flags = 0) {
    return FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
}

bool ends_with(const std::string& text, std::string_view suffix) {
    return text.size() >= suffix.size() &&
           text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

/* Reads by a function like read(2) until it gives 0. */
template <typename Read>
Result<std::string> read_all(Read read) {
    std::string content;
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto count = read(buffer.data(), buffer.size());
        if (count == 0)
            return content;
        if (count < 0) {
            if (errno == EINTR)
                continue;
            return Errno{errno};
        }
        content.append(buffer.data(), static_cast<std::size_t>(count));
        if (content.size() > file_size_limit)
            return Errno{EFBIG};
    }
}

Result<std::string> read_gzip(FileDescriptor file) {
    // zlib closes what it was given, so it gets a descriptor of its own.
    const int copy = ::fcntl(file.get(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return Errno{errno};
    std::unique_ptr<gzFile_s, GzipDeleter> gzip(::gzdopen(copy, "rb"));
    if (!gzip) {
        ::close(copy);
        return Errno{ENOMEM};
    }
    auto content = read_all([&gzip](char* buffer, std::size_t size) {
        errno = EBADMSG;  // zlib leaves errno alone when the data is bad
        return ::gzread(gzip.get(), buffer, static_cast<unsigned>(size));
    });
    // That the file ends too early is said by gzclose_r() alone.
    if (::gzclose_r(gzip.release()) != Z_OK && content)
        return Errno{EBADMSG};
    return content;
}

class Kmsg final : public KernelLog {
  public:
    explicit Kmsg(FileDescriptor file) : file_(std::move(file)) {}

    [[nodiscard]] std::vector<std::string> read_new() override {
        return drain_kernel_log(
            [this](char* buffer, std::size_t size) { return ::read(file_.get(), buffer, size); });
    }

  private:
    FileDescriptor file_;
};

/* Waits for bytes and for the signals that end a program. */
class PolledFile final : public Stream {
  public:
    PolledFile(FileDescriptor file, FileDescriptor signals)
        : file_(std::move(file)), signals_(std::move(signals)) {}

    [[nodiscard]] Result<std::string> read() override {
        constexpr int longest_wait = 500;  // milliseconds
        std::array<pollfd, 2> files{{{file_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
        if (::poll(files.data(), files.size(), longest_wait) < 0 && errno != EINTR)
            return Errno{errno};
        // Taken, so that it does not act once the signals are let go.
        signalfd_siginfo signal{};
        if (::read(signals_.get(), &signal, sizeof(signal)) > 0)
            return Errno{EINTR};

        // Also after the longest wait: not every kernel has said that there is something.
        std::array<char, 16384> buffer{};
        const auto count = ::read(file_.get(), buffer.data(), buffer.size());
        if (count < 0)
            return Errno{errno == EINTR ? EAGAIN : errno};
        return std::string(buffer.data(), static_cast<std::size_t>(count));
    }

  private:
    FileDescriptor file_;
    FileDescriptor signals_;
};

/* What libkmod would print is told better by what became of the call. */
void ignore_message(void* /*data*/, int /*priority*/, const char* /*file*/, int /*line*/,
                    const char* /*function*/, const char* /*format*/, va_list /*arguments*/) {}

KmodContext new_kmod_context() {
    KmodContext context(::kmod_new(nullptr, nullptr));
    if (context)
        ::kmod_set_log_fn(context.get(), ignore_message, nullptr);
    return context;
}

std::optional<std::string> read_vermagic(kmod_module* module) {
    kmod_list* list = nullptr;
    if (::kmod_module_get_info(module, &list) < 0)
        return std::nullopt;
    const KmodInfo info(list);
    for (kmod_list* entry = list; entry != nullptr; entry = ::kmod_list_next(list, entry)) {
        if (std::strcmp(::kmod_module_info_get_key(entry), "vermagic") == 0)
            return std::string(::kmod_module_info_get_value(entry));
    }
    return std::nullopt;
}

InsertResult insert(KmodModule module, const InsertRequest& request) {
    InsertResult result;
    const char* path = ::kmod_module_get_path(module.get());
    if (path == nullptr) {
        result.error = ENOENT;
        return result;
    }
    if (::access(path, R_OK) != 0) {
        result.error = errno;
        result.step = errno == ENOENT ? InsertStep::find : InsertStep::read;
        return result;
    }
    result.step = InsertStep::insert;

    // By name: with the options of modprobe.d(5), as modprobe(8). By path: as insmod(8).
    const char* parameters = request.parameters.c_str();
    const int ret = request.path.empty()
                        ? ::kmod_module_probe_insert_module(
                              module.get(), KMOD_PROBE_IGNORE_COMMAND | KMOD_PROBE_FAIL_ON_LOADED,
                              parameters, nullptr, nullptr, nullptr)
                        : ::kmod_module_insert_module(module.get(), 0, parameters);
    result.error = ret < 0 ? -ret : 0;
    if (result.error != 0)
        result.vermagic = read_vermagic(module.get());
    return result;
}

KmodModule find_module(kmod_ctx* context, const InsertRequest& request, int& error) {
    kmod_module* module = nullptr;
    if (!request.path.empty()) {
        error = -::kmod_module_new_from_path(context, request.path.c_str(), &module);
        return KmodModule(module);
    }

    kmod_list* list = nullptr;
    error = -::kmod_module_new_from_lookup(context, request.name.c_str(), &list);
    const KmodModules modules(list);
    if (error == 0 && list == nullptr)
        error = ENOENT;
    return KmodModule(list == nullptr ? nullptr : ::kmod_module_get_module(list));
}

bool has_capability(unsigned capability) {
    __user_cap_header_struct header{};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    header.version = _LINUX_CAPABILITY_VERSION_3;
    if (::syscall(SYS_capget, &header, data.data()) != 0)
        return ::geteuid() == 0;
    return (data.at(CAP_TO_INDEX(capability)).effective & CAP_TO_MASK(capability)) != 0;
}

std::optional<trust::Keyring> keyring_of(std::uint32_t id) {
    switch (id) {
        case KEXEC_KEYRINGS_ID_BUILTIN:
            return trust::Keyring::builtin;
        case KEXEC_KEYRINGS_ID_SECONDARY:
            return trust::Keyring::secondary;
        case KEXEC_KEYRINGS_ID_PLATFORM:
            return trust::Keyring::platform;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::vector<std::string> drain_kernel_log(const ReadFunction& read) {
    std::vector<std::string> records;
    std::array<char, 8192> buffer{};  // the longest record that any kernel makes
    for (;;) {
        const auto count = read(buffer.data(), buffer.size());
        if (count > 0)
            records.emplace_back(buffer.data(), static_cast<std::size_t>(count));
        else if (count == 0 || (errno != EPIPE && errno != EINTR))
            return records;
    }
}

ImageVerdict read_answer(const kexec_keyrings_verify& answer) {
    ImageVerdict verdict;
    verdict.error = answer.error;
    verdict.nanoseconds = answer.nanoseconds;
    // More than the structure has room for were not written down.
    if (answer.known == 0 || answer.count > std::size(answer.consulted))
        return verdict;
    verdict.consulted.emplace();
    for (std::size_t i = 0; i < answer.count; ++i) {
        const auto& consulted = answer.consulted[i];  // NOLINT: bounded above
        verdict.consulted->push_back(
            {keyring_of(consulted.keyring), consulted.error, consulted.nanoseconds});
    }
    return verdict;
}

KernelName LinuxSystem::kernel_name() const {
    utsname name{};
    if (::uname(&name) != 0)
        return {"unknown", "unknown"};
    return {name.release, name.machine};
}

bool LinuxSystem::may_load_modules() const {
    return has_capability(CAP_SYS_MODULE);
}

bool LinuxSystem::may_load_kernels() const {
    return has_capability(CAP_SYS_BOOT);
}

void LinuxSystem::give_up_privileges() {
    // What the kernel cannot do is a defence less, and no reason not to go on.
    static_cast<void>(confine());
}

Result<std::string> LinuxSystem::read_file(const std::string& path) const {
    auto file = open_to_read(path);
    if (!file.is_open())
        return Errno{errno};
    if (ends_with(path, ".gz"))
        return read_gzip(std::move(file));
    return read_all(
        [&file](char* buffer, std::size_t size) { return ::read(file.get(), buffer, size); });
}

Result<std::shared_ptr<const FileContent>> LinuxSystem::map_file(const std::string& path) const {
    // Not to wait for somebody to write into a pipe.
    const auto file = open_to_read(path, O_NONBLOCK | O_NOCTTY);
    struct stat found {};
    if (!file.is_open() || ::fstat(file.get(), &found) != 0)
        return Errno{errno};
    if (!S_ISREG(found.st_mode))
        return Errno{S_ISDIR(found.st_mode) ? EISDIR : ENODEV};

    return map_descriptor(file.get(), static_cast<std::size_t>(found.st_size));
}

std::optional<bool> LinuxSystem::has_attribute(const std::string& path,
                                               const std::string& name) const {
    if (::getxattr(path.c_str(), name.c_str(), nullptr, 0) >= 0)
        return true;
    // A file system without attributes has none of this file either.
    if (errno == ENODATA || errno == EOPNOTSUPP)
        return false;
    return std::nullopt;
}

Result<std::string> LinuxSystem::read_descriptor(int number) const {
    return read_all(
        [number](char* buffer, std::size_t size) { return ::read(number, buffer, size); });
}

Result<std::unique_ptr<Stream>> LinuxSystem::open_stream(const std::string& path) {
    auto file = open_to_read(path, O_NONBLOCK);
    if (!file.is_open())
        return Errno{errno};
    const auto ending = ending_signal_set();
    FileDescriptor signals(::signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals.is_open())
        return Errno{errno};
    return std::unique_ptr<Stream>(
        std::make_unique<PolledFile>(std::move(file), std::move(signals)));
}

std::unique_ptr<HeldSignals> LinuxSystem::hold_signals() {
    return std::make_unique<SignalsHeld>();
}

int LinuxSystem::process_id() const {
    return ::getpid();
}

int LinuxSystem::make_directory(const std::string& path) {
    constexpr mode_t mode = 0700;
    return ::mkdir(path.c_str(), mode) == 0 ? 0 : errno;
}

int LinuxSystem::remove_directory(const std::string& path) {
    return ::rmdir(path.c_str()) == 0 ? 0 : errno;
}

int LinuxSystem::write_to_kernel(const std::string& path, const std::string& text) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    // The kernel takes such a text as a whole, or not at all.
    return file.is_open() && ::write(file.get(), text.data(), text.size()) >= 0 ? 0 : errno;
}

int LinuxSystem::replace_file(const std::string& path, const std::string& content) {
    return host::replace_file(path, content);
}

Result<std::string> LinuxSystem::filter(const std::vector<std::string>& command,
                                        const std::string& input) {
    return host::filter(command, input);
}

std::optional<std::string> LinuxSystem::environment(const std::string& name) const {
    const char* value = ::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::string> LinuxSystem::ask_secret(const std::string& prompt) {
    // OpenSSL would take standard input for a terminal that is not there.
    if (!open_to_read("/dev/tty").is_open())
        return Errno{ENOTTY};
    std::array<char, 1024> buffer{};
    const int status =
        ::EVP_read_pw_string(buffer.data(), static_cast<int>(buffer.size()), prompt.c_str(), 0);
    std::string secret(buffer.data());
    ::OPENSSL_cleanse(buffer.data(), buffer.size());
    if (status != 0)
        return Errno{status == -2 ? EINTR : EIO};
    return secret;
}

std::int64_t LinuxSystem::now() const {
    return std::time(nullptr);
}

Result<std::vector<std::string>> LinuxSystem::list_directory(const std::string& path) const {
    const std::unique_ptr<DIR, DirectoryDeleter> directory(::opendir(path.c_str()));
    if (!directory)
        return Errno{errno};
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {  // NOLINT(concurrency-mt-unsafe)
        const std::string name = static_cast<const char*>(entry->d_name);
        if (name != "." && name != "..")
            names.push_back(name);
    }
    if (errno != 0)
        return Errno{errno};
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::vector<KeyEntry>> LinuxSystem::read_keyring(std::int32_t serial) const {
    void* payload = nullptr;
    const int size = ::keyctl_read_alloc(serial, &payload);
    if (size < 0)
        return Errno{errno};
    const std::unique_ptr<void, FreeDeleter> owned(payload);

    std::vector<key_serial_t> members(static_cast<std::size_t>(size) / sizeof(key_serial_t));
    if (!members.empty())
        std::memcpy(members.data(), payload, members.size() * sizeof(key_serial_t));

    std::vector<KeyEntry> entries;
    for (const auto member : members) {
        char* text = nullptr;
        if (::keyctl_describe_alloc(member, &text) < 0)
            return Errno{errno};
        const std::unique_ptr<char, FreeDeleter> owned_text(text);
        // type;uid;gid;permissions;description
        std::string_view description(text);
        const auto type = description.substr(0, description.find(';'));
        for (int field = 0; field < 4; ++field) {
            const auto end = description.find(';');
            description.remove_prefix(end == std::string_view::npos ? description.size() : end + 1);
        }
        entries.push_back({std::string(type), std::string(description)});
    }
    return entries;
}

std::unique_ptr<KernelLog> LinuxSystem::open_kernel_log() const {
    auto file = open_to_read("/dev/kmsg", O_NONBLOCK);
    if (!file.is_open() || ::lseek(file.get(), 0, SEEK_END) < 0)
        return nullptr;
    return std::make_unique<Kmsg>(std::move(file));
}

InsertResult LinuxSystem::insert_module(const InsertRequest& request) {
    InsertResult result;
    const auto context = new_kmod_context();
    if (!context) {
        result.error = ENOMEM;
        return result;
    }
    auto module = find_module(context.get(), request, result.error);
    if (!module)
        return result;
    return insert(std::move(module), request);
}

int LinuxSystem::become(const std::vector<std::string>& command) {
    std::vector<std::string> words = command;
    std::vector<char*> arguments(words.size() + 1, nullptr);
    std::transform(words.begin(), words.end(), arguments.begin(),
                   [](std::string& word) { return word.data(); });
    ::execvp(arguments[0], arguments.data());
    return errno;
}

int LinuxSystem::remove_module(const std::string& name) {
    const auto context = new_kmod_context();
    if (!context)
        return ENOMEM;
    kmod_module* module = nullptr;
    const int ret = ::kmod_module_new_from_name(context.get(), name.c_str(), &module);
    if (ret < 0)
        return -ret;
    const KmodModule owned(module);
    return -::kmod_module_remove_module(module, 0);
}

VerifyResult LinuxSystem::verify_image(const std::string& path) {
    VerifyResult result;
    const auto device = open_to_read("/dev/" KEXEC_KEYRINGS_DEVICE);
    if (!device.is_open()) {
        result.error = errno;
        return result;
    }
    result.step = VerifyStep::image;
    // A pipe that nobody writes to would keep us waiting.
    const auto image = open_to_read(path, O_NONBLOCK);
    if (!image.is_open()) {
        result.error = errno;
        return result;
    }
    result.step = VerifyStep::verdict;
    kexec_keyrings_verify question{};
    question.size = sizeof(question);
    question.fd = image.get();
    if (::ioctl(device.get(), KEXEC_KEYRINGS_VERIFY, &question) < 0)
        result.error = errno;
    else
        result.verdict = read_answer(question);
    return result;
}

LoadTrial LinuxSystem::try_kernel(const std::string& path) {
    return host::try_kernel(path);
}

int LinuxSystem::ask_kexec_load() {
    return host::ask_kexec_load();
}

Result<std::unique_ptr<NamelessFile>> LinuxSystem::make_nameless_file(std::string_view content) {
    return host::make_nameless_file(content);
}

}  // namespace kxk::host
