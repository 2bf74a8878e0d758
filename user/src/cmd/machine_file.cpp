// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/machine_file.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>

#include "cmd/repeated_option.h"
#include "host/efi_variables.h"
#include "host/inspect.h"
#include "trust/machine_json.h"

namespace kxk::cmd {
namespace {

std::string check_policy(const std::string& text) {
    return trust::parse_policy(text)
               ? std::string()
               : fmt::format(
                     "\"{}\" is no policy; give builtin, secondary and platform in the order "
                     "in which they are consulted, such as \"secondary platform\"",
                     text);
}

}  // namespace

void add_machine_options(CLI::App& command, MachineOptions& options) {
    command.add_option("--system", options.system,
                       "Another machine: what `status --json` printed there");
    // One file each time, or the image would be taken for another certificate.
    take_one_each_time(command.add_option(
        "--cert", options.certificates,
        "A file of certificates (PEM or DER) that the signer's may be among; may be "
        "given several times"));
    command
        .add_option("--native", options.native,
                    "What the kernel consults without the module, such as \"builtin\"")
        ->check(CLI::Validator(check_policy, "POLICY"));
}

trust::Verifier stated_verifier(const MachineOptions& options) {
    trust::Verifier stated;
    if (!options.native.empty())
        stated.policy = trust::parse_policy(options.native);
    return stated;
}

std::variant<trust::Machine, Explanation> find_machine(const host::System& system,
                                                       const std::string& path) {
    if (path.empty())
        return host::inspect_machine(system);
    const auto text = system.read_file(path);
    if (!text)
        return explain_unreadable(path, text.error());
    auto reading = trust::machine_from_json(*text);
    if (!reading.machine)
        return Explanation{
            "not-a-status", EINVAL,
            fmt::format("{}: this is not what `kexec-keyrings status --json` prints: "
                        "{}",
                        path, reading.problem),
            "run `kexec-keyrings status --json` on the other machine as root and "
            "save what it prints"};
    return std::move(*reading.machine);
}

std::vector<trust::Certificate> known_certificates(const host::System& system,
                                                   const std::string& path,
                                                   const Certificates& given) {
    auto known = given.plain;
    // The firmware of this machine tells nothing about another.
    if (!path.empty())
        return known;
    for (const auto& variable : host::read_firmware(system).variables) {
        for (const auto& entry : variable.entries) {
            if (entry.certificate)
                known.push_back(*entry.certificate);
        }
    }
    return known;
}

}  // namespace kxk::cmd
