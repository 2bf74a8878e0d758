// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kexec.h"

#include <fcntl.h>
#include <linux/kexec.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "host/file_descriptor.h"
#include "host/signals_held.h"

namespace kxk::host {
namespace {

/* Without an initramfs and with an empty command line, whose terminating byte counts. */
int kexec_file_load(int kernel, unsigned long flags) {
#ifdef SYS_kexec_file_load
    return ::syscall(SYS_kexec_file_load, kernel, -1, 1UL, "", flags) == 0 ? 0 : errno;
#else
    static_cast<void>(kernel);
    static_cast<void>(flags);
    return ENOSYS;
#endif
}

/* EBUSY: somebody else is at it, for as long as it takes to read an image. */
int unload() {
    constexpr int attempts = 200;
    constexpr std::chrono::milliseconds pause{50};
    int error = EBUSY;
    for (int i = 0; i < attempts && error == EBUSY; ++i) {
        if (i != 0)
            std::this_thread::sleep_for(pause);
        error = kexec_file_load(-1, KEXEC_FILE_UNLOAD);
    }
    return error;
}

}  // namespace

LoadTrial try_kernel(const std::string& path) {
    const SignalsHeld held;
    LoadTrial trial;
    const FileDescriptor image(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!image.is_open()) {
        trial.error = errno;
        return trial;
    }
    trial.error = kexec_file_load(image.get(), KEXEC_FILE_NO_INITRAMFS);
    if (trial.error == 0)
        trial.unload_error = unload();
    return trial;
}

int ask_kexec_load() {
    return ::syscall(SYS_kexec_load, 0UL, 0UL, nullptr, KEXEC_ARCH_DEFAULT) == 0 ? 0 : errno;
}

}  // namespace kxk::host
