// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "common/text_file.h"
#include "guest/modules.h"

namespace kxk::lab {

namespace {

struct Mount {
    const char* type;
    const char* target;
    const char* options;
    bool required;
};

constexpr Mount mounts[] = {
    {"proc", "/proc", "", true},
    {"sysfs", "/sys", "", true},
    {"devtmpfs", "/dev", "", true},
    {"tmpfs", "/run", "size=90%", true},
    {"tmpfs", "/tmp", "", true},
    {"securityfs", "/sys/kernel/security", "", true},
    {"tracefs", "/sys/kernel/tracing", "", false},
    {"debugfs", "/sys/kernel/debug", "", false},
    {"efivarfs", "/sys/firmware/efi/efivars", "", false},
};

/** Device node of the virtio-serial port with our name. */
std::optional<std::string> find_port() {
    const std::string ports = "/sys/class/virtio-ports";
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(ports.c_str()), ::closedir);

    if (!directory) {
        return std::nullopt;
    }
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string name = ports + '/' + entry->d_name + "/name";

        if (entry->d_name[0] != '.' && ::access(name.c_str(), R_OK) == 0 &&
            read_file(name) == std::string(port_name) + '\n') {
            return std::string("/dev/") + entry->d_name;
        }
    }
    return std::nullopt;
}

}  // namespace

void mount_file_systems() {
    for (const Mount& mount : mounts) {
        ::mkdir(mount.target, 0755);
        if (::mount(mount.type, mount.target, mount.type, 0, mount.options) < 0 && mount.required) {
            throw_errno(std::string("mounting ") + mount.target);
        }
    }
}

Descriptor open_port(const std::vector<std::string>& drivers) {
    constexpr int attempts = 500;

    for (const std::string& driver : drivers) {
        if (const int error = insert_module(driver, ""); error != 0 && error != EEXIST) {
            errno = error;
            throw_errno("loading " + driver);
        }
    }
    // The device appears a little after its driver.
    for (int i = 0; i < attempts; ++i) {
        if (const auto path = find_port()) {
            if (Descriptor port(::open(path->c_str(), O_WRONLY | O_CLOEXEC)); port) {
                return port;
            }
        }
        ::usleep(20000);
    }
    errno = ENODEV;
    throw_errno("the verdict port");
}

void derive_file(const DerivedFile& file) {
    const Descriptor base(::open(file.base.c_str(), O_RDONLY | O_CLOEXEC));
    const Descriptor copy(
        ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));

    if (!base || !copy) {
        throw_errno("copying " + file.base + " to " + file.path);
    }
    ssize_t count = 0;
    do {
        count = ::sendfile(copy.get(), base.get(), nullptr, 1U << 20U);
    } while (count > 0);
    if (count < 0 || ::ftruncate(copy.get(), static_cast<off_t>(file.size)) < 0) {
        throw_errno("writing " + file.path);
    }
    for (const Patch& patch : file.patches) {
        const ssize_t written = ::pwrite(copy.get(), patch.bytes.data(), patch.bytes.size(),
                                         static_cast<off_t>(patch.offset));
        if (written != static_cast<ssize_t>(patch.bytes.size())) {
            throw_errno("writing " + file.path);
        }
    }
}

std::string uname_line() {
    utsname name{};

    ::uname(&name);
    return std::string(name.sysname) + ' ' + name.nodename + ' ' + name.release + ' ' +
           name.version + ' ' + name.machine;
}

std::string kernel_release() {
    utsname name{};

    ::uname(&name);
    return name.release;
}

void power_off() {
    ::sync();
    ::reboot(RB_POWER_OFF);
    for (;;) {
        ::pause();
    }
}

}  // namespace kxk::lab
