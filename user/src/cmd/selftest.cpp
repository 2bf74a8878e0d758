// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <memory>
#include <utility>
#include <variant>

#include "cmd/context.h"
#include "cmd/image_file.h"
#include "cmd/ktap.h"
#include "cmd/machine_file.h"
#include "cmd/repeated_option.h"
#include "cmd/selftest_images.h"
#include "cmd/selftest_judge.h"
#include "cmd/selftest_policy.h"
#include "cmd/signing.h"
#include "host/inspect.h"
#include "host/text.h"
#include "image/throwaway_key.h"
#include "image/x509.h"

namespace kxk::cmd {
namespace {

constexpr const char* state_file = "/sys/kernel/kexec_loaded";

struct TestOptions {
    std::string image;
    std::vector<std::string> keys;
    std::vector<std::string> certificates;
    std::string policy;
};

/* Nothing more can be tested. */
struct BailOut {
    std::string reason;
};

std::string reason_of(const std::string& cause, const std::string& remedy) {
    return fmt::format("{}; {}", cause, remedy);
}

/* Where distributions install the image of the running kernel. */
std::vector<std::string> usual_images(const std::string& release) {
    return {"/boot/vmlinuz-" + release, "/boot/Image-" + release, "/boot/image-" + release,
            "/boot/kernel-" + release, "/lib/modules/" + release + "/vmlinuz"};
}

std::string find_image(const host::System& system) {
    for (auto& path : usual_images(system.kernel_name().release)) {
        if (system.map_file(path))
            return std::move(path);
    }
    return {};
}

std::optional<std::string> read_line(const host::System& system, const std::string& path) {
    const auto text = system.read_file(path);
    if (!text)
        return std::nullopt;
    return text->substr(0, text->find('\n'));
}

image::X509Pointer shared(X509* certificate) {
    X509_up_ref(certificate);
    return image::X509Pointer(certificate);
}

/* Keys and certificates, as far as they are needed to make images and to judge them. */
struct Keys {
    std::vector<image::SigningKey> given;
    image::SigningKey stranger;
    Certificates certificates;

    void add_certificate(X509* certificate) {
        certificates.x509.push_back(shared(certificate));
        certificates.plain.push_back(image::to_certificate(certificate));
    }
};

std::variant<Keys, BailOut> load_keys(const TestOptions& options, Context& context) {
    Keys keys;
    for (std::size_t i = 0; i < options.keys.size(); ++i) {
        SigningOptions one;
        one.key = options.keys[i];
        if (i < options.certificates.size())
            one.certificate = options.certificates[i];
        auto loaded = load_key(one, context);
        if (const auto* error = std::get_if<image::SigningError>(&loaded))
            return BailOut{reason_of(error->cause, error->remedy)};
        keys.given.push_back(std::get<image::SigningKey>(std::move(loaded)));
        keys.add_certificate(keys.given.back().certificate.get());
    }
    if (options.certificates.size() > options.keys.size()) {
        const auto first =
            options.certificates.begin() + static_cast<std::ptrdiff_t>(options.keys.size());
        auto more = read_certificate_files(context.system, {first, options.certificates.end()});
        if (const auto* problem = std::get_if<Explanation>(&more))
            return BailOut{reason_of(problem->cause, problem->remedy)};
        for (const auto& certificate : std::get<Certificates>(more).x509)
            keys.add_certificate(certificate.get());
    }
    auto stranger = image::make_throwaway_key(context.system.now());
    if (const auto* error = std::get_if<image::SigningError>(&stranger))
        return BailOut{reason_of(error->cause, error->remedy)};
    keys.stranger = std::get<image::SigningKey>(std::move(stranger));
    keys.add_certificate(keys.stranger.certificate.get());
    return keys;
}

/* All that the tests work with. */
class Tests {
  public:
    Tests(Context& context, Ktap& tap, std::string path, const trust::Machine& machine,
          const ExpectedPolicy& policy, const std::vector<trust::Certificate>& known)
        : system_(context.system),
          tap_(tap),
          path_(std::move(path)),
          machine_(machine),
          policy_(policy),
          known_(known) {}

    /* Nothing: the test is done. */
    [[nodiscard]] std::optional<BailOut> run(const ImageCase& test, const Keys& keys) {
        if (test.installed) {
            auto facts = read_image_file(system_, path_, keys.certificates);
            if (const auto* problem = std::get_if<Explanation>(&facts))
                return BailOut{reason_of(problem->cause, problem->remedy)};
            auto& image = std::get<trust::ImageFacts>(facts);
            image.ima_label = system_.has_attribute(path_, "security.ima");
            return ask(test, image, path_);
        }
        auto image = test.make();
        if (!image.missing.empty()) {
            tap_.result(test.name, {Ruling::skip, image.missing, {}});
            return std::nullopt;
        }
        const auto file = system_.make_nameless_file(image.bytes);
        if (!file) {
            tap_.result(test.name, {Ruling::skip,
                                    fmt::format("the image cannot be kept in memory ({}); free "
                                                "some; ENOSYS: boot a kernel with CONFIG_TMPFS=y",
                                                errno_name(file.error())),
                                    {}});
            return std::nullopt;
        }
        image.bytes.clear();
        image.bytes.shrink_to_fit();
        image.facts.path = path_;
        return ask(test, image.facts, (*file)->path());
    }

    [[nodiscard]] std::optional<BailOut> run_kexec_load() {
        if (auto found = look_for_kernel())
            return found;
        tap_.result(
            "kexec_load(2), which verifies nothing",
            judge_kexec_load(trust::predict_kexec_load(machine_), system_.ask_kexec_load()));
        return std::nullopt;
    }

  private:
    /* Somebody else's kernel must not be unloaded. */
    [[nodiscard]] std::optional<BailOut> look_for_kernel() const {
        if (!host::read_switch(system_, state_file).value_or(true))
            return std::nullopt;
        return BailOut{
            "another program has loaded a kernel meanwhile; it was left alone; unload it, and run "
            "this again"};
    }

    [[nodiscard]] std::optional<BailOut> ask(const ImageCase& test, const trust::ImageFacts& facts,
                                             const std::string& path) {
        if (auto found = look_for_kernel())
            return found;
        const auto expected = expect_image(facts, machine_, known_, policy_);
        ImageAnswer answer;
        answer.trial = system_.try_kernel(path);
        if (machine_.module_loaded.value_or(false)) {
            auto verified = system_.verify_image(path);
            if (verified.error == 0)
                answer.verdict = std::move(verified.verdict);
        }
        tap_.result(test.name, judge_image(expected, answer, test.test));
        if (answer.trial.unload_error == 0)
            return std::nullopt;
        return BailOut{
            fmt::format("the image is loaded and could not be unloaded ({}); unload it "
                        "with `kexec -u`",
                        errno_name(answer.trial.unload_error))};
    }

    host::System& system_;
    Ktap& tap_;
    std::string path_;
    const trust::Machine& machine_;
    const ExpectedPolicy& policy_;
    const std::vector<trust::Certificate>& known_;
};

void introduce(Ktap& tap, const trust::Machine& machine, const ExpectedPolicy& policy,
               const std::string& path) {
    tap.comment(fmt::format("kernel: {}, {}; lockdown: {}; module: {}", machine.release,
                            machine.arch, machine.lockdown.value_or("unknown"),
                            machine.module_loaded.value_or(false)
                                ? machine.module.mode.value_or("unknown")
                                : "not loaded"));
    tap.comment(fmt::format(
        "policy: {} ({})",
        policy.policy ? fmt::format("\"{}\"", trust::format_policy(*policy.policy)) : "unknown",
        policy.because));
    tap.comment("image: " + path);
}

Exit bail_out(Ktap& tap, const BailOut& why) {
    tap.bail_out(why.reason);
    return Exit::no;
}

Exit skip_all(Ktap& tap, const std::string& reason) {
    tap.skip_all(reason);
    return Exit::skipped;
}

Exit run_tests(const TestOptions& options, const std::string& path, const trust::Machine& machine,
               Ktap& tap, Context& context) {
    const auto content = context.system.map_file(path);
    if (!content) {
        const auto problem = explain_unreadable(path, content.error());
        return bail_out(tap, {reason_of(problem.cause, problem.remedy)});
    }
    auto loaded = load_keys(options, context);
    if (const auto* problem = std::get_if<BailOut>(&loaded))
        return bail_out(tap, *problem);
    const auto& keys = std::get<Keys>(loaded);
    const auto policy = expected_policy(machine, options.policy);
    const auto known = known_certificates(context.system, {}, keys.certificates);
    const ImageSources sources{(*content)->bytes(),
                               keys.given,
                               keys.stranger,
                               keys.certificates.x509,
                               machine,
                               known,
                               policy};

    introduce(tap, machine, policy, path);
    const auto cases = image_cases(sources);
    constexpr std::size_t other_cases = 3;
    tap.plan(cases.size() + other_cases);

    Tests tests(context, tap, path, machine, policy, known);
    auto problem = tests.run_kexec_load();
    for (const auto& test : cases) {
        if (!problem)
            problem = tests.run(test, keys);
    }
    if (!problem && (*content)->error() != 0)
        problem = BailOut{"the image changed while it was read; run this again"};
    if (problem)
        return bail_out(tap, *problem);
    tap.result("the module has the policy of Linux 6.0", judge_module(machine));
    tap.result("the machine is as it was found",
               judge_end(machine, host::inspect_machine(context.system)));
    tap.totals();
    if (tap.failed() != 0)
        return Exit::no;
    // That the machine is as it was found proves nothing.
    return tap.passed() > 1 ? Exit::yes : Exit::skipped;
}

Exit test(const TestOptions& options, Context& context) {
    Ktap tap(context.out);
    const auto machine = host::inspect_machine(context.system);
    const auto refusal = reason_not_to_start(
        machine, context.system.may_load_kernels(),
        host::read_switch(context.system, "/proc/sys/kernel/kexec_load_disabled"),
        read_line(context.system, "/proc/sys/kernel/kexec_load_limit_reboot"));
    if (refusal)
        return skip_all(tap, reason_of(refusal->cause, refusal->remedy));
    const auto path = options.image.empty() ? find_image(context.system) : options.image;
    if (path.empty())
        return skip_all(tap,
                        "the image of the running kernel is not in /boot; name it with --image");
    return run_tests(options, path, machine, tap, context);
}

std::string check_expected_policy(const std::string& text) {
    return parse_expected_policy(text, {})
               ? std::string()
               : fmt::format(
                     "\"{}\" is no policy; give 6.0, or keyrings in the order in which they "
                     "are consulted, such as \"secondary platform\"",
                     text);
}

constexpr const char* selftest_footer = R"(
The result is TAP, as kselftest has it. Nothing passes that could not have failed: what
this machine cannot show is skipped, with the reason and what to do.

What the kernel has to answer is foretold as `explain` does it: by the signature, by the
keyrings as they are, by lockdown, CONFIG_KEXEC_SIG_FORCE and the rules of IMA, and by the
keyrings that it consults: those of Linux 6.0 where the module is loaded and since Linux
6.0, otherwise those that the module has learnt (load --mode observe), or a guess. With
--expect-policy, a kernel that does otherwise fails.

Each keyring needs a private key whose certificate it has. Which keyring that is, is
looked up. The i-th --cert belongs to the i-th --key; further ones are certificates that
the image's signer may be among. A passphrase is asked for at the terminal.

Each image that the kernel accepts is unloaded at once, before a signal can end this. The
test does not start where a kernel is loaded. No other program may load one meanwhile.

Examples:
  kexec-keyrings test
  kexec-keyrings test --key MOK.priv --cert MOK.der --key db.key --cert db.crt
  kexec-keyrings test --image ./bzImage --expect-policy 6.0

Exit status: 0 all that was tested passed, 1 something failed, 2 wrong command line,
4 nothing could be tested)";

}  // namespace

void add_test(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("test", "Hold what this kernel does against what it must");
    auto options = std::make_shared<TestOptions>();

    command->add_option("--image", options->image,
                        "The kernel image to make others from (default: the running kernel's)");
    take_one_each_time(command->add_option(
        "--key", options->keys,
        "A private key to sign with: a file, or a pkcs11: URI; may be given several times"));
    take_one_each_time(command->add_option(
        "--cert", options->certificates, "Its certificate (PEM, DER); may be given several times"));
    command
        ->add_option("--expect-policy", options->policy,
                     "What the kernel has to consult: 6.0, or keyrings such as \"builtin\"")
        ->check(CLI::Validator(check_expected_policy, "POLICY"));
    command->footer(selftest_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return test(*options, context); };
    });
}

}  // namespace kxk::cmd
