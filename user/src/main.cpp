// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "cmd/context.h"
#include "host/linux_system.h"

namespace {

/* https://no-color.org: set and not empty means no. */
bool wants_colour() {
    const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
    return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace

int main(int argc, char** argv) {
    using kxk::cmd::Exit;
    try {
        kxk::host::LinuxSystem system;
        kxk::cmd::Context context{system, std::cout, std::cerr, wants_colour(),
                                  ::isatty(STDERR_FILENO) == 1};
        const auto exit = kxk::cmd::run(argc, argv, context);
        std::cout.flush();
        if (!std::cout) {
            std::cerr << "kexec-keyrings: the answer could not be written\n"
                         "remedy: check the disk or the pipe that the output goes to\n";
            return static_cast<int>(Exit::cannot_tell);
        }
        return static_cast<int>(exit);
    } catch (const std::exception& error) {
        std::cerr << "kexec-keyrings: unexpected failure: " << error.what()
                  << "\nremedy: free memory and run it again; if it stays, report it\n";
        return static_cast<int>(Exit::cannot_tell);
    }
}
