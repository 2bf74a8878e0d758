// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "common/plan.h"
#include "host/boot.h"

namespace kxk::lab {

namespace {

/** A drive's options; a comma would begin another one, and is doubled. */
std::string drive(const std::string& options, const std::filesystem::path& path) {
    std::string text = options;

    for (const char c : path.string()) {
        text += c == ',' ? ",," : std::string(1, c);
    }
    return text;
}

}  // namespace

std::string kernel_command_line(const Arch& arch, const std::string& own) {
    return fmt::format("console={} panic=-1 {}", arch.console, own);
}

std::vector<std::string> qemu_arguments(const Guest& guest, int port) {
    std::vector<std::string> arguments = guest.arch.qemu;
    const auto add = [&arguments](std::initializer_list<std::string> more) {
        arguments.insert(arguments.end(), more);
    };

    // Of several, QEMU takes the last.
    if (!guest.cpu.empty()) {
        add({"-cpu", guest.cpu});
    }
    if (guest.counts_instructions) {
        // Its clocks go by what it does, and it sleeps in no time.
        add({"-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1"});
    } else {
        // Two processors: one verifies an image while the other tries to unload the module.
        add({"-accel", "tcg,thread=multi", "-smp", "2"});
    }
    add({"-m", std::to_string(guest.memory_mib), "-nodefaults", "-display", "none", "-no-reboot"});
    if (guest.firmware) {
        const FirmwareFiles& files = guest.arch.firmware.value();

        arguments.insert(arguments.end(), files.qemu.begin(), files.qemu.end());
        add({"-drive", drive("if=pflash,unit=0,format=raw,readonly=on,file=", files.code), "-drive",
             drive("if=pflash,unit=1,format=raw,file=", guest.firmware->variables)});
    }
    if (guest.firmware && guest.firmware->boots) {
        add({"-drive",
             drive("if=none,id=disk,driver=vvfat,read-only=on,dir=", guest.firmware->disk),
             "-device", "virtio-blk-pci,drive=disk"});
    } else {
        add({"-kernel", guest.kernel, "-initrd", guest.initramfs, "-append",
             kernel_command_line(guest.arch, guest.command_line)});
    }
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
