// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Of the workshop: what guests find when they come up. */
#include "host/workshop.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "common/text_file.h"
#include "host/failure.h"
#include "host/steps.h"
#include "host/userland.h"

namespace kxk::lab {

namespace {

/** Programs of the guests' user space: what people use for kexec, keys and modules. */
constexpr const char* programs[] = {"kexec", "keyctl", "kmod", "busybox"};
constexpr const char* names_of_kmod[] = {"insmod", "rmmod", "lsmod", "modinfo", "modprobe"};
constexpr const char* names_of_busybox[] = {
    "sh",     "cat",   "ls",    "cp",      "mv",     "rm",       "mkdir",    "mount",
    "umount", "dmesg", "echo",  "grep",    "head",   "tail",     "less",     "vi",
    "ps",     "kill",  "sleep", "uname",   "find",   "wc",       "xxd",      "cmp",
    "dd",     "sed",   "awk",   "hexdump", "sync",   "poweroff", "env",      "seq",
    "stat",   "touch", "clear", "ln",      "sort",   "true",     "basename", "dirname",
    "id",     "cut",   "od",    "which",   "gunzip", "realpath", "uniq"};

/** All certificates in the directory of keys, in the same order each time. */
std::vector<std::filesystem::path> certificates_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;

    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() == ".der") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

std::filesystem::path Workshop::common_archive() {
    if (!common_archive_.empty()) {
        return common_archive_;
    }
    const auto program = guest_program();
    const auto second = build_ / "second.cpio";
    Cpio small(second);
    small.add_character_device("dev/console", 5, 1);
    small.add_copy("init", program, true);
    small.finish();

    auto path = build_ / "common.cpio";
    Cpio cpio(path);
    Userland userland(commands_, sysroot(), arch_.triplet);
    cpio.add_character_device("dev/console", 5, 1);
    cpio.add_copy("init", program, true);
    cpio.add_directory("bin");
    cpio.add_directory("lib");
    for (const char* link : {"sbin", "usr/bin", "usr/sbin"}) {
        cpio.add_link(link, std::string(link).find('/') == std::string::npos ? "bin" : "../bin");
    }
    // Nothing is lost where programs look for libraries: all are in one directory.
    cpio.add_link("lib64", "lib");
    cpio.add_link("usr/lib", "../lib");
    for (const char* name : programs) {
        userland.add_program(cpio, name);
    }
    userland.add_program_file(cpio, companion());
    for (const char* name : names_of_kmod) {
        cpio.add_link(std::string("bin/") + name, "kmod");
    }
    for (const char* name : names_of_busybox) {
        cpio.add_link(std::string("bin/") + name, "busybox");
    }
    for (const auto& certificate : certificates_in(keys())) {
        cpio.add_copy("lab/keys/" + certificate.filename().string(), certificate);
    }
    cpio.add_copy(std::string(guest_base_image).substr(1), kernel(image_kernel_) / "image");
    cpio.add_copy("lab/second.cpio", second);
    cpio.finish();
    common_archive_ = path;
    return path;
}

std::vector<std::string> Workshop::add_drivers(Cpio& cpio, const std::string& name) {
    std::vector<std::string> drivers;
    std::map<std::string, std::filesystem::path> files;

    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(kernel(name) / "modules")) {
        if (entry.path().extension() == ".ko") {
            files[entry.path().stem()] = entry.path();
        }
    }
    const std::function<void(const std::string&)> add = [&](const std::string& driver) {
        const auto file = files.find(driver);
        const std::string inside = "lab/drivers/" + driver + ".ko";

        // What is no module is built in.
        if (file == files.end() ||
            std::find(drivers.begin(), drivers.end(), '/' + inside) != drivers.end()) {
            return;
        }
        std::string needs =
            commands_.ask("reading a module", {"modinfo", "-F", "depends", file->second});
        std::replace(needs.begin(), needs.end(), ',', ' ');
        for (const std::string& need : split_words(needs)) {
            add(need);
        }
        cpio.add_copy(inside, file->second);
        drivers.push_back('/' + inside);
    };
    for (const char* driver : {"virtio_pci", "virtio_console"}) {
        add(driver);
    }
    // Without firmware, it does not start: for those guests to load that have some.
    if (const auto file = files.find("efivarfs"); file != files.end()) {
        cpio.add_copy(std::string(guest_efivarfs).substr(1), file->second);
    }
    return drivers;
}

void Workshop::add_upstreams_selftests(Cpio& cpio, const std::string& name) {
    const auto source = kernel(name) / "build/source/tools/testing/selftests/kexec";
    Userland userland(commands_, sysroot(), arch_.triplet);

    cpio.add_directory(std::string(guest_selftests).substr(1));
    for (const char* script :
         {"kexec_common_lib.sh", "test_kexec_load.sh", "test_kexec_file_load.sh"}) {
        cpio.add_copy(fmt::format("{}/{}", std::string(guest_selftests).substr(1), script),
                      source / script, true);
    }
    for (const char* program : {"bash", "pesign", "getfattr", "tail", "hexdump"}) {
        userland.add_program(cpio, program);
    }
    // Busybox's shell would take its own tail and hexdump, which are not the same.
    cpio.add_link("bin/sh", "bash");
    // pesign's library for cryptography is made of these.
    for (const char* library : {"libsoftokn3.so", "libfreebl3.so", "libfreeblpriv3.so"}) {
        userland.add_library(cpio, library);
    }
}

void Workshop::add_module(Cpio& cpio, const std::filesystem::path& built,
                          const std::string& kind_of_usual) {
    cpio.add_copy("lab/kexec_keyrings.ko", built / (kind_of_usual + "-kexec_keyrings.ko"));
    for (const char* kind : {"companion", "by-unknown", "tampered"}) {
        cpio.add_copy(fmt::format("lab/kexec_keyrings-{}.ko", kind),
                      built / fmt::format("{}-kexec_keyrings.ko", kind));
    }
    cpio.add_copy("lab/kexec_keyrings-unsigned.ko", built / "kexec_keyrings.ko");
}

void Workshop::add_kselftest(Cpio& cpio, const std::string& name) {
    const auto runner = kernel(name) / "build/source/tools/testing/selftests";
    const std::string inside = std::string(guest_kselftest).substr(1);

    for (const auto& certificate : certificates_in(keys())) {
        auto key = certificate;

        key.replace_extension(".key");
        cpio.add_copy("lab/keys/" + key.filename().string(), key);
    }
    for (const char* directory : {"", "/kselftest", "/kexec_keyrings"}) {
        cpio.add_directory(inside + directory);
    }
    for (const char* script : {"run_kselftest.sh", "kselftest/runner.sh", "kselftest/prefix.pl"}) {
        cpio.add_copy(fmt::format("{}/{}", inside, script), runner / script, true);
    }
    cpio.add_copy(inside + "/kexec_keyrings/kexec_keyrings.sh",
                  places_.top / "selftests/kexec_keyrings.sh", true);
    cpio.add_copy(inside + "/kexec_keyrings/settings", places_.top / "selftests/settings");
    cpio.add_link(inside + "/kexec_keyrings/kexec-keyrings", "/bin/kexec-keyrings");
    cpio.add_file(inside + "/kselftest-list.txt", "kexec_keyrings:kexec_keyrings.sh\n");
}

void Workshop::make_initramfs(const std::filesystem::path& path, const std::string& name, Plan plan,
                              const Extras& extras) {
    const auto common = common_archive();
    const auto built = modules(name);
    const auto own = path.parent_path() / "own.cpio";
    Cpio cpio(own);

    if (is_stock(name)) {
        plan.drivers = add_drivers(cpio, name);
        cpio.add_copy("lab/stock-image", kernel(name) / "image");
        // Where a distribution has it, and the companion looks for it.
        cpio.add_copy("boot/config-" + last_line(read_file(kernel(name) / "release")),
                      kernel(name) / "config");
    } else {
        cpio.add_copy("lab/kxk_fixture.ko", built / "signed-kxk_fixture.ko");
        if (const auto patch = built / fmt::format("signed-{}.ko", livepatch_name);
            std::filesystem::exists(patch)) {
            cpio.add_copy(std::string(guest_livepatch).substr(1), patch);
        }
    }
    if (without_module_.count(name) == 0) {
        add_module(cpio, built, is_stock(name) ? "companion" : "signed");
    }
    if (extras.twin) {
        cpio.add_copy(std::string(guest_twin).substr(1), twin(name));
    }
    if (extras.kselftest) {
        add_kselftest(cpio, name);
    }
    if (extras.upstreams_selftests) {
        add_upstreams_selftests(cpio, name);
    }
    plan.files.insert(plan.files.begin(), images_.begin(), images_.end());
    cpio.add_file(std::string(plan_path).substr(1), nlohmann::json(plan).dump());
    cpio.finish();

    std::ofstream whole(path, std::ios::binary | std::ios::trunc);
    whole << std::ifstream(common, std::ios::binary).rdbuf()
          << std::ifstream(own, std::ios::binary).rdbuf();
    whole.flush();
    std::filesystem::remove(own);
    if (!whole) {
        throw Failure(fmt::format("cannot write {}; is there room on the disk?", path.string()));
    }
}

}  // namespace kxk::lab
