// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Small kernel images, one of each format. */
#pragma once

#include <string>

#include "image/digest.h"
#include "image/pe.h"
#include "made_signature.h"
#include "pe_writer.h"

namespace kxk::test {

/** A bzImage with a PE header, as the writer would otherwise write it. */
[[nodiscard]] inline std::string made_bzimage(PeWriter writer = {}) {
    writer.dos_stub.resize(0x270);
    auto& stub = writer.dos_stub;
    put(stub, 0x1f1, std::uint8_t{1});
    put(stub, 0x1fe, std::uint16_t{0xaa55});
    stub.replace(0x202, 4, "HdrS");
    put(stub, 0x206, std::uint16_t{0x20f});
    put(stub, 0x20e, std::uint16_t{0x60});
    put(stub, 0x211, std::uint8_t{1});
    put(stub, 0x236, std::uint16_t{3});
    stub.replace(0x260, 12, "5.10.13 test");
    return writer.write();
}

[[nodiscard]] inline std::string made_arm64_image(PeWriter writer = {}) {
    writer.machine = image::pe_machine_arm64;
    put(writer.dos_stub, 16, std::uint64_t{4096});
    put(writer.dos_stub, 24, std::uint64_t{0xa});
    writer.dos_stub.replace(56, 4, "ARM\x64");
    return writer.write();
}

[[nodiscard]] inline std::string made_zboot(PeWriter writer = {}) {
    writer.machine = image::pe_machine_arm64;
    writer.dos_stub.replace(4, 4, "zimg");
    put(writer.dos_stub, 8, 1024U);
    put(writer.dos_stub, 12, 512U);
    writer.dos_stub.replace(24, 4, "gzip");
    return writer.write();
}

[[nodiscard]] inline std::string made_unified_kernel(PeWriter writer = {}) {
    writer.sections = {
        {".osrel", "NAME=Test\nPRETTY_NAME=\"Test Linux 1\"\nID=test\n"},
        {".cmdline", std::string("root=/dev/sda1 quiet\0", 21)},
        {".uname", "6.1.0-test"},
        {".linux", std::string(600, 'L')},
    };
    return writer.write();
}

[[nodiscard]] inline std::string made_s390_image() {
    std::string file(0x12000, '\0');
    file.replace(0x10008, 6, "S390EP");
    return file;
}

/** An ELF header and no more. @param type 1 relocatable, 2 executable */
[[nodiscard]] inline std::string made_elf(std::uint16_t machine, std::uint16_t type) {
    std::string file(64, '\0');
    file.replace(0, 4,
                 "\x7f"
                 "ELF");
    file[4] = 2;
    file[5] = 2;
    file[16] = static_cast<char>(type >> 8U);
    file[17] = static_cast<char>(type);
    file[18] = static_cast<char>(machine >> 8U);
    file[19] = static_cast<char>(machine);
    return file;
}

/** Who signs where it does not matter who. */
[[nodiscard]] inline const Identity& some_signer() {
    static const Identity identity = make_identity("Signer", rsa_key(0));
    return identity;
}

/** One of the functions above, for PE files. */
using Maker = std::string (*)(PeWriter writer);

/** The certificate entry of an Authenticode signature for a file that `make` makes unsigned. */
[[nodiscard]] inline std::string authenticode_entry(Maker make, const Identity& signer) {
    const PeWriter writer;
    const std::string file = make(writer);
    const auto pe = std::get<image::PeImage>(image::parse_pe(image::ByteView(file)));
    SignerWish by;
    by.identity = &signer;
    MessageWish message;
    message.content = indirect_data(image::pe_digests(pe, {"sha256"}).at("sha256"));
    message.certificates = {&signer};
    message.signers = {by};
    return certificate_entry(make_message(message));
}

/** A signed file. `make` is one of the above. */
[[nodiscard]] inline std::string signed_image(Maker make, const Identity& signer) {
    PeWriter writer;
    writer.certificates = authenticode_entry(make, signer);
    return make(writer);
}

/** An s390 image with an appended signature. */
[[nodiscard]] inline std::string signed_s390_image(const Identity& signer,
                                                   bool with_certificate = true) {
    SignerWish by;
    by.identity = &signer;
    by.attributes = false;
    MessageWish message;
    message.content_type = "1.2.840.113549.1.7.1";
    message.detached = made_s390_image();
    if (with_certificate)
        message.certificates = {&signer};
    message.signers = {by};
    return append_signature(message.detached, make_message(message));
}

}  // namespace kxk::test
