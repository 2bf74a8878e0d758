// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Of the workshop: the module, and the fixture. */
#include "host/workshop.h"

#include <fmt/format.h>

#include <cstring>

#include "common/text_file.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

/** For Kbuild, which writes beside the sources. */
void copy_sources(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::create_directories(to);
    std::filesystem::copy(
        from, to,
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::update_existing);
}

}  // namespace

void Workshop::compile_module(const std::string& name) {
    // Nobody has built what the symbols are in.
    build_module("kmod", kernel(name) / "build", module_build(name), {"KBUILD_MODPOST_WARN=1"});
}

std::filesystem::path Workshop::module_build(const std::string& name) const {
    return places_.top / "build/kmod" / (name + '-' + arch_.name);
}

void Workshop::build_module(const std::string& what, const std::filesystem::path& kernel_build,
                            const std::filesystem::path& out,
                            const std::vector<std::string>& more) {
    std::vector<std::string> argv{"make", "--no-print-directory"};

    if (what == "kmod") {
        argv.insert(argv.end(), {"-C", places_.top, "kmod", "KDIR=" + kernel_build.string(),
                                 "OUT=" + out.string()});
    } else {
        argv.insert(argv.end(), {"-C", kernel_build, "M=" + (out / what).string(), "modules"});
    }
    argv.push_back("ARCH=" + arch_.kernel);
    if (!arch_.cross.empty()) {
        argv.push_back("CROSS_COMPILE=" + arch_.cross);
    }
    argv.insert(argv.end(), arch_.make_options.begin(), arch_.make_options.end());
    argv.insert(argv.end(), more.begin(), more.end());
    commands_.run(fmt::format("building {} for {}", what, out.filename().string()), argv,
                  places_.build / "log" / fmt::format("{}-{}.log", what, out.filename().string()));
}

std::filesystem::path Workshop::modules(const std::string& name) {
    auto& out = modules_[name];

    if (!out.empty()) {
        return out;
    }
    const auto kernel_build = kernel(name) / "build";
    const auto directory = module_build(name);
    const bool with_module = without_module_.count(name) == 0;
    const auto sign_by_builtin = [&](const std::filesystem::path& plain) {
        sign_module(commands_, signing_kit(), "builtin", plain,
                    directory / ("signed-" + plain.filename().string()));
    };

    if (with_module) {
        build_module("kmod", kernel_build, directory);
    }
    if (!is_stock(name)) {
        copy_sources(places_.lab / "fixture", directory / "fixture");
        build_module("fixture", kernel_build, directory);
        sign_by_builtin(directory / "fixture/kxk_fixture.ko");
        if (const auto patch = directory / fmt::format("fixture/{}.ko", livepatch_name);
            std::filesystem::exists(patch)) {
            sign_by_builtin(patch);
        }
    }
    out = directory;
    if (!with_module) {
        return out;
    }
    if (!is_stock(name)) {
        sign_by_builtin(directory / "kexec_keyrings.ko");
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
    return out;
}

std::filesystem::path Workshop::twin(const std::string& name) {
    const auto directory = modules(name);
    auto signed_twin = directory / fmt::format("signed-{}.ko", twin_name);
    std::string objects = read_file(places_.top / "kmod/Kbuild");

    copy_sources(places_.top / "kmod", directory / "twin");
    copy_sources(places_.top / "include", directory / "include");
    for (auto at = objects.find(module_name); at != std::string::npos;
         at = objects.find(module_name, at + std::strlen(twin_name))) {
        objects.replace(at, std::strlen(module_name), twin_name);
    }
    write_file(directory / "twin/Kbuild", objects);
    build_module("twin", kernel(name) / "build", directory);
    sign_module(commands_, signing_kit(), "builtin",
                directory / "twin" / fmt::format("{}.ko", twin_name), signed_twin);
    return signed_twin;
}

}  // namespace kxk::lab
