// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/status_text.h"

#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <string_view>
#include <vector>

#include "cmd/plural.h"
#include "trust/advisory.h"
#include "trust/assess.h"
#include "trust/ima.h"
#include "trust/release.h"

namespace kxk::cmd {
namespace {

using trust::Answer;
using trust::Extent;
using trust::KeyringState;
using trust::Machine;

constexpr std::string_view cannot_tell = "cannot tell";

/* Lines of a label and a value; a line without a label continues the one above. */
class StatusScreen {
  public:
    explicit StatusScreen(bool colour) : colour_(colour) {}

    void line(std::string_view label, std::string_view value) {
        // Padded before it is coloured: escape sequences have no width.
        text_ += bold(fmt::format("{:<13}", label)) + ' ' + std::string(value) + '\n';
    }

    [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
    [[nodiscard]] std::string good(std::string_view text) const { return paint("32", text); }
    [[nodiscard]] std::string warn(std::string_view text) const { return paint("33", text); }

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const {
        return colour_ ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
    }

    bool colour_;
    std::string text_;
};

std::string_view yes_no(std::optional<bool> fact) {
    if (!fact)
        return cannot_tell;
    return *fact ? "yes" : "no";
}

std::string or_cannot_tell(const std::optional<std::string>& value) {
    return value.value_or(std::string(cannot_tell));
}

void show_module(const Machine& machine, StatusScreen& screen) {
    if (!machine.module_loaded.value_or(false)) {
        screen.line("Module", machine.module_loaded ? "not loaded" : cannot_tell);
        return;
    }
    const auto& module = machine.module;
    screen.line("Module", fmt::format("loaded, version {}, mode {}", or_cannot_tell(module.version),
                                      or_cannot_tell(module.mode)));
    if (module.mode == KEXEC_KEYRINGS_MODE_OBSERVE)
        screen.line("", fmt::format("observes {}()", or_cannot_tell(module.target)));
    else
        screen.line("", fmt::format("redirects {}() by {}", or_cannot_tell(module.target),
                                    or_cannot_tell(module.engine)));
}

/* What is there to go by while the kernel has not been asked. */
void show_guess(const Machine& machine, StatusScreen& screen) {
    const auto guess = trust::guess_policy(machine.arch, machine.release);
    if (!guess)
        return;
    screen.line("", fmt::format("a guess from the release: {} ({})",
                                guess->policy ? trust::format_policy(*guess->policy)
                                              : "images are not verified",
                                guess->because));
}

/* As the module shows it, and what that means where the words do not tell. */
std::string words_of_policy(const std::optional<std::string>& shown) {
    const auto policy = shown ? trust::parse_policy(*shown) : std::nullopt;
    if (policy && trust::refuses_all(*policy))
        return *shown + ": refuses every image, whoever signed it";
    return or_cannot_tell(shown);
}

void show_policy(const Machine& machine, StatusScreen& screen) {
    const auto& module = machine.module;
    if (!machine.module_loaded.value_or(false)) {
        screen.line("Policy", screen.warn("unknown until the module is loaded"));
        show_guess(machine, screen);
        return;
    }
    const auto answer = trust::has_policy_of_linux_6_0(machine);
    const auto active = words_of_policy(module.active_policy);
    screen.line("Policy", fmt::format("native {}", words_of_policy(module.native_policy)));
    if (answer == Answer::yes)
        screen.line("", "active " + screen.good(active + " (that of Linux 6.0)"));
    else
        screen.line("", "active " + screen.warn(active));
}

void show_stats(const Machine& machine, StatusScreen& screen) {
    std::string counted;
    for (const auto& [name, count] : machine.module.stats) {
        if (count != 0)
            counted += fmt::format("{}{} {}", counted.empty() ? "" : ", ", name, count);
    }
    if (!machine.module.stats.empty())
        screen.line("Verified", counted.empty() ? "nothing yet" : counted);
}

void show_secure_boot(const Machine& machine, StatusScreen& screen) {
    const auto& boot = machine.secure_boot;
    if (boot.firmware == "none") {
        screen.line("Secure Boot", "no (not booted by UEFI)");
        return;
    }
    std::string text(yes_no(boot.enabled));
    if (boot.setup_mode.value_or(false))
        text += " (in setup mode: anybody can enrol keys)";
    if (boot.enabled == false && boot.supported == false)
        text += " (this machine cannot)";
    screen.line(boot.firmware == "ipl" ? "Secure IPL" : "Secure Boot", text);
}

void show_options(const Machine& machine, StatusScreen& screen) {
    const auto& options = machine.options;
    if (!options.source) {
        screen.line("Signatures", "cannot tell: no configuration of this kernel is readable");
        return;
    }
    screen.line("Signatures", fmt::format("KEXEC_FILE {}, KEXEC_SIG {}, KEXEC_SIG_FORCE {}",
                                          yes_no(options.kexec_file), yes_no(options.kexec_sig),
                                          yes_no(options.kexec_sig_force)));
    screen.line("",
                fmt::format("KEXEC_IMAGE_VERIFY_SIG {}, INTEGRITY_PLATFORM_KEYRING {}",
                            yes_no(options.image_verify_sig), yes_no(options.platform_keyring)));
    screen.line("", fmt::format("from {}", *options.source));
}

std::string count_text(const KeyringState& keyring) {
    if (!keyring.present)
        return std::string(cannot_tell);
    if (!*keyring.present)
        return "none";
    if (keyring.keys)
        return plural(*keyring.keys, "key", "keys");
    return keyring.entries ? plural(*keyring.entries, "entry", "entries") : "present";
}

void show_keyrings(const Machine& machine, StatusScreen& screen) {
    std::string_view label = "Keyrings";
    for (const auto& keyring : machine.keyrings) {
        auto line = fmt::format("{:<25}{:<12}", trust::kernel_name_of(keyring.keyring),
                                count_text(keyring));
        const auto vouches = trust::vouches(machine, keyring);
        if (keyring.present.value_or(false) && vouches)
            line += *vouches ? "may vouch for an image" : "not consulted";
        if (keyring.links && !keyring.links->empty())
            line += fmt::format("{}links to {}", line.back() == ' ' ? "" : ", ",
                                fmt::join(*keyring.links, ", "));
        line.erase(line.find_last_not_of(' ') + 1);
        screen.line(label, line);
        label = "";
    }
}

std::string_view words_of(Extent extent) {
    switch (extent) {
        case Extent::none:
            return "no";
        case Extent::some:
            return "some";
        case Extent::all:
            break;
    }
    return "all";
}

void show_ima(const Machine& machine, StatusScreen& screen) {
    const auto verdict = trust::judge_ima(machine);
    if (verdict.measured && verdict.appraised) {
        std::string text = fmt::format("measures {} kexec images, appraises {}",
                                       words_of(*verdict.measured), words_of(*verdict.appraised));
        if (*verdict.appraised != Extent::none)
            text += fmt::format(", mode {}", verdict.mode.empty() ? cannot_tell : verdict.mode);
        screen.line("IMA", machine.ima.present == false ? "not in this kernel, or off" : text);
    } else {
        screen.line("IMA", fmt::format("{}: {}", cannot_tell, machine.ima.problem));
    }
    for (const auto& rule : verdict.rules)
        screen.line("",
                    fmt::format("{} ({})", rule.text,
                                rule.origin.empty() ? "from where cannot be told" : rule.origin));
    if (machine.ima.settings && !machine.ima.settings->empty())
        screen.line("", fmt::format("command line: {}", fmt::join(*machine.ima.settings, " ")));
    if (trust::ima_alone_decides(machine))
        screen.line("", screen.warn("on POWER, IMA alone decides about kexec images"));
}

void show_advisories(const Machine& machine, StatusScreen& screen) {
    std::string_view label = "Advisories";
    for (const auto& advisory : trust::advisories(machine)) {
        const auto line = [&](std::string_view answer) {
            return fmt::format("{:<15}{}: {}", advisory.id, answer, advisory.how);
        };
        switch (advisory.affected) {
            case Answer::yes:
                screen.line(label, screen.warn(line("yes")));
                screen.line("",
                            fmt::format("{:<15}{}; {}", "", advisory.title, advisory.next_step));
                break;
            case Answer::no:
                screen.line(label, line("no"));
                break;
            case Answer::cannot_tell:
                screen.line(label, line(cannot_tell));
                if (!advisory.next_step.empty())
                    screen.line("", fmt::format("{:<15}{}", "", advisory.next_step));
                break;
        }
        label = "";
    }
}

}  // namespace

std::string status_text(const Machine& machine, bool colour) {
    StatusScreen screen(colour);
    screen.line("Kernel", fmt::format("{} ({})", machine.release, machine.arch));
    show_module(machine, screen);
    show_policy(machine, screen);
    show_stats(machine, screen);
    screen.line("Lockdown", or_cannot_tell(machine.lockdown));
    show_secure_boot(machine, screen);
    show_options(machine, screen);
    show_ima(machine, screen);
    show_keyrings(machine, screen);
    screen.line("Image loaded", fmt::format("{}, for a crash: {}", yes_no(machine.kexec_loaded),
                                            yes_no(machine.kexec_crash_loaded)));
    show_advisories(machine, screen);
    screen.line("Next step", trust::next_step(machine));
    return screen.text();
}

}  // namespace kxk::cmd
