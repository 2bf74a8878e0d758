// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * kxk-guest: the first process of the lab's guests. It carries out the plan in its initramfs, says
 * on the verdict port what really came of each step, and turns the machine off.
 *
 * The same program is the first process of a kernel that the guest leaves for by kexec; there it
 * only says that the kernel is up, and which.
 */
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <nlohmann/json.hpp>

#include "common/text_file.h"
#include "common/verdict.h"
#include "guest/kernel_log.h"
#include "guest/machine.h"
#include "guest/steps.h"

namespace kxk::lab {
namespace {

/** The host's ear. */
class Port {
  public:
    explicit Port(Descriptor port) : port_(std::move(port)) {}

    void send(const Message& message) {
        const std::string line = format_message(message);
        std::string_view rest = line;

        while (!rest.empty()) {
            const ssize_t count = ::write(port_.get(), rest.data(), rest.size());

            if (count < 0) {
                throw_errno("writing to the verdict port");
            }
            rest.remove_prefix(static_cast<std::size_t>(count));
        }
    }

  private:
    Descriptor port_;
};

/**
 * Reports faults of the kernel.
 * @param result  gets what the module said, or all that was said if `all`
 */
void follow_log(KernelLog& log, Port& port, StepResult* result, bool all = false) {
    for (const std::string& line : log.news()) {
        if (is_trouble(line)) {
            port.send(Trouble{line});
        }
        if (result != nullptr && (all || line.rfind("kexec_keyrings", 0) == 0)) {
            result->log.push_back(line);
        }
    }
}

std::string why(const StepResult& result) {
    const std::string cause = result.error != 0 ? std::strerror(result.error)
                                                : "exit status " + std::to_string(result.status);

    return result.errors.empty() ? cause : cause + ": " + result.errors;
}

Done carry_out(const Plan& plan, KernelLog& log, Port& port) {
    for (const DerivedFile& file : plan.files) {
        derive_file(file);
    }
    follow_log(log, port, nullptr);
    for (const Step& step : plan.steps) {
        std::printf("kxk-guest: %s\n", step.id.c_str());
        StepResult result = execute(step);

        follow_log(log, port, &result, std::holds_alternative<LoadImage>(step.action));
        port.send(result);
        if (step.required && !succeeded(result)) {
            return {false, "step " + step.id + " failed: " + why(result)};
        }
    }
    return {true, ""};
}

void be_first_kernel() {
    const Plan plan = nlohmann::json::parse(read_file(plan_path)).get<Plan>();
    Port port(open_port(plan.drivers));
    KernelLog log;

    port.send(Hello{kernel_release()});
    try {
        port.send(carry_out(plan, log, port));
    } catch (const std::exception& error) {
        port.send(Done{false, error.what()});
    }
}

/** Size of what the crashed kernel left in memory, in bytes; 0 where there is no such thing. */
std::uint64_t dump_size() {
    struct stat status {};

    return ::stat("/proc/vmcore", &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void be_second_kernel(const std::string& command_line) {
    Port port(open_port({}));
    KernelLog log;

    port.send(
        SecondKernel{uname_line(), command_line.substr(0, command_line.find('\n')), dump_size()});
    follow_log(log, port, nullptr);
    port.send(Done{true, ""});
}

int live() {
    if (::getpid() != 1) {
        std::fprintf(stderr, "kxk-guest: this is the first process of a guest of kxk-lab\n");
        return 2;
    }
    ::setenv("PATH", "/bin:/sbin", 1);
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    // The host sees a guest that ends without a word, and this on the console.
    try {
        mount_file_systems();
        const std::string command_line = read_file("/proc/cmdline");
        if (command_line.find(second_kernel_option) != std::string::npos) {
            be_second_kernel(command_line);
        } else {
            be_first_kernel();
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "kxk-guest: %s\n", error.what());
    }
    power_off();
}

}  // namespace
}  // namespace kxk::lab

int main() {
    return kxk::lab::live();
}
