// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/mok.h"

#include <fmt/format.h>

#include <algorithm>

#include "trust/release.h"

namespace kxk::trust {
namespace {

constexpr const char* mok_list = "MokListRT";

std::optional<bool> is_present(const Machine& machine, Keyring keyring) {
    const auto* state = find_keyring(machine, keyring);
    return state == nullptr ? std::nullopt : state->present;
}

bool is_on(const KeyringState& state, const Certificate& certificate) {
    return state.contents && std::any_of(state.contents->begin(), state.contents->end(),
                                         [&](const Key& key) { return is_from(key, certificate); });
}

bool is_revoked(const Machine& machine, const Certificate& certificate) {
    const auto* blacklist = find_keyring(machine, Keyring::blacklist);
    if (blacklist == nullptr || !blacklist->contents)
        return false;
    const Key hash{"blacklist", "tbs:" + certificate.tbs_digest};
    return is_on(*blacklist, certificate) ||
           std::find(blacklist->contents->begin(), blacklist->contents->end(), hash) !=
               blacklist->contents->end();
}

void explain(MokLanding& mok, std::string code, std::string reason, std::string remedy = {}) {
    mok.code = std::move(code);
    mok.reason = std::move(reason);
    mok.remedy = std::move(remedy);
}

/* Why a MOK is on another keyring than .machine. */
void explain_other_keyring(const Machine& machine, const Firmware& firmware, MokLanding& mok) {
    const auto& options = machine.options;
    const auto present = is_present(machine, Keyring::machine);
    const auto& certificate = *mok.certificate;
    if (is_no(present)) {
        explain(mok, "no-machine-keyring",
                "this kernel has no .machine keyring, which takes Linux 5.18 with "
                "CONFIG_INTEGRITY_MACHINE_KEYRING",
                is_no(is_present(machine, Keyring::platform))
                    ? ""
                    : "none needed for kexec where the kernel consults .platform: run "
                      "`kexec-keyrings status`");
    } else if (!present) {
        explain(mok, "unknown", "it cannot be told whether this kernel has a .machine keyring",
                "run it as root");
    } else if (is_no(firmware.mok_list_trusted)) {
        explain(mok, "not-trusted",
                "the owner did not choose to trust the MOKs: MokListTrustedRT is not set",
                "run `mokutil --trust-mok`, reboot, and confirm it to shim's MokManager");
    } else if (!is_no(options.machine_keyring_cas) &&
               (!certificate.ca || !certificate.signs_certificates)) {
        explain(mok, certificate.ca ? "no-cert-sign" : "not-ca",
                fmt::format("{}: this certificate {}",
                            is_yes(options.machine_keyring_cas)
                                ? ".machine takes authorities alone "
                                  "(CONFIG_INTEGRITY_CA_MACHINE_KEYRING)"
                                : ".machine probably takes authorities alone, as since Linux 6.4 "
                                  "where so configured",
                            certificate.ca ? "has no keyCertSign in its key usage"
                                           : "is none (no basicConstraints with CA:TRUE)"),
                "enrol the certificate of an authority with CA:TRUE and keyCertSign instead, and "
                "sign with a key that it vouches for");
    } else if (is_yes(options.machine_keyring_cas_max) && certificate.signs_data) {
        explain(mok, "signs-data",
                ".machine takes authorities alone which sign nothing but certificates "
                "(CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX): this one has digitalSignature",
                "enrol an authority whose key usage is keyCertSign, without digitalSignature");
    } else {
        explain(mok, "unknown", "nothing that is seen here speaks against it",
                "look for `integrity:` in the kernel log");
    }
}

/* Whether it is IMA's business to tell that Secure Boot is on before MOKs are taken (92ad19559ea9).
 * Nothing but the release shows that: kernels before it asked nobody, or the firmware itself. */
bool asks_ima(const Machine& machine) {
    constexpr unsigned version = 5;
    constexpr unsigned patchlevel = 17;
    const auto release = parse_release(machine.release);
    return release && release->is_at_least(version, patchlevel);
}

/* Why a MOK is on no keyring at all. */
void explain_no_keyring(const Machine& machine, MokLanding& mok) {
    if (is_revoked(machine, *mok.certificate))
        explain(mok, "revoked", "it is revoked: .blacklist has it",
                "sign with another key, and enrol that");
    else if (is_no(machine.options.uefi_keys) || is_no(is_present(machine, Keyring::platform)))
        explain(mok, "no-import",
                "this kernel takes no keys from the firmware (CONFIG_LOAD_UEFI_KEYS and "
                "CONFIG_INTEGRITY_PLATFORM_KEYRING)",
                "use a kernel with both, or vouch for the key from one on "
                ".builtin_trusted_keys and add it to .secondary_trusted_keys");
    else if (is_no(machine.secure_boot.enabled))
        explain(mok, "secure-boot-off",
                "Secure Boot is off: Linux then takes no MOKs (since 5.17, and in some older "
                "kernels of distributions)",
                "turn Secure Boot on in the firmware");
    else if (is_no(machine.options.ima_arch_policy) && asks_ima(machine))
        explain(mok, "no-ima-policy",
                "without CONFIG_IMA_ARCH_POLICY this kernel cannot tell that Secure Boot is on, "
                "and Linux then takes no MOKs (since 5.17)",
                "use a kernel with that option, or enrol the certificate in db, the firmware's "
                "own list");
    else
        explain(mok, "unknown",
                fmt::format("the kernel did not take it; perhaps it knows no {} keys",
                            mok.certificate->key_algorithm),
                "look for `integrity:` and `X.509` in the kernel log");
}

MokLanding land(const Machine& machine, const Firmware& firmware, const FirmwareEntry& entry) {
    MokLanding mok;
    if (!entry.certificate) {
        mok.landed = Answer::no;
        explain(mok, "malformed", "it is no certificate that can be read",
                "delete it with `mokutil --delete`, and enrol it again in DER");
        return mok;
    }
    mok.certificate = &*entry.certificate;
    mok.description = entry.certificate->description;
    bool all_read = true;
    for (const auto keyring : all_keyrings) {
        const auto* state = find_keyring(machine, keyring);
        if (keyring == Keyring::blacklist)
            continue;
        if (state == nullptr || (!state->contents && !is_no(state->present)))
            all_read = false;
        else if (is_on(*state, *mok.certificate))
            mok.keyrings.push_back(keyring);
    }
    const auto on = [&mok](Keyring keyring) {
        return std::find(mok.keyrings.begin(), mok.keyrings.end(), keyring) != mok.keyrings.end();
    };
    if (!mok.keyrings.empty() || all_read)
        mok.landed = mok.keyrings.empty() ? Answer::no : Answer::yes;
    if (on(Keyring::machine))
        explain(mok, "machine", "the owner's trust in it counts wherever .machine does");
    else if (mok.landed == Answer::cannot_tell)
        explain(mok, "unknown", "not every keyring can be read", "run it as root");
    else if (mok.landed == Answer::no)
        explain_no_keyring(machine, mok);
    else
        explain_other_keyring(machine, firmware, mok);
    return mok;
}

}  // namespace

std::string root_of_trust(const Machine& machine, Keyring keyring) {
    const auto& boot = machine.secure_boot;
    switch (keyring) {
        case Keyring::builtin:
            if (is_yes(boot.enabled))
                return "the kernel's own signature, which the firmware verified";
            return is_no(boot.enabled)
                       ? "the kernel itself, which no firmware verified"
                       : "the kernel itself; whether it was verified cannot be told";
        case Keyring::secondary:
            return "a key on it or on a keyring that it links to, which signed the certificate";
        case Keyring::machine:
            return "the machine's owner, by way of shim";
        case Keyring::platform:
            if (boot.firmware == "ipl")
                return "the IPL report: whoever installed the certificates in the machine";
            return "the firmware and its owner";
        case Keyring::blacklist:
            break;
    }
    return "none needed: what is here is refused";
}

KeySource source_of(const Key& key, const Firmware& firmware) {
    for (const auto& variable : firmware.variables) {
        for (const auto& entry : variable.entries) {
            if (entry.certificate && is_from(key, *entry.certificate))
                return {variable.name, &*entry.certificate};
            if (key.type != "blacklist" || entry.digest.empty())
                continue;
            // Behind the digest, the kernel keeps the time of revocation, too.
            const auto prefix =
                entry.kind == FirmwareEntryKind::image_hash ? std::string("bin:") : "tbs:";
            if (key.description.compare(0, prefix.size() + entry.digest.size(),
                                        prefix + entry.digest) == 0)
                return {variable.name, nullptr};
        }
    }
    return {};
}

std::vector<MokLanding> where_moks_landed(const Machine& machine, const Firmware& firmware) {
    std::vector<MokLanding> moks;
    const auto* variable = firmware.find(mok_list);
    if (variable == nullptr)
        return moks;
    for (const auto& entry : variable->entries) {
        if (entry.kind == FirmwareEntryKind::certificate)
            moks.push_back(land(machine, firmware, entry));
    }
    return moks;
}

}  // namespace kxk::trust
