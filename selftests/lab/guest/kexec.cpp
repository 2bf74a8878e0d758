// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/kexec.h"

#include <fcntl.h>
#include <linux/kexec.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "common/descriptor.h"

namespace kxk::lab {

namespace {

int kexec_file_load(int kernel, unsigned long flags) {
    // An empty command line still has its terminating byte.
    return ::syscall(SYS_kexec_file_load, kernel, -1, 1UL, "", flags) == 0 ? 0 : errno;
}

}  // namespace

int load_image(const std::string& path) {
    const Descriptor image(::open(path.c_str(), O_RDONLY | O_CLOEXEC));

    if (!image) {
        return errno;
    }
    return load_open_image(image.get());
}

int load_open_image(int image) {
    return kexec_file_load(image, KEXEC_FILE_NO_INITRAMFS);
}

int unload_image() {
    return kexec_file_load(-1, KEXEC_FILE_UNLOAD);
}

}  // namespace kxk::lab
