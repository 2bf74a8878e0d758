// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cmd/context.h"
#include "cmd/keys_report.h"
#include "host/efi_variables.h"
#include "host/inspect.h"

namespace kxk::cmd {
namespace {

using trust::Answer;
using trust::Keyring;

struct Options {
    std::string keyring;  // empty: all
    bool moks = false;
    bool json = false;
};

std::vector<std::string> keyring_names() {
    std::vector<std::string> names;
    for (const auto keyring : trust::all_keyrings) {
        names.emplace_back(trust::word_of(keyring));
        names.emplace_back(trust::kernel_name_of(keyring));
    }
    return names;
}

std::vector<Keyring> keyrings_of(const std::string& name) {
    std::vector<Keyring> keyrings;
    for (const auto keyring : trust::all_keyrings) {
        if (name.empty() || name == trust::word_of(keyring) ||
            name == trust::kernel_name_of(keyring))
            keyrings.push_back(keyring);
    }
    return keyrings;
}

/* Each keyring asked for: read, absent, or not to be told. An absent one is a "no" by name only. */
Exit exit_of_keys(const KeysReport& report, bool by_name) {
    auto exit = Exit::yes;
    for (const auto& state : report.machine.keyrings) {
        if (std::find(report.keyrings.begin(), report.keyrings.end(), state.keyring) ==
            report.keyrings.end())
            continue;
        if (!state.present || (*state.present && !state.contents))
            return Exit::cannot_tell;
        if (!*state.present && by_name)
            exit = Exit::no;
    }
    return exit;
}

Exit exit_of_moks(const KeysReport& report) {
    const auto moks = trust::where_moks_landed(report.machine, report.firmware);
    const auto any = [&moks](Answer answer) {
        return std::any_of(moks.begin(), moks.end(),
                           [answer](const auto& mok) { return mok.landed == answer; });
    };
    if (any(Answer::no))
        return Exit::no;
    const auto* list = report.firmware.find("MokListRT");
    const bool all_seen = list == nullptr || (list->present && list->problem.empty());
    return any(Answer::cannot_tell) || !all_seen ? Exit::cannot_tell : Exit::yes;
}

Exit keys(const Options& options, Context& context) {
    KeysReport report;
    report.machine = host::inspect_machine(context.system);
    report.keyrings = keyrings_of(options.keyring);
    // The IPL report of s390x is in no variable.
    if (report.machine.arch != "s390x")
        report.firmware = host::read_firmware(context.system);

    if (options.json)
        context.out << trust::to_text(to_json(report));
    else
        context.out << (options.moks ? moks_text(report) : keys_text(report, context.colour));
    return options.moks ? exit_of_moks(report) : exit_of_keys(report, !options.keyring.empty());
}

constexpr const char* keys_footer = R"(Examples:
  kexec-keyrings keys                     every key that has a say
  kexec-keyrings keys platform            those on .platform
  kexec-keyrings keys --mok               where my MOK went, and why not to .machine
  kexec-keyrings keys --json | jq '.keyrings[".platform"].keys[].name'

Exit status: 0 all is told (with --mok: every MOK is on a keyring),
1 this kernel has no such keyring (with --mok: a MOK is on none),
2 wrong command line, 3 cannot tell (reading takes root)

On s390x the certificates of the IPL report land on .platform. No variable
shows them: the keyring does.

JSON, where null always means "cannot tell" or "none":
  schema                 1; keys are added, never changed
  keyrings               by the kernel's name: present, entries, links,
                         root_of_trust, keys: each with type, description,
                         name, key_id, source, and where an EFI variable has
                         the certificate: variable, subject, not_after (seconds
                         since 1970), fingerprint (SHA-256)
  unplaced_keys          listed, but on one of the keyrings that cannot be read
  variables              db, dbx, MokListRT, MokListXRT: present, source (the
                         file), entries, problem
  mok_list_trusted       MokListTrustedRT is set
  ignores_db             MokIgnoreDB is set
  moks                   each certificate of MokListRT: description, keyrings,
                         landed, code (machine, no-machine-keyring, not-trusted,
                         not-ca, no-cert-sign, signs-data, no-import, revoked,
                         secure-boot-off, no-ima-policy, malformed, unknown),
                         reason, remedy)";

}  // namespace

void add_keys(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("keys", "Every key on the system keyrings, and its source");
    auto options = std::make_shared<Options>();

    auto* keyring = command->add_option("KEYRING", options->keyring,
                                        "Only this one: builtin, secondary, machine, platform or "
                                        "blacklist, or the kernel's name of it");
    keyring->check(CLI::IsMember(keyring_names()));
    command->add_flag("--mok", options->moks, "Which keyring each Machine Owner Key is on, and why")
        ->excludes(keyring);
    command->add_flag("--json", options->json, "Report as JSON");
    command->footer(keys_footer);
    command->callback([options, &chosen] {
        chosen = [options](Context& context) { return keys(*options, context); };
    });
}

}  // namespace kxk::cmd
