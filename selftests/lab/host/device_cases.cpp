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

// Reading this one takes long enough for others to come.
constexpr Special slow{"/run/slow", "dd of=/run/slow bs=1M seek=400 count=0"};

/** How many tasks ask at once. */
constexpr int crowd = 64;

constexpr const char* attribute_directory = "/sys/kernel/kexec_keyrings";

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
        {"a descriptor that was closed", with(&AskDevice::closed, true), EBADF},
        {"a file that is not open for reading", with(&AskDevice::write_only, true), EBADF},
        {"a file that is open for writing", with(&AskDevice::written, true), ETXTBSY},
        {"a directory", about("/lab"), EINVAL},
        {"a device", about("/dev/null"), EINVAL},
        {"the device itself", about("/dev/kexec_keyrings"), EINVAL},
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

/** What happens while the device reads, and what comes of it. */
struct Disturbance {
    const char* how;
    const char* name;    ///< for people
    std::string reader;  ///< the answer that the reader gets; empty: that of who asks alone
    std::string other;   ///< empty: likewise
};

std::vector<Disturbance> disturbances() {
    const std::string busy = std::to_string(ETXTBSY);
    const std::string interrupted = "E" + std::to_string(EINTR);

    // Twice: if the memory of the first were lost, there would be none for the second.
    return {{"kill", "a task is killed while its file is read", "killed", ""},
            {"kill", "a task is killed while its file is read, again", "killed", ""},
            {"truncate", "nobody can make a file shorter while it is read", "", busy},
            {"interrupt", "a signal interrupts who waits", "", interrupted},
            {"restart", "who wants system calls restarted is answered after a signal", "", ""},
            {"kill_waiting", "a task is killed while it waits", "", "killed"}};
}

void add_disturbance(Scenario& scenario, const Disturbance& disturbance,
                     const std::string& slow_alone, const std::string& other_alone) {
    const auto id =
        scenario.step(fmt::format("device/{}", disturbance.name),
                      DisturbDevice{slow.path, disturbance.how, guest_image("unknown")});
    const bool alone = std::string(disturbance.how) == "kill";

    scenario.expect(fmt::format("device: {}", disturbance.name), [=](const Outcome& outcome) {
        const auto or_alone = [&outcome](const std::string& text, const std::string& step) {
            return text.empty() ? value_of(outcome, step, "error") : text;
        };
        return all_of(
            {succeeds(id), has_value(id, "reader", or_alone(disturbance.reader, slow_alone)),
             has_value(id, "other", alone ? "" : or_alone(disturbance.other, other_alone)),
             has_value(id, "afterwards", "0")})(outcome);
    });
}

/** A shell command for each attribute, "$f" being its name. */
RunProgram for_each_attribute(const std::string& command, unsigned uid = 0) {
    return {{"sh", "-c",
             fmt::format("cd {} && for f in $(busybox find . -type f); do {}; done",
                         attribute_directory, command)},
            60,
            uid};
}

/** A step said something of each attribute. @param word before the attribute's name */
Expectation says_of_each(const std::string& id, const std::string& word,
                         const std::string& attributes) {
    return [=](const Outcome& outcome) -> Complaints {
        const StepResult* read = outcome.find(attributes);
        std::vector<Expectation> all{succeeds(id)};

        if (read == nullptr || read->values.empty()) {
            return {"there are no attributes"};
        }
        for (const auto& [name, value] : read->values) {
            all.push_back(says(id, fmt::format("{} ./{}\n", word, name)));
        }
        return all_of(std::move(all))(outcome);
    };
}

}  // namespace

void add_device_judgements(Scenario& scenario, const Arch& arch, const std::string& phase,
                           const std::string& attributes, const std::string& column) {
    add_judgements(scenario.plan, phase);
    scenario.expect(phase + ": verify tells the kernel's verdict on each image, keyring by keyring",
                    [=, form = arch.signature](const Outcome& outcome) {
                        return compare_judgements(outcome, phase, column_of(outcome, column),
                                                  value_of(outcome, attributes, "active_policy"),
                                                  form);
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

void add_device_crowd(Scenario& scenario) {
    AskTogether question;
    std::vector<std::string> alone;

    for (const std::string_view signer : signers) {
        question.files.push_back(guest_image(signer));
        alone.push_back(
            scenario.step(fmt::format("device/alone/{}", signer), about(guest_image(signer))));
    }
    question.askers = crowd;
    const auto together = scenario.step("device/together", question);
    scenario.expect(
        fmt::format("device: {} tasks at once are answered as if they were alone", crowd),
        [=, files = question.files](const Outcome& outcome) {
            std::vector<Expectation> all{succeeds(together)};

            for (std::size_t i = 0; i < files.size(); ++i) {
                all.push_back(succeeds(alone[i]));
                all.push_back(has_value(together, files[i], value_of(outcome, alone[i], "error")));
            }
            return all_of(std::move(all))(outcome);
        });

    scenario.step(fmt::format("device/make{}", slow.path), RunProgram{{"sh", "-c", slow.command}},
                  true);
    const auto slow_alone = scenario.step("device/alone/slow", about(slow.path));
    for (const Disturbance& disturbance : disturbances()) {
        add_disturbance(scenario, disturbance, slow_alone, "device/alone/unknown");
    }
    std::vector<Expectation> afterwards;
    for (std::size_t i = 0; i < signers.size(); ++i) {
        const auto after = scenario.step(fmt::format("device/afterwards/{}", signers[i]),
                                         about(guest_image(signers[i])));

        afterwards.emplace_back([after, before = alone[i]](const Outcome& outcome) {
            return all_of({succeeds(after),
                           has_value(after, "error", value_of(outcome, before, "error"))})(outcome);
        });
    }
    scenario.expect("device: after all that, each verdict is as before",
                    all_of(std::move(afterwards)));
}

void add_attribute_abuse(Scenario& scenario, const std::string& attributes) {
    // From the second byte on there is all but the first, and from far behind the end nothing.
    const std::string read = R"sh(all="$(busybox cat $f)";
        rest="$(busybox dd if=$f bs=1 skip=1 2>/dev/null)";
        past="$(busybox dd if=$f bs=1 skip=4000 2>/dev/null)";
        [ -n "$all" ] && [ "$rest" = "${all#?}" ] && [ -z "$past" ] && echo "read $f")sh";
    const std::string write =
        R"sh({ echo x >$f; } 2>/dev/null && echo "wrote $f" || echo "kept $f")sh";
    const std::string one = fmt::format("{}/active_policy", attribute_directory);

    const auto by_nobody = scenario.step("attributes/read", for_each_attribute(read, nobody));
    scenario.expect("attributes: nobody in particular reads them, from anywhere",
                    says_of_each(by_nobody, "read", attributes));

    const auto refused = scenario.step("attributes/write", WriteFile{one, "builtin\n"});
    const auto kept = scenario.step("attributes/write-each", for_each_attribute(write));
    scenario.step("attributes/chmod", for_each_attribute("busybox chmod 644 $f"), true);
    const auto refused_still = scenario.step("attributes/write-644", WriteFile{one, "builtin\n"});
    const auto kept_still = scenario.step("attributes/write-644-each", for_each_attribute(write));
    scenario.step("attributes/chmod-back", for_each_attribute("busybox chmod 444 $f"), true);
    const auto again = scenario.step("attributes/again", ReadTree{attribute_directory});
    scenario.expect(
        "attributes: root cannot write them, even with another mode",
        all_of({fails_with(refused, EACCES), says_of_each(kept, "kept", attributes),
                fails_with(refused_still, EIO), says_of_each(kept_still, "kept", attributes)}));
    scenario.expect("attributes: they say what they said", [=](const Outcome& outcome) {
        const StepResult* before = outcome.find(attributes);
        const StepResult* after = outcome.find(again);

        return before != nullptr && after != nullptr && before->values == after->values
                   ? Complaints()
                   : Complaints{"they say something else"};
    });
}

}  // namespace kxk::lab
