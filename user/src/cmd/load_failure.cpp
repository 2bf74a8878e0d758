// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In this order, for the first that fits is the cause:
 *
 * 1. there was no module to insert, or no right to insert any;
 * 2. the module spoke: its line in the kernel log names the cause;
 * 3. the kernel spoke: it did not start the module, and its lines and the errno say why;
 * 4. neither did: the errno alone.
 */
#include "cmd/load_failure.h"

#include <fmt/format.h>
#include <linux/kexec_keyrings.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/inspect.h"
#include "host/kernel_log.h"
#include "host/text.h"

namespace kxk::cmd {
namespace {

/* One cause and remedy per code, where they depend on nothing else. */
struct Reason {
    const char* code;
    const char* cause;
    const char* remedy;
};

constexpr std::array<Reason, 5> reasons{{
    {KEXEC_KEYRINGS_REFUSED_NATIVE,
     "this kernel consults the secondary and the platform keyring already, as Linux 6.0 does, so "
     "there is nothing to backport",
     "none needed; `kexec-keyrings load --mode observe` shows the policy, and --force loads for a "
     "test"},
    {KEXEC_KEYRINGS_REFUSED_UNVERIFIED,
     "this machine was not booted securely (secure IPL), so its kernel accepts kexec images "
     "without verifying them",
     "IPL the machine with secure boot, then load again"},
    {KEXEC_KEYRINGS_REFUSED_NO_VERIFIER,
     "this kernel does not verify the images of kexec_file_load(2), so there is no policy to "
     "change",
     "boot a kernel with CONFIG_KEXEC_FILE=y, CONFIG_KEXEC_SIG=y and the switch of the "
     "architecture (CONFIG_KEXEC_BZIMAGE_VERIFY_SIG, CONFIG_KEXEC_IMAGE_VERIFY_SIG)"},
    {KEXEC_KEYRINGS_REFUSED_INEFFECTIVE,
     "the redirect was installed, but the kernel still did not consult the keyrings of Linux 6.0, "
     "so it was undone",
     "try the other engine (--engine ftrace or --engine kprobe), and report this kernel"},
    {KEXEC_KEYRINGS_REFUSED_PARAMETER,
     "the module does not know the engine or the mode that it was given",
     "install the module and this command in the same version, and look for options of "
     "kexec_keyrings in /etc/modprobe.d"},
}};

Explanation explain(const LoadFailure& failure, std::string code, std::string cause,
                    std::string remedy) {
    return {std::move(code), failure.result.error, std::move(cause), std::move(remedy)};
}

/* Whether one message has both parts, in this order. */
bool seen(const LoadFailure& failure, std::string_view part, std::string_view later) {
    const auto has_both = [part, later](const std::string& message) {
        const auto first = message.find(part);
        return first != std::string::npos &&
               message.find(later, first + part.size()) != std::string::npos;
    };
    return failure.messages &&
           std::any_of(failure.messages->begin(), failure.messages->end(), has_both);
}

/* Whether the kernel said this about our module, and not about another whose name ends like it. */
bool said_of_ours(const LoadFailure& failure, std::string_view what) {
    static constexpr std::string_view ours = "kexec_keyrings: ";
    const auto is_it = [what](const std::string& message) {
        return host::starts_with(message, ours) &&
               host::starts_with(std::string_view(message).substr(ours.size()), what);
    };
    return failure.messages &&
           std::any_of(failure.messages->begin(), failure.messages->end(), is_it);
}

/* The kernel a module was built for is the first word of its vermagic. */
std::optional<std::string> built_for(const LoadFailure& failure) {
    if (!failure.result.vermagic)
        return std::nullopt;
    std::string_view vermagic = *failure.result.vermagic;
    const auto release = host::take_word(vermagic);
    if (release.empty())
        return std::nullopt;
    return std::string(release);
}

Explanation explain_not_found(const LoadFailure& failure) {
    if (failure.by_path)
        return explain(failure, "not-found", "there is no module file at the path given",
                       "build it with `make kmod`, which prints where it is, or leave out --module "
                       "to load the installed one");

    auto cause =
        fmt::format("no module kexec_keyrings is installed for this kernel ({0})", failure.release);
    if (failure.headers_installed && !*failure.headers_installed)
        return explain(
            failure, "no-headers", cause + ", and the headers to build it are not there either",
            fmt::format("install linux-headers-{0} (or point `make kmod KDIR=...` at the kernel's "
                        "build directory), then `make kmod` and load it with --module",
                        failure.release));
    return explain(failure, "not-found", std::move(cause),
                   "run `make kmod` and load the result with --module; if it is installed, "
                   "`depmod -a` makes it known");
}

Explanation explain_not_readable(const LoadFailure& failure) {
    return explain(
        failure, "not-readable",
        fmt::format("the module file cannot be read ({})", errno_name(failure.result.error)),
        "run as root, and check the path");
}

Explanation explain_busy(const LoadFailure& failure) {
    if (failure.ftrace_enabled && !*failure.ftrace_enabled)
        return explain(failure, KEXEC_KEYRINGS_REFUSED_BUSY,
                       "ftrace is switched off (kernel.ftrace_enabled is 0), so nothing can be "
                       "redirected by it",
                       "run `sysctl kernel.ftrace_enabled=1`, then load again");
    if (failure.live_patches && !failure.live_patches->empty())
        return explain(
            failure, KEXEC_KEYRINGS_REFUSED_BUSY,
            fmt::format("the function to redirect is owned by somebody else, and this kernel is "
                        "live patched ({})",
                        fmt::join(*failure.live_patches, ", ")),
            "disable the live patch (write 0 to /sys/kernel/livepatch/*/enabled) or ask who made "
            "it whether it covers kexec, then load again");
    return explain(failure, KEXEC_KEYRINGS_REFUSED_BUSY,
                   "the function to redirect is owned by another module or a tracer",
                   "look in /sys/kernel/debug/tracing/enabled_functions and "
                   "/sys/kernel/debug/kprobes/list for who that is, end it, and load again");
}

Explanation explain_no_engine(const LoadFailure& failure) {
    if (failure.engine == KEXEC_KEYRINGS_ENGINE_FTRACE ||
        failure.engine == KEXEC_KEYRINGS_ENGINE_KPROBE)
        return explain(failure, KEXEC_KEYRINGS_REFUSED_NO_ENGINE,
                       fmt::format("this kernel cannot redirect a function by {}", failure.engine),
                       "leave out --engine: the module then takes what the kernel has");
    return explain(failure, KEXEC_KEYRINGS_REFUSED_NO_ENGINE,
                   "this kernel can redirect a function neither by ftrace nor by a kprobe",
                   "boot a kernel with CONFIG_KPROBES=y, or with CONFIG_DYNAMIC_FTRACE_WITH_REGS=y "
                   "(or _WITH_ARGS)");
}

/* The function in "this kernel has more than one NAME()"; empty if there is no such word. */
std::string_view function_in(std::string_view words) {
    constexpr std::string_view call = "()";
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    const auto end = words.find(call);
    if (end == std::string_view::npos)
        return {};
    words = words.substr(0, end);
    return words.substr(words.find_last_not_of(letters) + 1);
}

/* Only the kernel itself was searched, so that there is no module to unload. */
Explanation explain_ambiguous(const LoadFailure& failure, const host::Refusal& refusal) {
    const auto function = function_in(refusal.words);
    if (function.empty())
        return explain(failure, refusal.code,
                       "two functions of this kernel bear the name of the one to redirect, and the "
                       "module does not guess",
                       fmt::format("boot another kernel, or report this one ({}) with the kernel "
                                   "log",
                                   failure.release));
    return explain(failure, refusal.code,
                   fmt::format("two functions of this kernel are {}(), and the module does not "
                               "guess which is meant",
                               function),
                   fmt::format("boot another kernel, or report this one ({}) with what `grep ' "
                               "{}$' /proc/kallsyms` says as root",
                               failure.release, function));
}

Explanation explain_refusal(const LoadFailure& failure, const host::Refusal& refusal) {
    const auto* reason =
        std::find_if(reasons.begin(), reasons.end(),
                     [&refusal](const auto& known) { return known.code == refusal.code; });
    if (reason != reasons.end())
        return explain(failure, reason->code, reason->cause, reason->remedy);
    if (refusal.code == KEXEC_KEYRINGS_REFUSED_BUSY)
        return explain_busy(failure);
    if (refusal.code == KEXEC_KEYRINGS_REFUSED_NO_ENGINE)
        return explain_no_engine(failure);
    if (refusal.code == KEXEC_KEYRINGS_REFUSED_AMBIGUOUS)
        return explain_ambiguous(failure, refusal);
    if (refusal.code == KEXEC_KEYRINGS_REFUSED_UNKNOWN_POLICY)
        return explain(failure, refusal.code,
                       fmt::format("this kernel consults keyrings in a sequence that the module "
                                   "does not know: {}",
                                   refusal.words),
                       fmt::format("report it with the kernel's release ({}); until then the "
                                   "kernel keeps its own policy",
                                   failure.release));
    if (refusal.code == KEXEC_KEYRINGS_REFUSED_INTERNAL)
        return explain(
            failure, refusal.code,
            fmt::format("the module failed, and has undone what it had done: {}", refusal.words),
            "free memory and load again; if it stays, report the kernel log");
    return explain(
        failure, refusal.code,
        fmt::format("the module refused for a reason newer than this command: {}", refusal.words),
        "install the module and this command in the same version");
}

Explanation explain_wrong_kernel(const LoadFailure& failure) {
    const auto release = built_for(failure);
    auto cause = release && *release != failure.release
                     ? fmt::format("the module was built for the kernel {}, and this is {}",
                                   *release, failure.release)
                     : fmt::format(
                           "the module was built for another configuration of this kernel "
                           "({})",
                           failure.release);
    return explain(
        failure, "wrong-kernel", std::move(cause),
        fmt::format("install linux-headers-{} and run `make kmod` against it", failure.release));
}

Explanation explain_signature(const LoadFailure& failure, std::string who_demands) {
    return explain(failure, "unsigned",
                   fmt::format("the module is not signed by a key that this kernel trusts for "
                               "modules, and {} demands that",
                               who_demands),
                   "sign it with `kexec-keyrings sign-module` and a key on the builtin or "
                   "secondary keyring (a MOK counts only where the kernel puts it there)");
}

bool locked_down(const LoadFailure& failure) {
    // Rate limited, so the line may be missing.
    return seen(failure, "Lockdown: ", "unsigned module loading is restricted") ||
           (failure.lockdown && *failure.lockdown != "none");
}

std::string name_lockdown(const LoadFailure& failure) {
    return failure.lockdown && *failure.lockdown != "none"
               ? fmt::format("lockdown ({})", *failure.lockdown)
               : "lockdown";
}

Explanation explain_permission(const LoadFailure& failure) {
    if (!failure.may_load_modules)
        return explain(failure, "not-permitted",
                       "loading a module needs root (CAP_SYS_MODULE), which this process is not",
                       "run it with sudo");
    if (failure.modules_disabled.value_or(false))
        return explain(failure, "modules-disabled",
                       "this kernel loads no modules any more (kernel.modules_disabled is 1)",
                       "reboot, and load kexec_keyrings before that is set: it cannot be unset");
    if (locked_down(failure))
        return explain_signature(failure, name_lockdown(failure));
    return explain(failure, "not-permitted",
                   "a security module of this kernel forbids loading this module",
                   "look for a denial in the audit log (`ausearch -m AVC`, `journalctl -k`), and "
                   "allow it there");
}

/* -EKEYREJECTED means two things to the module loader; the log tells which. */
Explanation explain_key_rejected(const LoadFailure& failure) {
    if (seen(failure, "Loading of ", " is rejected"))
        return explain_signature(failure, "module.sig_enforce");
    if (!failure.messages)
        return explain(failure, "bad-signature",
                       "the module's signature is missing, wrong, or by a key that this kernel "
                       "does not trust for modules",
                       "sign it with `kexec-keyrings sign-module`, after the last change to "
                       "it, and a key on the builtin or secondary keyring");
    return explain(failure, "bad-signature",
                   "the module's signature is wrong: the file was changed after it was signed, or "
                   "the key was revoked",
                   "sign the module again after the last change to it (stripping counts as one)");
}

Explanation explain_already_loaded(const LoadFailure& failure) {
    return explain(failure, "already-loaded", "the module is loaded already",
                   "see `kexec-keyrings status`; to change engine or mode, run `kexec-keyrings "
                   "unload` first");
}

Explanation explain_errno(const LoadFailure& failure) {
    switch (failure.result.error) {
        case EEXIST:
            return explain_already_loaded(failure);
        case EPERM:
            return explain_permission(failure);
        case EACCES:
            return explain(failure, "not-permitted",
                           "a security module of this kernel forbids loading this module",
                           "look for a denial in the audit log (`ausearch -m AVC`, `journalctl "
                           "-k`), and allow it there");
        case ENOKEY:
            return explain_signature(failure, "module.sig_enforce");
        case EKEYREJECTED:
        case EBADMSG:
            return explain_key_rejected(failure);
        case ENOEXEC:
            if (built_for(failure) && *built_for(failure) != failure.release)
                return explain_wrong_kernel(failure);
            return explain(failure, "not-a-module",
                           "this kernel does not take the file for a module: it is damaged, or of "
                           "another architecture",
                           fmt::format("build it for {} with `make kmod`", failure.release));
        case EBUSY:
            return explain(failure, "in-transition",
                           "a module of this name is being loaded or unloaded at this moment",
                           "wait for that, then load again");
        case ENOSYS:
            return explain(failure, "no-modules", "this kernel cannot load modules at all",
                           "boot a kernel with CONFIG_MODULES=y");
        case ENOMEM:
            return explain(failure, "no-memory", "the kernel has no memory for the module",
                           "free memory, then load again");
        default:
            break;
    }
    const auto error = errno_name(failure.result.error);
    if (!failure.messages)
        return explain(failure, "unknown",
                       fmt::format("the module was refused ({}), and the kernel log that says why "
                                   "cannot be read",
                                   error),
                       "run `dmesg | grep kexec_keyrings` as root");
    return explain(
        failure, "unknown",
        fmt::format("the module was refused ({}), and the kernel log does not say why", error),
        "run `kexec-keyrings load` again and look at the end of `dmesg`; report what "
        "is there");
}

std::optional<Explanation> explain_by_log(const LoadFailure& failure) {
    if (!failure.messages)
        return std::nullopt;
    if (const auto refusal = host::find_refusal(*failure.messages))
        return explain_refusal(failure, *refusal);

    if (said_of_ours(failure, "version magic ") ||
        said_of_ours(failure, "disagrees about version of symbol ") ||
        said_of_ours(failure, "Unknown symbol "))
        return explain_wrong_kernel(failure);
    return std::nullopt;
}

}  // namespace

LoadFailure collect_load_failure(const host::System& system, const host::InsertResult& result) {
    LoadFailure failure;
    failure.result = result;
    failure.release = system.kernel_name().release;
    failure.may_load_modules = system.may_load_modules();
    failure.modules_disabled = host::read_switch(system, "/proc/sys/kernel/modules_disabled");
    failure.lockdown = host::read_lockdown(system);
    failure.ftrace_enabled = host::read_switch(system, "/proc/sys/kernel/ftrace_enabled");
    if (const auto patches = system.list_directory("/sys/kernel/livepatch"))
        failure.live_patches = *patches;

    const auto headers = system.list_directory("/lib/modules/" + failure.release + "/build");
    if (headers)
        failure.headers_installed = true;
    else if (headers.error() == ENOENT)
        failure.headers_installed = false;
    return failure;
}

Explanation explain_load_failure(const LoadFailure& failure) {
    if (failure.result.step == host::InsertStep::find)
        return explain_not_found(failure);
    if (failure.result.step == host::InsertStep::read)
        return explain_not_readable(failure);
    if (failure.result.error == EEXIST)
        return explain_already_loaded(failure);
    if (!failure.may_load_modules)
        return explain_permission(failure);
    if (auto explanation = explain_by_log(failure))
        return *explanation;
    return explain_errno(failure);
}

}  // namespace kxk::cmd
