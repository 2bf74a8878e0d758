// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "common/plan.h"
#include "host/boot.h"

namespace kxk::lab {

std::vector<std::string> qemu_arguments(const Guest& guest, int port) {
    std::vector<std::string> arguments = guest.arch.qemu;
    const auto add = [&arguments](std::initializer_list<std::string> more) {
        arguments.insert(arguments.end(), more);
    };

    // Two processors: one verifies an image while the other tries to unload the module.
    add({"-accel", "tcg,thread=multi", "-smp", "2", "-m", std::to_string(guest.memory_mib),
         "-nodefaults", "-display", "none", "-no-reboot"});
    add({"-kernel", guest.kernel, "-initrd", guest.initramfs, "-append",
         fmt::format("console={} panic=-1 {}", guest.arch.console, guest.command_line)});
    if (guest.interactive) {
        add({"-serial", "mon:stdio"});
    } else {
        add({"-serial", fmt::format("file:{}", (guest.directory / "console.log").string())});
    }
    add({"-chardev", fmt::format("socket,id=verdicts,fd={}", port)});
    add({"-device", guest.arch.serial_bus});
    add({"-device", fmt::format("virtserialport,chardev=verdicts,name={}", port_name)});
    return arguments;
}

}  // namespace kxk::lab
