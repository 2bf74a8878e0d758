// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/images.h"

#include <fmt/format.h>

#include "common/text_file.h"
#include "host/delta.h"

namespace kxk::lab {

namespace {

constexpr std::size_t big_padding = std::size_t{64} << 20U;

/** A field of an image's header that says how much memory the kernel needs. */
struct SizeField {
    std::string_view magic;
    std::size_t magic_offset;
    std::size_t offset;
    std::size_t width;
};

constexpr std::array<SizeField, 2> size_fields{{
    {"ARM\x64", 56, 16, 8},    // arm64 Image: image_size
    {"HdrS", 0x202, 0x260, 4}  // bzImage: init_size
}};

void add_little_endian(std::string& text, const SizeField& field, std::size_t number) {
    std::size_t carry = number;

    for (std::size_t i = field.offset; i < field.offset + field.width; ++i) {
        carry += static_cast<unsigned char>(text[i]);
        text[i] = static_cast<char>(carry & 0xffU);
        carry >>= 8U;
    }
}

}  // namespace

std::string guest_image(std::string_view signer) {
    return fmt::format("/run/image-{}", signer);
}

std::string enlarged(std::string image, std::size_t bytes) {
    for (const SizeField& field : size_fields) {
        if (image.compare(field.magic_offset, field.magic.size(), field.magic) == 0) {
            add_little_endian(image, field, bytes);
        }
    }
    image.append(bytes, '\0');
    return image;
}

void sign_module(const Commands& commands, const SigningKit& kit, const std::string& who,
                 const std::filesystem::path& module, const std::filesystem::path& result) {
    const auto log = result.parent_path() / (result.filename().string() + ".log");

    commands.run("signing a module",
                 {kit.sign_file, "sha256", kit.keys / (who + ".key"), kit.keys / (who + ".pem"),
                  module, result},
                 log);
}

void sign_image(const Commands& commands, const SigningKit& kit, Signature kind,
                const std::string& who, const std::filesystem::path& image,
                const std::filesystem::path& result) {
    if (kind == Signature::appended) {
        sign_module(commands, kit, who, image, result);
        return;
    }
    commands.run("signing an image as " + who,
                 {"sbsign", "--key", kit.keys / (who + ".key"), "--cert", kit.keys / (who + ".pem"),
                  "--output", result, image},
                 result.parent_path() / (result.filename().string() + ".log"));
}

void sign_by_companion(const Commands& commands, const SigningKit& kit, const std::string& command,
                       const std::string& who, const std::filesystem::path& file,
                       const std::filesystem::path& result) {
    commands.run("signing with the companion",
                 {kit.companion, command, "--key", kit.keys / (who + ".key"), "--cert",
                  kit.keys / (who + ".pem"), "--output", result, file},
                 result.parent_path() / (result.filename().string() + ".log"));
}

std::string tampered(std::string file, std::size_t size) {
    file[size / 2] = static_cast<char>(file[size / 2] ^ 1);
    return file;
}

std::vector<DerivedFile> make_images(const Commands& commands, const SigningKit& kit,
                                     Signature kind, const std::filesystem::path& image,
                                     const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    const std::string base = read_file(image);
    std::vector<DerivedFile> files;

    const auto derive = [&](std::string_view name, const std::string& contents) {
        files.push_back(
            {guest_image(name), guest_base_image, contents.size(), difference(base, contents)});
    };
    const auto signed_by = [&](const std::string& who, const std::filesystem::path& what) {
        const auto result = directory / (what.filename().string() + '-' + who);

        sign_image(commands, kit, kind, who, what, result);
        return read_file(result);
    };

    for (const char* who : {"builtin", "secondary", "platform", "unknown"}) {
        derive(who, signed_by(who, image));
    }
    derive("unsigned", base);

    derive("tampered", tampered(read_file(directory / (image.filename().string() + "-secondary")),
                                base.size()));

    const auto ours = directory / companions_image;
    sign_by_companion(commands, kit, "sign", "secondary", image, ours);
    derive(companions_image, read_file(ours));
    derive(companions_tampered_image, tampered(read_file(ours), base.size()));

    const auto big = directory / big_image;
    write_file(big, enlarged(base, big_padding));
    derive(big_image, signed_by("platform", big));
    // Large, and not needed any more.
    std::filesystem::remove_all(directory);
    return files;
}

}  // namespace kxk::lab
