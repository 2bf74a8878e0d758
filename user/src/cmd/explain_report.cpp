// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The reason is the first of these that applies, as the kernel goes through them:
 *
 * 1. there is no such system call;
 * 2. IMA refuses the file, or all depends on whether it does;
 * 3. no loader takes the file;
 * 4. nothing is verified;
 * 5. the image has no signature, or is damaged;
 * 6. the signature is wrong by itself;
 * 7. what the keyrings say.
 */
#include "cmd/explain_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cmd/shell_quoted.h"
#include "trust/ima.h"
#include "trust/image_assess.h"
#include "trust/release.h"

namespace kxk::cmd {
namespace {

using trust::Answer;
using trust::is_no;
using trust::SignatureForm;
using trust::Verification;
using trust::Voucher;

Side native_side(const trust::Machine& machine, const trust::Verifier& stated) {
    Side side;
    side.loader_verifies =
        stated.loader_verifies ? stated.loader_verifies : trust::loader_verifies(machine);
    if (machine.module_loaded.value_or(false) && machine.module.native_policy) {
        side.policy = trust::parse_policy(*machine.module.native_policy);
        side.source = PolicySource::probe;
    } else if (stated.policy) {
        side.policy = stated.policy;
        side.source = PolicySource::stated;
    } else if (is_no(side.loader_verifies)) {
        side.policy.emplace();
        side.source = PolicySource::config;
    } else if (const auto guess = trust::guess_policy(machine.arch, machine.release);
               guess && guess->policy) {
        side.policy = guess->policy;
        side.source = PolicySource::release;
        side.because = guess->because;
    }
    if (!side.policy)
        side.source = PolicySource::unknown;
    return side;
}

Side module_side(const trust::Machine& machine) {
    Side side;
    side.policy = trust::policy_of_linux_6_0(machine.options.platform_keyring.value_or(true));
    side.source = PolicySource::linux_6_0;
    side.loader_verifies = trust::loader_verifies_with_module(machine);
    if (is_no(side.loader_verifies)) {
        side.policy.emplace();
        side.source = PolicySource::config;
    }
    return side;
}

std::string load_command(const Report& report) {
    return fmt::format("`kexec -s -l {}`", shell_quoted(report.image.path));
}

std::string enrol_remedy(const Report& report) {
    if (report.machine.arch == "s390x")
        return "sign the image with a key that the machine was IPLed with, or add the signer's "
               "certificate to .secondary_trusted_keys if a builtin key vouches for it: `keyctl "
               "padd asymmetric '' %keyring:.secondary_trusted_keys <CERT.der`";
    return "enrol the signer's certificate: `mokutil --import CERT.der` and reboot; or sign the "
           "image with a key that is trusted: `kexec-keyrings sign --key KEY --cert CERT IMAGE`";
}

std::string list_keyrings(const std::vector<Voucher>& vouchers) {
    std::vector<std::string> names;
    for (const auto& voucher : vouchers) {
        auto name = std::string(trust::kernel_name_of(voucher.keyring));
        if (voucher.held == Answer::yes &&
            std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    }
    return fmt::format("{}", fmt::join(names, " and "));
}

std::string list_policy(const std::optional<trust::Policy>& policy) {
    return policy ? trust::format_policy(*policy) : "unknown";
}

/* Why IMA refuses an image that it has nothing to appraise by. */
Explanation explain_no_label(const Report& report) {
    std::vector<std::string> texts;
    for (const auto& rule : trust::judge_ima(report.machine).rules) {
        if (rule.text.rfind("appraise", 0) == 0)
            texts.push_back("\"" + rule.text + "\"");
    }
    return {"no-ima-signature", EACCES,
            fmt::format("IMA refuses the file, which has no attribute security.ima, before anybody "
                        "looks at the signature in the image: {}",
                        fmt::join(texts, ", ")),
            fmt::format("sign it for IMA as well, by a key on .ima: `evmctl ima_sign --key KEY {}`",
                        shell_quoted(report.image.path))};
}

/* Nothing else stands in the way, but IMA may. */
Explanation explain_ima_doubt(const Report& report) {
    if (report.enforcement.appraises)
        return {"ima", 0,
                "a rule of IMA appraises kexec images, and refuses those without a digest or a "
                "signature that is right; nothing else refuses this one",
                fmt::format("see which rules those are: `kexec-keyrings status`; and what IMA "
                            "judges the file by: `getfattr -m security.ima -d {}`",
                            shell_quoted(report.image.path))};
    return {"unknown-ima", 0,
            "it is not known whether IMA refuses images; nothing else refuses this one",
            "run this as root with securityfs mounted on /sys/kernel/security; a kernel without "
            "CONFIG_IMA_READ_POLICY does not tell"};
}

constexpr const char* ask_remedy =
    "run `kexec-keyrings load --mode observe`, which asks the kernel, and then this again; or "
    "state "
    "the keyrings with --native";

Explanation cannot_tell_why(const Report& report) {
    const auto& now = report.now();
    const auto say = [](const char* code, std::string cause, std::string remedy) {
        return Explanation{code, 0, std::move(cause), std::move(remedy)};
    };
    if (!now.policy)
        return say("unknown-policy",
                   "it is not known which keyrings this kernel consults, and that decides",
                   ask_remedy);
    for (const auto& keyring : report.machine.keyrings) {
        if (!keyring.present || (*keyring.present && !keyring.contents && keyring.entries != 0))
            return say("unreadable-keyring",
                       fmt::format("it cannot be seen what {} contains",
                                   trust::kernel_name_of(keyring.keyring)),
                       "run this as root, with /proc mounted");
    }
    const auto* signature = trust::signature_of(report.image);
    const bool no_certificate =
        signature != nullptr && std::any_of(signature->signers.begin(), signature->signers.end(),
                                            [](const auto& signer) { return !signer.certificate; });
    if (no_certificate)
        return say("unknown-signer",
                   "the signature names its signer by issuer and serial number only, and the "
                   "kernel does not show those of its keys",
                   "name files that may be the signer's certificate with --cert");
    if (!report.enforcement.signature || !report.enforcement.lockdown)
        return say("unknown-enforcement", "it is not known whether this kernel enforces signatures",
                   "run this as root with securityfs mounted on /sys/kernel/security and the "
                   "kernel's configuration in /proc/config.gz or /boot");
    return say("cannot-tell", "what is known of this machine leaves more than one outcome",
               "load the module in observe mode and run `kexec-keyrings verify` on the image");
}

Explanation explain_no_key(const Report& report) {
    const bool held = std::any_of(report.vouchers.begin(), report.vouchers.end(),
                                  [](const auto& voucher) { return voucher.held == Answer::yes; });
    if (!held)
        return {"no-key", ENOKEY,
                "no keyring of this machine has a key of the signer or its issuer",
                enrol_remedy(report)};

    const auto cause =
        fmt::format("the signer is trusted by {}, but this kernel consults {} only",
                    list_keyrings(report.vouchers), list_policy(report.now().policy));
    const bool helps = report.with_module.loads == Answer::yes;
    if (helps && !report.module_in_force)
        return {
            "not-consulted", ENOKEY, cause,
            "`kexec-keyrings load` gives this kernel the policy of Linux 6.0, which consults it"};
    return {"not-consulted", ENOKEY, cause,
            "sign the image with a key on a keyring that is consulted"};
}

Explanation explain_rejected(const Report& report, int error) {
    const auto* signature = trust::signature_of(report.image);
    if (signature != nullptr && signature->message_error != 0)
        return {"bad-signature", error, "the signature is wrong: " + signature->problem,
                "get the image again from where it came from, or sign it anew"};
    if (signature != nullptr && signature->content_error != 0)
        return {"changed", error,
                "the signer is trusted, but the image is not the one that was signed: " +
                    signature->problem,
                "get the image again from where it came from, or sign it anew"};
    const bool invalid =
        signature != nullptr && std::any_of(signature->signers.begin(), signature->signers.end(),
                                            [](const auto& signer) { return is_no(signer.valid); });
    if (invalid)
        return {"bad-signature", error, "the signature was not made by its signer for this image",
                "get the image again from where it came from, or sign it anew"};
    return {"revoked", error, "the signer's certificate is revoked: .blacklist has it",
            "install a newer kernel image; one by a revoked signer must not be trusted"};
}

bool refuses_all(const Side& side) {
    return is_no(side.loader_verifies) || (side.policy && trust::refuses_all(*side.policy));
}

Explanation explain_verifier(const Report& report, const Verification& verification);

/* The kernel by itself does not come to look at the image; with the module, it may. */
Explanation explain_no_verifier(const Report& report, int error) {
    Explanation explanation{
        "no-verifier", error,
        "this kernel's loader cannot verify images, and refuses every one, whoever signed it",
        "boot a kernel that is built with the architecture's switch "
        "(CONFIG_KEXEC_BZIMAGE_VERIFY_SIG, CONFIG_KEXEC_IMAGE_VERIFY_SIG)"};
    if (report.module_in_force || refuses_all(report.with_module))
        return explanation;

    explanation.remedy =
        "`kexec-keyrings load`: the module verifies images in the loader's stead, by the policy of "
        "Linux 6.0";
    auto with = report;
    with.module_in_force = true;
    const auto then = explain_verifier(with, *with.now().prediction.verification);
    if (then.code != "accepted")
        explanation.remedy += fmt::format("; and then, since {}: {}", then.cause, then.remedy);
    return explanation;
}

/* Why the verifier says what it says. */
Explanation explain_verifier(const Report& report, const Verification& verification) {
    const auto& image = report.image;
    const auto error = trust::certain(verification.outcomes);
    if (!error)
        return cannot_tell_why(report);
    if (refuses_all(report.now()))
        return explain_no_verifier(report, *error);
    if (image.structure_error != 0 && image.form != SignatureForm::none)
        return {"malformed", *error, "the image is damaged: " + image.problem,
                "get the image again from where it came from, and sign it anew"};
    switch (*error) {
        case 0:
            if (report.now().loads == Answer::cannot_tell &&
                report.now().source == PolicySource::release)
                return {"unknown-policy", 0,
                        fmt::format("the signer is trusted by {}, but that this kernel consults it "
                                    "is a guess",
                                    list_keyrings(report.vouchers)),
                        ask_remedy};
            return {"accepted", 0,
                    fmt::format("the signer is trusted by {}, which this kernel consults",
                                list_keyrings(report.vouchers)),
                    fmt::format("none needed; {} loads it", load_command(report))};
        case ENOKEY:
            return explain_no_key(report);
        case ENOPKG:
            return {"no-crypto", *error, "this kernel lacks an algorithm of the signature",
                    "sign the image with RSA and SHA-256"};
        default:
            break;
    }
    if (image.form == SignatureForm::none && (image.structure_error == 0 || *error == EKEYREJECTED))
        return {"unsigned", *error, "the image is not signed",
                "sign it with a key that this machine trusts: `kexec-keyrings sign --key KEY "
                "--cert CERT IMAGE`"};
    if (image.structure_error != 0)
        return {"malformed", *error, "the image is damaged: " + image.problem,
                "get the image again from where it came from, and sign it anew"};
    return explain_rejected(report, *error);
}

/* What the caller of kexec_file_load(2) notices of that. */
Explanation surfaced(const Report& report, Explanation explanation) {
    const auto& outcomes = report.now().prediction.outcomes;
    const auto error = trust::certain(outcomes);
    if (explanation.error == 0)
        return explanation;
    if (error == 0) {
        explanation.cause +=
            "; it is loaded all the same, for nothing on this machine enforces signatures";
        explanation.remedy = fmt::format(
            "none needed to load it: {}; to be safe, boot with lockdown=integrity and {}",
            load_command(report), explanation.remedy);
    } else if (error == EPERM) {
        explanation.cause += "; under lockdown the caller sees EPERM, whatever the cause";
    }
    explanation.error = error.value_or(explanation.error);
    return explanation;
}

}  // namespace

Report make_report(trust::ImageFacts image, trust::Machine machine,
                   const std::vector<trust::Certificate>& known, const trust::Verifier& stated) {
    Report report;
    report.native = native_side(machine, stated);
    report.with_module = module_side(machine);
    report.module_in_force = trust::is_module_in_force(machine);
    if (report.module_in_force) {
        if (const auto active = trust::active_policy(machine)) {
            report.with_module.policy = active;
            report.with_module.source = PolicySource::probe;
        }
    }
    // Who states what an s390x kernel consults, states that it was secure-IPLed.
    auto judged = machine;
    if (report.native.source == PolicySource::stated && judged.secure_boot.firmware == "ipl" &&
        !judged.secure_boot.enabled)
        judged.secure_boot.enabled = true;
    for (auto* side : {&report.native, &report.with_module}) {
        const auto verifies = side->loader_verifies;
        side->prediction = trust::predict(image, {side->policy, verifies}, judged, known);
        side->loads = trust::succeeds(
            side->source == PolicySource::release
                ? trust::predict(image, {std::nullopt, verifies}, judged, known).outcomes
                : side->prediction.outcomes);
    }
    report.vouchers = trust::vouchers(image, machine, known);
    report.enforcement = trust::enforcement_of(machine);
    report.image = std::move(image);
    report.machine = std::move(machine);
    return report;
}

Explanation explain_verdict(const Report& report) {
    const auto& prediction = report.now().prediction;
    if (prediction.obstacle == trust::Obstacle::no_kexec_file)
        return {"no-kexec-file", ENOSYS,
                "this kernel is built without CONFIG_KEXEC_FILE: it has no kexec_file_load(2), and "
                "no keyring changes that",
                "boot a kernel with CONFIG_KEXEC_FILE=y"};
    if (prediction.obstacle == trust::Obstacle::ima)
        return explain_no_label(report);
    if (prediction.outcomes == trust::Outcomes{0, EACCES})
        return explain_ima_doubt(report);
    if (prediction.obstacle == trust::Obstacle::loader) {
        const auto answer = trust::loader_answer(report.image, report.machine.arch);
        return {"format", trust::certain(prediction.outcomes).value_or(0),
                fmt::format("this is no image that kexec_file_load(2) takes here (it is: {}), "
                            "whoever signed it and whatever the keyrings are",
                            trust::word_of(report.image.format)),
                answer.text};
    }
    if (is_no(prediction.verified)) {
        const bool ipl =
            report.machine.arch == "s390x" && is_no(report.machine.secure_boot.enabled);
        return {"unverified", 0,
                ipl ? "this machine was not booted securely (secure IPL), so its kernel loads "
                      "images without verifying them"
                    : "this kernel is built without CONFIG_KEXEC_SIG and verifies no image",
                fmt::format("none needed to load it: {}; to have images verified, {}",
                            load_command(report),
                            ipl ? "IPL the machine with secure boot"
                                : "boot a kernel with CONFIG_KEXEC_SIG=y")};
    }
    if (!prediction.verified)
        return {"unknown-verification", 0,
                "it is not known whether this kernel verifies images at all",
                "make the kernel's configuration readable (/proc/config.gz or /boot/config-*), or "
                "load the module in observe mode"};
    auto explanation = surfaced(report, explain_verifier(report, *prediction.verification));
    // The verifier's word is certain, but not what is made of it.
    if (trust::succeeds(prediction.outcomes) == Answer::cannot_tell && explanation.error != 0 &&
        trust::certain(prediction.verification->outcomes))
        return cannot_tell_why(report);
    return explanation;
}

std::string_view word_of(PolicySource source) {
    switch (source) {
        case PolicySource::probe:
            return "probe";
        case PolicySource::stated:
            return "stated";
        case PolicySource::config:
            return "config";
        case PolicySource::release:
            return "guess";
        case PolicySource::linux_6_0:
            return "linux-6.0";
        case PolicySource::unknown:
            break;
    }
    return "unknown";
}

}  // namespace kxk::cmd
