// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/modules.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "common/descriptor.h"
#include "common/text_file.h"
#include "guest/kexec.h"

namespace kxk::lab {

namespace {

[[nodiscard]] bool in_use(const std::string& name) {
    return read_file("/sys/module/" + name + "/refcnt") != "0\n";
}

}  // namespace

int insert_module(const std::string& file, const std::string& parameters) {
    const Descriptor module(::open(file.c_str(), O_RDONLY | O_CLOEXEC));

    if (!module) {
        return errno;
    }
    return ::syscall(SYS_finit_module, module.get(), parameters.c_str(), 0) == 0 ? 0 : errno;
}

int remove_module(const std::string& name) {
    return ::syscall(SYS_delete_module, name.c_str(), O_NONBLOCK) == 0 ? 0 : errno;
}

void remove_module_in_flight(const std::string& image, const std::string& name,
                             StepResult& result) {
    const pid_t loader = ::fork();
    int status = 0;
    int tries = 0;

    if (loader < 0) {
        result.error = errno;
        return;
    }
    if (loader == 0) {
        ::_exit(load_image(image));
    }

    result.error = ETIME;
    while (::waitpid(loader, &status, WNOHANG) == 0) {
        if (result.error == ETIME && in_use(name)) {
            // An attempt that succeeded would leave nothing to try again.
            result.error = remove_module(name);
            ++tries;
        }
        ::usleep(500);
    }
    result.values["load"] = std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
    result.values["tries"] = std::to_string(tries);
    if (const int error = unload_image(); error != 0 && result.error == 0) {
        result.error = error;
    }
}

}  // namespace kxk::lab
