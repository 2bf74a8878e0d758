// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/fuzz.h"

#include <fcntl.h>
#include <linux/kexec_keyrings.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "common/descriptor.h"
#include "common/mutator.h"
#include "common/text_file.h"

namespace kxk::lab {

namespace {

constexpr const char* device_path = "/dev/" KEXEC_KEYRINGS_DEVICE;
/** In memory. */
constexpr const char* image_path = "/run/mutant";

Descriptor open_or_throw(const char* path) {
    Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));

    if (!file) {
        throw_errno(path);
    }
    return file;
}

std::string line_of(const kexec_keyrings_verify& answer) {
    std::string line = std::to_string(answer.error);

    if (answer.known == 0) {
        return line + " ?";
    }
    const auto count = std::min<std::size_t>(answer.count, KEXEC_KEYRINGS_CONSULTED_MAX);
    for (std::size_t i = 0; i < count; ++i) {
        const kexec_keyrings_consulted& consulted = answer.consulted[i];

        line += ' ' + std::to_string(consulted.keyring) + ':' + std::to_string(consulted.error);
    }
    return line;
}

/** The device wants a file that nobody has open for writing. */
std::string judge(const Descriptor& device, const std::string& image) {
    kexec_keyrings_verify question{};

    write_file(image_path, image);
    const Descriptor file = open_or_throw(image_path);
    question.size = sizeof(question);
    question.fd = file.get();
    return ::ioctl(device.get(), KEXEC_KEYRINGS_VERIFY, &question) < 0 ? '!' + std::to_string(errno)
                                                                       : line_of(question);
}

}  // namespace

void fuzz_device(const FuzzDevice& action, StepResult& result) {
    const Descriptor device = open_or_throw(device_path);
    std::vector<std::string> bases;

    for (const std::string& base : action.bases) {
        bases.push_back(read_file(base));
    }
    const Mutator mutator(action.appended ? ImageForm::appended : ImageForm::pe, std::move(bases),
                          action.seed);
    std::uint64_t print = fingerprint("");
    for (unsigned i = 0; i < action.count; ++i) {
        const std::string image = mutator.make(action.first + i).bytes;

        print = fingerprint(image, print);
        result.output += judge(device, image) + '\n';
    }
    result.values["fingerprint"] = std::to_string(print);
}

}  // namespace kxk::lab
