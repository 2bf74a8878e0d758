// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/device_cases.h"

#include <fmt/format.h>

#include <cerrno>

#include "host/images.h"
#include "host/steps.h"

namespace kxk::lab {

namespace {

constexpr unsigned nobody = 65534;

/** A file that is not there, made by a shell command first. */
struct Special {
    const char* path;
    const char* command;
};

constexpr Special empty{"/run/empty", ": > /run/empty"};
constexpr Special one_byte{"/run/byte", "echo -n x > /run/byte"};
constexpr Special marker{"/run/marker", "echo '~Module signature appended~' > /run/marker"};
constexpr Special pipe_file{"/run/pipe", "busybox mkfifo /run/pipe"};
// Without content, so that they take no memory of the guest, which has 1 GiB.
constexpr Special huge{"/run/huge", "dd of=/run/huge bs=1M seek=2048 count=0"};
constexpr Special large{"/run/large", "dd of=/run/large bs=1M seek=2047 count=0"};

/** A wrong question, and its errno. */
struct Misuse {
    std::string name;
    AskDevice question;
    int error;
};

AskDevice about(const std::string& file) {
    AskDevice question;

    question.file = file;
    return question;
}

/** A question that is right but for one thing. */
template <typename T>
AskDevice with(T AskDevice::*part, T value) {
    AskDevice question = about(guest_image("builtin"));

    question.*part = value;
    return question;
}

std::vector<Misuse> misuses() {
    AskDevice later = with(&AskDevice::more_bytes, 8);

    later.last_byte = 1;
    return {
        {"no descriptor", about(""), EBADF},
        {"a file that is not open for reading", with(&AskDevice::write_only, true), EBADF},
        {"a file that is open for writing", with(&AskDevice::written, true), ETXTBSY},
        {"a directory", about("/lab"), EINVAL},
        {"a device", about("/dev/null"), EINVAL},
        {"a pipe", about(pipe_file.path), EINVAL},
        {"an empty file", about(empty.path), EINVAL},
        {"a file of 2 GiB", about(huge.path), EFBIG},
        {"a file that is larger than memory", about(large.path), ENOMEM},
        {"a flag", with(&AskDevice::flags, 1U), EINVAL},
        {"a structure that is too short", with(&AskDevice::more_bytes, -8), EINVAL},
        {"a structure without end", with(&AskDevice::more_bytes, 1 << 20), E2BIG},
        {"a structure with a part from the future", later, E2BIG},
        {"no structure", with(&AskDevice::nowhere, true), EFAULT},
        {"another ioctl", with(&AskDevice::command, 1U), ENOTTY},
    };
}

}  // namespace

void add_device_judgements(Scenario& scenario, const Arch& arch, const std::string& phase,
                           const std::string& attributes, const std::string& column,
                           Witness witness) {
    add_judgements(scenario.plan, phase);
    scenario.expect(phase + ": verify tells the kernel's verdict on each image, keyring by keyring",
                    [=, form = arch.signature](const Outcome& outcome) {
                        return compare_judgements(outcome, phase, column_of(outcome, column),
                                                  value_of(outcome, attributes, "active_policy"),
                                                  form, witness);
                    });
}

void add_open_device(Scenario& scenario, const std::string& phase) {
    const auto open = scenario.step(phase + "/unload-open", UnloadWhileOpen{module_name});

    scenario.expect(phase + ": unloading while the device is open is refused",
                    fails_with(open, EWOULDBLOCK));
}

void add_device_permissions(Scenario& scenario) {
    const RunProgram ask{
        {"kexec-keyrings", "verify", "--json", guest_image("builtin")}, 60, nobody};
    const auto by_mode = scenario.step("device/mode", ask);
    scenario.step("device/chmod", RunProgram{{"busybox", "chmod", "666", "/dev/kexec_keyrings"}},
                  true);
    const auto by_capability = scenario.step("device/capability", ask);

    scenario.expect("device: its mode keeps others out, and the companion says why",
                    all_of({exits_with(by_mode, 3), says(by_mode, "\"errno_name\": \"EACCES\""),
                            says(by_mode, "needs root")}));
    scenario.expect(
        "device: with another mode, the lack of CAP_SYS_BOOT does",
        all_of({exits_with(by_capability, 3), says(by_capability, "\"errno_name\": \"EPERM\""),
                says(by_capability, "needs root")}));
}

void add_device_misuse(Scenario& scenario, const Arch& arch) {
    for (const Special& file : {empty, one_byte, marker, pipe_file, huge, large}) {
        scenario.step(fmt::format("device/make{}", file.path),
                      RunProgram{{"sh", "-c", file.command}}, true);
    }
    for (const Misuse& misuse : misuses()) {
        const auto id = scenario.step("device/" + misuse.name, misuse.question);

        scenario.expect("device: " + misuse.name + " is refused", fails_with(id, misuse.error));
    }

    const auto good = scenario.step("device/good", about(guest_image("builtin")));
    const auto longer = scenario.step("device/longer", with(&AskDevice::more_bytes, 8));
    scenario.expect("device: after all that it answers, also a program of the future",
                    all_of({succeeds(good), has_value(good, "error", "0"),
                            has_value(good, "size", "160"), succeeds(longer),
                            has_value(longer, "error", "0"), has_value(longer, "size", "160")}));

    // s390_verify_sig() of the kernel would read before the start of these.
    const auto byte = scenario.step("device/byte", about(one_byte.path));
    const auto mark = scenario.step("device/marker", about(marker.path));
    const auto malformed = [](const std::string& id) {
        return all_of({succeeds(id), has_value(id, "error", std::to_string(ELIBBAD)),
                       has_value(id, "known", "1"), has_value(id, "count", "1")});
    };
    scenario.expect("device: a file that is too short for a kernel is no danger",
                    arch.signature == Signature::appended
                        ? all_of({fails_with(byte, EINVAL), fails_with(mark, EINVAL)})
                        : all_of({malformed(byte), malformed(mark)}));
}

}  // namespace kxk::lab
