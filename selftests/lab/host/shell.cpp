// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include "host/commands.h"
#include "host/images.h"
#include "host/session.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

/** Puts the terminal back into the state that it had: QEMU cannot when it is killed. */
class TerminalState {
  public:
    TerminalState() : known_(::tcgetattr(STDIN_FILENO, &state_) == 0) {}
    TerminalState(const TerminalState&) = delete;
    TerminalState& operator=(const TerminalState&) = delete;
    ~TerminalState() {
        if (known_) {
            ::tcsetattr(STDIN_FILENO, TCSANOW, &state_);
        }
    }

  private:
    termios state_{};
    bool known_;
};

std::string greeting_of(const Arch& arch, const std::string& kernel_name, bool stock) {
    std::string greeting = fmt::format("\nA guest of kxk-lab: Linux {} on {}{}.\n", kernel_name,
                                       arch.name, stock ? "" : ", lockdown=integrity");

    greeting += fmt::format(
        "  images  {}, likewise builtin, platform, unknown, unsigned, tampered\n"
        "  module  kexec-keyrings load --module {}\n",
        guest_image("secondary"), stock ? guest_module_unsigned : guest_module);
    if (!stock) {
        greeting +=
            "  keys    .secondary_trusted_keys and .platform are filled (keyctl show "
            "%:.platform)\n";
    }
    return greeting + "  The guest ends with the shell; Ctrl-a x ends it by force.\n\n";
}

}  // namespace

int kernel(const Signals& signals, const std::string& arch_name, const std::string& name) {
    const Places places = find_places();
    const Commands commands(signals);
    Workshop workshop(places, commands, read_arch(places.lab, arch_name));

    fmt::print("{}\n", workshop.kernel(name).string());
    return 0;
}

int shell(const Signals& signals, const Options& options, const std::string& arch_name,
          const std::string& kernel_name) {
    const Places places = find_places();
    const Commands commands(signals);
    const Arch arch = read_arch(places.lab, arch_name);
    Options unlimited = options;
    unlimited.timeout = std::chrono::hours(24 * 365);
    Session session(places, signals, "shell-" + arch.name, unlimited);
    Workshop workshop(places, commands, arch);

    require_kernel(places.lab, arch, kernel_name, true);
    workshop.use_images_of(image_kernel);
    const bool stock = workshop.is_stock(kernel_name);
    Scenario scenario = locked_down({kernel_name, kernel_name, ""});
    if (stock) {
        scenario.command_line.clear();
    } else {
        add_platform_key(scenario, arch);
        add_secondary_key(scenario);
    }
    scenario.command_line += " quiet";
    scenario.step("shell", Shell{greeting_of(arch, kernel_name, stock)});
    session.prepare(workshop, scenario, true);

    const TerminalState terminal;
    int status = 1;
    session.boot([&status](std::size_t, const Outcome& outcome) {
        status = outcome.failure.empty() ? 0 : 1;
        if (status != 0) {
            fmt::print(stderr, "kxk-lab: {}\n", outcome.failure);
        }
    });
    return status;
}

}  // namespace kxk::lab
