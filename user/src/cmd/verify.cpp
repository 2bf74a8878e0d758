// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>

#include "cmd/context.h"
#include "cmd/explanation.h"
#include "cmd/verdict_words.h"
#include "cmd/verify_offline.h"
#include "host/inspect.h"

namespace kxk::cmd {
namespace {

struct VerifyOptions {
    std::vector<std::string> images;
    OfflineOptions offline;
    bool json = false;
};

double milliseconds(std::uint64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1e6;
}

void print_verdict(const std::string& image, const host::ImageVerdict& verdict,
                   const Context& context) {
    const auto line = [&context](std::string_view what, std::string_view answer,
                                 std::uint64_t nanoseconds) {
        context.out << fmt::format("  {:<16}{:<14}{:>10.3f} ms\n", what, answer,
                                   milliseconds(nanoseconds));
    };
    context.out << fmt::format("{}: {}\n", image, headline(verdict));
    if (!verdict.consulted) {
        context.out << "  which keyrings were consulted cannot be told on this kernel\n";
    } else {
        for (const auto& consultation : *verdict.consulted)
            line(name_of(consultation), word_for(consultation.error), consultation.nanoseconds);
    }
    line("in all", word_for(verdict.error), verdict.nanoseconds);
    if (verdict.error != 0)
        context.out << fmt::format("  remedy: {}\n", meaning_of(verdict.error).remedy);
}

trust::Json verdict_json(const std::string& image, const host::ImageVerdict& verdict) {
    trust::Json json = {{"image", image}, {"verdict", verdict.error == 0 ? "accepted" : "refused"}};
    json.update(errno_json(verdict.error));
    json["meaning"] = nullptr;
    json["remedy"] = nullptr;
    if (verdict.error != 0) {
        json["meaning"] = meaning_of(verdict.error).meaning;
        json["remedy"] = meaning_of(verdict.error).remedy;
    }
    const auto keyring = accepted_by(verdict);
    json["accepted_by"] = keyring.empty() ? trust::Json() : trust::Json(keyring);
    json["nanoseconds"] = verdict.nanoseconds;
    json["consulted"] = nullptr;
    if (verdict.consulted) {
        json["consulted"] = trust::Json::array();
        for (const auto& consultation : *verdict.consulted) {
            trust::Json entry = {{"keyring", name_of(consultation)}};
            entry.update(errno_json(consultation.error));
            entry["nanoseconds"] = consultation.nanoseconds;
            json["consulted"].push_back(std::move(entry));
        }
    }
    return json;
}

constexpr const char* how_to_get_the_device =
    "run `kexec-keyrings load --mode observe`, which changes no verdict, or `kexec-keyrings load "
    "--device`";

Explanation explain_no_device(int error, const host::System& system) {
    const std::string device = "/dev/" KEXEC_KEYRINGS_DEVICE;
    if (error == EPERM || error == EACCES)
        return {"not-permitted", error,
                "asking the kernel needs root (CAP_SYS_BOOT), which this process is not",
                "run it with sudo"};
    if (error == ENOENT || error == ENXIO || error == ENODEV) {
        const auto loaded = host::is_module_loaded(system);
        if (!loaded)
            return {"no-device", error,
                    fmt::format("there is no {} to ask the kernel with, and whether the module is "
                                "loaded cannot be told",
                                device),
                    "mount sysfs on /sys and devtmpfs on /dev, and see `kexec-keyrings status`"};
        if (!*loaded)
            return {"not-loaded", error,
                    "the module is not loaded, so there is no device to ask the kernel with",
                    how_to_get_the_device};
        if (host::read_module(system).mode == KEXEC_KEYRINGS_MODE_OBSERVE)
            return {"no-device", error,
                    fmt::format("the module is loaded, but there is no {}", device),
                    "mount devtmpfs on /dev, or let udev make the node"};
        return {"no-device", error,
                "the module is loaded without its device, so there is nothing to ask the kernel "
                "with",
                "run `kexec-keyrings unload`, then `kexec-keyrings load --device`"};
    }
    return {"no-device", error, fmt::format("{} cannot be opened ({})", device, errno_name(error)),
            "see `kexec-keyrings status`"};
}

Explanation explain_no_image(int error) {
    if (error == ENOENT || error == ENOTDIR)
        return {"no-image", error, "there is no such file", "name a kernel image"};
    return {"no-image", error, fmt::format("it cannot be opened ({})", errno_name(error)),
            "check the permissions of the file and of the directories above it"};
}

Explanation explain_no_verdict(int error) {
    switch (error) {
        case EINVAL:
            return {"not-an-image", error, "it is no regular file, or empty, or too short",
                    "name a kernel image"};
        case EFBIG:
            return {"too-large", error, "it is larger than any kernel image (2 GiB)",
                    "name a kernel image"};
        case ENOMEM:
            return {"no-memory", error, "the kernel has no memory to read it to",
                    "free memory, and try again"};
        case ETXTBSY:
            return {"being-written", error, "somebody has it open for writing",
                    "wait until it is written, and try again"};
        case EIO:
            return {"read-error", error, "it changed while it was read, or its disk fails",
                    "try again; if it stays, look at the end of `dmesg`"};
        case EINTR:
            return {"interrupted", error, "the question was interrupted", "try again"};
        case ENOTTY:
        case E2BIG:
            return {"wrong-version", error,
                    "the module does not understand the question of this program",
                    "install the module and this command in the same version"};
        default:
            return {"unknown", error,
                    fmt::format("the kernel gave no verdict ({})", errno_name(error)),
                    "try again; if it stays, look at the end of `dmesg` and report it"};
    }
}

/* Nothing can be told about any image. */
Exit report_no_device(const Explanation& explanation, const VerifyOptions& options,
                      const Context& context) {
    if (options.json) {
        trust::Json json = {{"images", trust::Json::array()}};
        json.update(to_json(explanation));
        context.out << trust::to_text(json);
    } else {
        print_for_people(explanation, context);
    }
    return Exit::cannot_tell;
}

Exit worse(Exit one, Exit other) {
    return std::max(one, other);  // cannot_tell, no, yes
}

Exit verify(const VerifyOptions& options, Context& context) {
    trust::Json images = trust::Json::array();
    Exit exit = Exit::yes;

    for (const auto& image : options.images) {
        const auto result = context.system.verify_image(image);
        if (result.error != 0 && result.step == host::VerifyStep::device)
            return report_no_device(explain_no_device(result.error, context.system), options,
                                    context);

        if (result.error != 0) {
            auto explanation = result.step == host::VerifyStep::image
                                   ? explain_no_image(result.error)
                                   : explain_no_verdict(result.error);
            trust::Json entry = {{"image", image}, {"verdict", nullptr}};
            entry.update(to_json(explanation));
            images.push_back(std::move(entry));
            explanation.cause = fmt::format("{}: {}", image, explanation.cause);
            if (!options.json)
                print_for_people(explanation, context);
            exit = worse(exit, Exit::cannot_tell);
            continue;
        }
        images.push_back(verdict_json(image, result.verdict));
        if (!options.json)
            print_verdict(image, result.verdict, context);
        exit = worse(exit, result.verdict.error == 0 ? Exit::yes : Exit::no);
    }
    if (options.json)
        context.out << trust::to_text({{"images", std::move(images)}});
    return exit;
}

constexpr const char* verify_footer = R"(Examples:
  kexec-keyrings verify /boot/vmlinuz-$(uname -r)
  kexec-keyrings verify --builtin vendor.pem --platform mok.der IMAGE
  kexec-keyrings verify --json IMAGE | jq '.images[].consulted'

The verdict is that of the signature, in force now, and nothing is loaded. What
kexec_file_load(2) makes of it depends on lockdown, CONFIG_KEXEC_SIG_FORCE and
IMA: without any of them, kernels since 5.4 load some or all images regardless.

Where certificates are given, no kernel is asked: it is told what one with the
policy of Linux 6.0, or --policy, says that has these on its keyrings.

Exit status: 0 all accepted, 1 one or more refused, 2 wrong command line,
3 cannot tell of one or more, whatever the others

JSON: images, in the order of the command line, each with
  image                  as it was named
  verdict                "accepted", "refused", or null: cannot tell; then code,
                         errno, errno_name, cause and remedy say why, and the
                         rest is missing
  errno, errno_name      of the refusal; 0 and null if accepted
  meaning, remedy        of the refusal, in words; null if accepted
  accepted_by            the keyring, or null
  nanoseconds            that the kernel needed, without reading the file
  consulted              the keyrings, in order: keyring, errno, errno_name,
                         nanoseconds; null if the kernel cannot tell
Without a device, images is empty and code, cause and remedy stand beside it.)";

}  // namespace

void add_verify(CLI::App& app, Action& chosen) {
    auto* command =
        app.add_subcommand("verify", "The kernel's own verdict on an image, keyring by keyring");
    auto options = std::make_shared<VerifyOptions>();

    command->add_option("IMAGE", options->images, "Kernel images")->required();
    add_offline_options(*command, options->offline);
    command->add_flag("--json", options->json, "Report as JSON");
    command->footer(verify_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) {
            if (options->offline.wanted())
                return verify_offline(options->images, options->offline, options->json, context);
            return verify(*options, context);
        };
    });
}

}  // namespace kxk::cmd
