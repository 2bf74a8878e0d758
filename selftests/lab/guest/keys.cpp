// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/keys.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "common/text_file.h"

namespace kxk::lab {

namespace {

using Serial = std::int32_t;

/** Serial number of a keyring, 0 when there is none; /proc/keys shows it as hexadecimal digits. */
Serial find_keyring(const std::string& name) {
    std::istringstream keys(read_file("/proc/keys"));
    std::string line;

    while (std::getline(keys, line)) {
        std::istringstream fields(line);
        std::string serial;
        std::string word;

        fields >> serial;
        for (int skipped = 0; skipped < 6; ++skipped) {
            fields >> word;
        }
        fields >> word;  // type
        if (word != "keyring") {
            continue;
        }
        fields >> word;
        if (word == name + ':') {
            return static_cast<Serial>(std::strtoul(serial.c_str(), nullptr, 16));
        }
    }
    return 0;
}

/** What a keyctl(2) operation writes about a key. */
std::string ask_key(int operation, Serial key) {
    std::string answer(4096, '\0');
    const long size = ::syscall(SYS_keyctl, operation, key, answer.data(), answer.size());

    if (size < 0) {
        throw_errno("keyctl");
    }
    answer.resize(static_cast<std::size_t>(size));
    return answer;
}

}  // namespace

int add_certificate(const std::string& file, const std::string& keyring) {
    const std::string certificate = read_file(file);
    const Serial serial = find_keyring(keyring);

    if (serial == 0) {
        return ENOENT;
    }
    // The kernel makes up a description from the certificate.
    return ::syscall(SYS_add_key, "asymmetric", nullptr, certificate.data(), certificate.size(),
                     serial) >= 0
               ? 0
               : errno;
}

std::vector<std::string> describe_keys(const std::string& keyring) {
    const Serial serial = find_keyring(keyring);
    std::vector<std::string> descriptions;

    if (serial == 0) {
        errno = ENOENT;
        throw_errno(keyring);
    }
    const std::string content = ask_key(KEYCTL_READ, serial);
    for (std::size_t i = 0; i + sizeof(Serial) <= content.size(); i += sizeof(Serial)) {
        Serial key = 0;

        content.copy(reinterpret_cast<char*>(&key), sizeof(key), i);
        // "type;uid;gid;permissions;description", and a terminating byte
        std::string description = ask_key(KEYCTL_DESCRIBE, key);
        for (int field = 0; field < 4; ++field) {
            description.erase(0, description.find(';') + 1);
        }
        descriptions.emplace_back(description.c_str());
    }
    return descriptions;
}

}  // namespace kxk::lab
