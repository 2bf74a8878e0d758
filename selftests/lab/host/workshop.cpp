// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/workshop.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "host/catalogue_store.h"
#include "host/failure.h"

namespace kxk::lab {

namespace {

/** The Debian release whose packages are the guests' user space. */
constexpr const char* suite = "bookworm";

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

std::filesystem::path Workshop::kernel(const std::string& name) {
    auto& directory = kernels_[name];

    if (directory.empty()) {
        require_kernel(places_.lab, arch_, name, false);
        directory = last_line(commands_.ask(fmt::format("kernel {} for {}", name, arch_.name),
                                            {places_.lab / "kernel.sh", arch_.name, name}));
    }
    return directory;
}

void Workshop::use_tree(const std::string& name, const std::filesystem::path& directory,
                        bool with_module) {
    kernels_[name] = directory;
    modules_.erase(name);
    // What was built for another commit of the tree is not gone on from.
    std::filesystem::remove_all(module_build(name));
    if (!with_module) {
        without_module_.insert(name);
    }
}

std::filesystem::path Workshop::kernel_image(const std::string& name, const std::string& inserted) {
    if (inserted.empty()) {
        return kernel(name) / "image";
    }
    const auto kernel_build = kernel(name) / "build";
    const auto directory = build_ / fmt::format("{}-with-{}", name, inserted);
    const auto log = places_.build / "log" / (directory.filename().string() + ".log");

    std::filesystem::create_directories(directory);
    std::filesystem::copy_file(kernel_build / "vmlinux", directory / "vmlinux",
                               std::filesystem::copy_options::overwrite_existing);
    commands_.run("inserting a certificate into a kernel",
                  {kernel_build / "scripts/insert-sys-cert", "-s", kernel_build / "System.map",
                   "-b", directory / "vmlinux", "-c", keys() / (inserted + ".der")},
                  log);
    commands_.run(
        "making the image of that kernel",
        {arch_.triplet + "-objcopy", "-O", "binary", "-R", ".note", "-R", ".note.gnu.build-id",
         "-R", ".comment", "-S", directory / "vmlinux", directory / "image"},
        log);
    std::filesystem::remove(directory / "vmlinux");
    return directory / "image";
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

    // Small, and compiled in half the time.
    commands_.run(
        "building the companion for " + arch_.name,
        {"make", "--no-print-directory", "-C", places_.top, "user", "ARCH=" + arch_.name,
         fmt::format("SUITE={}", suite), "BUILD_TYPE=MinSizeRel", "OUT=" + build.string()},
        log / ("companion-" + arch_.name + ".log"));
    return build / "kexec-keyrings";
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

void Workshop::use_no_images_of(const std::string& name) {
    image_kernel_ = name;
    images_.clear();
    common_archive_.clear();
}

Signer Workshop::signer() {
    return {keys(), arch_.signature};
}

const Catalogue& Workshop::use_catalogue_of(const std::string& name) {
    const auto image = kernel(name) / "image";

    use_no_images_of(name);
    if (!catalogue_) {
        const SigningKit kit = signing_kit();

        // Signed anew, the images would be others, and an earlier run's verdicts not of these.
        catalogue_ = keep_catalogue(build_ / "catalogue.json", kit.keys, image, [&] {
            return make_catalogue(commands_, kit, arch_.signature, image, build_ / "catalogue");
        });
    }
    return *catalogue_;
}

}  // namespace kxk::lab
