// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/workshop.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "common/text_file.h"
#include "host/catalogue_store.h"
#include "host/cpio.h"
#include "host/delta.h"
#include "host/failure.h"
#include "host/userland.h"

namespace kxk::lab {

namespace {

/** The Debian release whose packages are the guests' user space. */
constexpr const char* suite = "bookworm";

/** Programs of that user space: what people use for kexec, keys and modules. */
constexpr const char* programs[] = {"kexec", "keyctl", "kmod", "busybox"};
constexpr const char* names_of_kmod[] = {"insmod", "rmmod", "lsmod", "modinfo", "modprobe"};
constexpr const char* names_of_busybox[] = {
    "sh",   "cat",  "ls",   "cp",    "mv",    "rm",  "mkdir", "mount",   "umount",   "dmesg",
    "echo", "grep", "head", "tail",  "less",  "vi",  "ps",    "kill",    "sleep",    "uname",
    "find", "wc",   "xxd",  "cmp",   "dd",    "sed", "awk",   "hexdump", "sync",     "poweroff",
    "env",  "seq",  "stat", "touch", "clear", "ln",  "sort",  "true",    "basename", "dirname"};

bool in_path(const std::string& program) {
    const char* variable = std::getenv("PATH");
    const std::string path = variable == nullptr ? "" : variable;

    for (std::size_t start = 0; start <= path.size();) {
        const auto end = std::min(path.find(':', start), path.size());

        if (::access((path.substr(start, end - start) + '/' + program).c_str(), X_OK) == 0) {
            return true;
        }
        start = end + 1;
    }
    return false;
}

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

std::string jobs() {
    return fmt::format("-j{}", ::sysconf(_SC_NPROCESSORS_ONLN));
}

}  // namespace

Places find_places() {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    Places places;

    places.top = std::filesystem::canonical(KXK_TOP);
    places.lab = places.top / "selftests/lab";
    places.build = places.top / "build/lab";
    if (cache != nullptr && *cache != '\0') {
        places.cache = cache;
    } else if (home != nullptr) {
        places.cache = std::filesystem::path(home) / ".cache";
    } else {
        throw Failure("there is no HOME; set XDG_CACHE_HOME to where kernels can be kept");
    }
    places.cache /= "kexec-keyrings";
    return places;
}

Workshop::Workshop(const Places& places, const Commands& commands, Arch arch)
    : places_(places),
      commands_(commands),
      arch_(std::move(arch)),
      build_(places.build / arch_.name) {
    require_tools();
    std::filesystem::create_directories(build_);
}

void Workshop::require_tools() const {
    const std::string compiler = arch_.triplet + "-g++";

    const auto require = [this](const std::string& program, const std::string& package) {
        if (!in_path(program)) {
            throw Failure(
                fmt::format("{} is missing, which {} guests need; install the Debian "
                            "package {}",
                            program, arch_.name, package));
        }
    };
    require(arch_.qemu.front(), arch_.qemu_package);
    require(compiler, arch_.cross.empty() ? "g++" : "g++-" + arch_.triplet);
    require("cmake", "cmake");
    require("readelf", "binutils");
    if (arch_.signature == Signature::pe) {
        require("sbsign", "sbsigntool");
    }
}

void Workshop::require_firmware() const {
    if (!arch_.firmware) {
        throw Failure(
            fmt::format("the lab has no UEFI firmware for {} guests; add firmware_code= "
                        "to arch/{}.conf",
                        arch_.name, arch_.name));
    }
    for (const auto& file : {arch_.firmware->code, arch_.firmware->variables}) {
        if (!std::filesystem::exists(file)) {
            throw Failure(
                fmt::format("{} is missing, which {} guests need; install the Debian "
                            "package {}",
                            file.string(), arch_.name, arch_.firmware->package));
        }
    }
}

std::filesystem::path Workshop::kernel(const std::string& name) {
    auto& directory = kernels_[name];

    if (directory.empty()) {
        require_kernel(places_.lab, arch_, name, false);
        directory = last_line(commands_.ask(fmt::format("kernel {} for {}", name, arch_.name),
                                            {places_.lab / "kernel.sh", arch_.name, name}));
    }
    return directory;
}

std::filesystem::path Workshop::keys() {
    return last_line(commands_.ask("keys", {places_.lab / "keys.sh"}));
}

std::filesystem::path Workshop::sysroot() {
    if (sysroot_.empty()) {
        sysroot_ =
            last_line(commands_.ask("packages for " + arch_.name,
                                    {places_.lab / "packages.sh", "sysroot", suite, arch_.debian}));
    }
    return sysroot_;
}

std::filesystem::path Workshop::companion() {
    // Against the guest's libraries, also where its architecture is that of this machine.
    const auto build = build_ / "user";
    const auto log = places_.build / "log";

    commands_.run("building the companion for " + arch_.name,
                  {"make", "--no-print-directory", "-C", places_.top, "user", "ARCH=" + arch_.name,
                   fmt::format("SUITE={}", suite), "OUT=" + build.string()},
                  log / ("companion-" + arch_.name + ".log"));
    // In a guest, nobody looks at debugging information of ten times its size.
    commands_.run(
        "stripping the companion",
        {arch_.triplet + "-strip", "-o", build_ / "kexec-keyrings", build / "kexec-keyrings"},
        log / ("companion-strip-" + arch_.name + ".log"));
    return build_ / "kexec-keyrings";
}

std::filesystem::path Workshop::own_companion() {
    if (own_companion_.empty()) {
        own_companion_ =
            places_.top / last_line(commands_.ask("building the companion",
                                                  {"make", "--no-print-directory", "-C",
                                                   places_.top, "user", "ARCH=", "SUITE="}));
    }
    return own_companion_;
}

std::filesystem::path Workshop::guest_program() {
    const auto build = build_ / "guest";
    const auto log = places_.build / "log";

    if (!std::filesystem::exists(build / "Makefile")) {
        commands_.run("configuring the guest's program for " + arch_.name,
                      {"cmake", "-G", "Unix Makefiles", "-S", places_.lab / "guest", "-B", build,
                       "-DCMAKE_SYSTEM_NAME=Linux",
                       fmt::format("-DCMAKE_CXX_COMPILER={}-g++", arch_.triplet)},
                      log / ("guest-configure-" + arch_.name + ".log"));
    }
    commands_.run("building the guest's program for " + arch_.name, {"make", "-C", build, jobs()},
                  log / ("guest-" + arch_.name + ".log"));
    return build / "kxk-guest";
}

std::filesystem::path Workshop::keys_of(const std::string& who) {
    if (std::filesystem::exists(keys() / (who + ".key"))) {
        return keys();
    }
    return last_line(commands_.ask("keys", {places_.lab / "firmware-keys.sh"}));
}

SigningKit Workshop::signing_kit() {
    // Any kernel built here has the tool.
    return {keys(), kernel(image_kernel_) / "build/scripts/sign-file", own_companion()};
}

void Workshop::build_module(const std::string& what, const std::filesystem::path& kernel_build,
                            const std::filesystem::path& out) {
    std::vector<std::string> argv{"make", "--no-print-directory"};

    if (what == "kmod") {
        argv.insert(argv.end(), {"-C", places_.top, "kmod", "KDIR=" + kernel_build.string(),
                                 "OUT=" + out.string()});
    } else {
        // Kbuild writes beside the sources.
        std::filesystem::create_directories(out / what);
        std::filesystem::copy(places_.lab / what, out / what,
                              std::filesystem::copy_options::recursive |
                                  std::filesystem::copy_options::update_existing);
        argv.insert(argv.end(), {"-C", kernel_build, "M=" + (out / what).string(), "modules"});
    }
    argv.push_back("ARCH=" + arch_.kernel);
    if (!arch_.cross.empty()) {
        argv.push_back("CROSS_COMPILE=" + arch_.cross);
    }
    argv.insert(argv.end(), arch_.make_options.begin(), arch_.make_options.end());
    commands_.run(fmt::format("building {} for {}", what, out.filename().string()), argv,
                  places_.build / "log" / fmt::format("{}-{}.log", what, out.filename().string()));
}

std::filesystem::path Workshop::modules(const std::string& name) {
    auto& out = modules_[name];

    if (!out.empty()) {
        return out;
    }
    const auto kernel_build = kernel(name) / "build";
    const auto directory = places_.top / "build/kmod" / (name + '-' + arch_.name);

    build_module("kmod", kernel_build, directory);
    if (!is_stock(name)) {
        build_module("fixture", kernel_build, directory);
        for (const char* module : {"kexec_keyrings.ko", "fixture/kxk_fixture.ko"}) {
            const auto plain = directory / module;
            sign_module(commands_, signing_kit(), "builtin", plain,
                        directory / ("signed-" + plain.filename().string()));
        }
    }
    const auto plain = directory / "kexec_keyrings.ko";
    const auto signed_by = [&](const char* who, const char* result) {
        sign_by_companion(commands_, signing_kit(), "sign-module", who, plain, directory / result);
        return directory / result;
    };
    // Of the keys of the lab, a distribution's kernel has those that the firmware tells it of.
    const auto ours =
        signed_by(is_stock(name) ? "platform" : "builtin", "companion-kexec_keyrings.ko");
    signed_by("unknown", "by-unknown-kexec_keyrings.ko");
    write_file(directory / "tampered-kexec_keyrings.ko",
               tampered(read_file(ours), std::filesystem::file_size(plain)));
    out = directory;
    return out;
}

const std::vector<DerivedFile>& Workshop::firmware_images() {
    struct Wish {
        std::string_view name;
        const char* signer;
        std::size_t more_bytes;
    };
    // What dbx has the digest of must not be the image of all the others.
    constexpr std::array<Wish, 4> wishes{{{mok_image, "mok", 0},
                                          {revoked_image, "platform", 4096},
                                          {revoked_signers_image, "revoked", 0},
                                          {vetoed_signers_image, "vetoed", 0}}};
    const auto directory = build_ / "firmware-images";

    if (!firmware_images_.empty()) {
        return firmware_images_;
    }
    std::filesystem::create_directories(directory);
    const std::string base = read_file(kernel(image_kernel_) / "image");
    for (const Wish& wish : wishes) {
        const auto plain = directory / "plain";
        const auto result = directory / wish.name;
        SigningKit kit = signing_kit();

        kit.keys = keys_of(wish.signer);
        write_file(plain, enlarged(base, wish.more_bytes));
        sign_image(commands_, kit, arch_.signature, wish.signer, plain, result);
        const std::string contents = read_file(result);
        firmware_images_.push_back({guest_image(wish.name), guest_base_image, contents.size(),
                                    difference(base, contents)});
        firmware_image_files_[std::string(wish.name)] = contents;
    }
    std::filesystem::remove_all(directory);
    return firmware_images_;
}

void Workshop::make_firmware(const FirmwareSetup& setup, const Guest& guest) {
    const auto image = guest.firmware->disk / disk_kernel;
    const EnrolmentSources sources{
        [this](const std::string& who) { return read_file(keys_of(who) / (who + ".der")); },
        [this](const std::string& name) { return firmware_image_files_.at(name); }};

    require_firmware();
    static_cast<void>(firmware_images());
    std::vector<EfiVariable> variables = owners_variables(setup, sources);
    if (arch_.firmware->kernel_on_disk) {
        const auto boot = boot_variables(kernel_command_line(arch_, guest.command_line));
        variables.insert(variables.end(), boot.begin(), boot.end());
    }
    write_variable_store(arch_.firmware->variables, variables, guest.firmware->variables);

    std::filesystem::create_directories(guest.firmware->disk);
    if (setup.kernel_signer.empty()) {
        std::filesystem::copy_file(guest.kernel, image);
        return;
    }
    SigningKit kit = signing_kit();
    kit.keys = keys_of(setup.kernel_signer);
    // A distribution's kernel keeps the signature that it has.
    sign_by_companion(commands_, kit, "sign", setup.kernel_signer, guest.kernel, image);
    // The log of that is not for the guest.
    std::filesystem::rename(image.string() + ".log", guest.directory / "kernel-signing.log");
}

bool Workshop::is_stock(const std::string& kernel_name) {
    return std::filesystem::exists(kernel(kernel_name) / "modules");
}

void Workshop::use_images_of(const std::string& name) {
    if (image_kernel_ != name) {
        image_kernel_ = name;
        images_ = make_images(commands_, signing_kit(), arch_.signature, kernel(name) / "image",
                              build_ / "images");
        firmware_images_.clear();
        common_archive_.clear();
    }
}

const Catalogue& Workshop::use_catalogue_of(const std::string& name) {
    const auto image = kernel(name) / "image";

    image_kernel_ = name;
    images_.clear();
    common_archive_.clear();
    if (!catalogue_) {
        const SigningKit kit = signing_kit();

        // Signed anew, the images would be others, and an earlier run's verdicts not of these.
        catalogue_ = keep_catalogue(build_ / "catalogue.json", kit.keys, image, [&] {
            return make_catalogue(commands_, kit, arch_.signature, image, build_ / "catalogue");
        });
    }
    return *catalogue_;
}

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

void Workshop::make_initramfs(const std::filesystem::path& path, const std::string& name,
                              Plan plan) {
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
        cpio.add_copy("lab/kexec_keyrings.ko", built / "companion-kexec_keyrings.ko");
    } else {
        cpio.add_copy("lab/kexec_keyrings.ko", built / "signed-kexec_keyrings.ko");
        cpio.add_copy("lab/kxk_fixture.ko", built / "signed-kxk_fixture.ko");
    }
    for (const char* kind : {"companion", "by-unknown", "tampered"}) {
        cpio.add_copy(fmt::format("lab/kexec_keyrings-{}.ko", kind),
                      built / fmt::format("{}-kexec_keyrings.ko", kind));
    }
    cpio.add_copy("lab/kexec_keyrings-unsigned.ko", built / "kexec_keyrings.ko");
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
