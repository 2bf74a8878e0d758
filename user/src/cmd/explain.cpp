// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>

#include "cmd/context.h"
#include "cmd/explain_text.h"
#include "cmd/explanation.h"
#include "cmd/image_file.h"
#include "cmd/machine_file.h"
#include "image/openssl.h"
#include "trust/machine_json.h"

namespace kxk::cmd {
namespace {

struct ExplainOptions : MachineOptions {
    std::string image;
    bool json = false;
};

Exit fail(const Explanation& explanation, const ExplainOptions& options, const Context& context) {
    if (options.json)
        context.out << trust::to_text({{"schema", 1}, {"error", to_json(explanation)}});
    else
        print_for_people(explanation, context);
    return Exit::cannot_tell;
}

Exit explain(const ExplainOptions& options, Context& context) {
    image::prepare_openssl_to_judge();
    const auto stated = stated_verifier(options);

    const auto files = read_certificate_files(context.system, options.certificates);
    if (const auto* problem = std::get_if<Explanation>(&files))
        return fail(*problem, options, context);
    const auto& certificates = std::get<Certificates>(files);
    auto machine = find_machine(context.system, options.system);
    if (const auto* problem = std::get_if<Explanation>(&machine))
        return fail(*problem, options, context);
    const auto known = known_certificates(context.system, options.system, certificates);
    context.system.give_up_privileges();
    auto image = read_image_file(context.system, options.image, certificates);
    if (const auto* problem = std::get_if<Explanation>(&image))
        return fail(*problem, options, context);

    auto facts = std::move(std::get<trust::ImageFacts>(image));
    if (options.system.empty())  // attributes do not come along with a file
        facts.ima_label = context.system.has_attribute(options.image, "security.ima");
    const auto report =
        make_report(std::move(facts), std::move(std::get<trust::Machine>(machine)), known, stated);
    context.out << (options.json ? trust::to_text(to_json(report))
                                 : explain_text(report, context.colour));
    return exit_of(report.now().loads);
}

constexpr const char* explain_footer = R"(Examples:
  kexec-keyrings explain /boot/vmlinuz
  kexec-keyrings explain --system other.json /boot/vmlinuz
  kexec-keyrings explain --cert signer.pem vmlinuz-s390x
  kexec-keyrings explain --json /boot/vmlinuz | jq .explanation

other.json is what `kexec-keyrings status --json` printed on the other machine.

Exit status: 0 kexec_file_load(2) loads it now, 1 refuses it,
2 wrong command line, 3 cannot tell

JSON, where null always means "cannot tell":
  image                  path, format, signature, signers, problem
  keys                   that vouch for the signer: keyring, key, authority
                         (the issuer's), certain
  enforcement            what makes a failure matter: lockdown, signature, ima
  native, with_module    policy, policy_source ("probe", "stated", "config",
                         "guess", "linux-6.0", "unknown"); consultations in order;
                         verifier: what it may return; errno of the system
                         call, 0 for success; possible: all it may be; loads:
                         whether it does, null if no more than a guess says so
  now                    which of the two counts at this moment
  explanation            code, errno, cause, remedy)";

}  // namespace

void add_explain(CLI::App& app, Action& chosen) {
    auto* command =
        app.add_subcommand("explain", "Why an image is accepted or refused, and what to do");
    auto options = std::make_shared<ExplainOptions>();

    command->add_option("image", options->image, "The kernel image")->required();
    add_machine_options(*command, *options);
    command->add_flag("--json", options->json, "Report as JSON");
    command->footer(explain_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return explain(*options, context); };
    });
}

}  // namespace kxk::cmd
