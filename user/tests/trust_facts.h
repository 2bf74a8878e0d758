// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file Images, certificates and machines to reason about, made of a few words each. */
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trust/image_facts.h"
#include "trust/machine.h"

namespace kxk::test {

/** The subject key id that certificate_of() gives to a name: made of its bytes. */
inline std::string key_id_for(const std::string& name) {
    constexpr const char* digits = "0123456789abcdef";
    std::string id;
    for (const char byte : name) {
        id += digits[static_cast<unsigned char>(byte) >> 4U];
        id += digits[static_cast<unsigned char>(byte) & 15U];
    }
    return id;
}

/** A certificate; self-signed where the issuer has the same name. */
inline trust::Certificate certificate_of(const std::string& name, const std::string& issuer) {
    trust::Certificate certificate;
    certificate.subject = "CN = " + name;
    certificate.issuer = "CN = " + issuer;
    certificate.serial = "01" + key_id_for(name);
    certificate.subject_key_id = key_id_for(name);
    certificate.authority_key_id = key_id_for(issuer);
    certificate.description = name + ": " + certificate.subject_key_id;
    certificate.tbs_digest = key_id_for("tbs of " + name);
    certificate.digest_algorithm = "sha256";
    certificate.self_signed = name == issuer;
    return certificate;
}

/** A signer whose message has these certificates, its own first. */
inline trust::Signer signer_of(const std::vector<trust::Certificate>& chain) {
    trust::Signer signer;
    signer.issuer = chain.front().issuer;
    signer.serial = chain.front().serial;
    signer.certificate = chain.front();
    signer.chain = chain;
    signer.digest_algorithm = "sha256";
    signer.signature_algorithm = "rsa";
    signer.valid = true;
    return signer;
}

/** A sound image of arm64 with one signature by these. */
inline trust::ImageFacts image_signed_by(std::vector<trust::Signer> signers) {
    trust::ImageSignature signature;
    signature.digest_algorithm = "sha256";
    signature.digest_matches = true;
    signature.signers = std::move(signers);

    trust::ImageFacts image;
    image.path = "/boot/vmlinuz";
    image.size = 1U << 20U;
    image.format = trust::ImageFormat::arm64_image;
    image.form = trust::SignatureForm::authenticode;
    image.signatures = {std::move(signature)};
    image.verified_signature = 0;
    return image;
}

/** A keyring with the keys of these certificates. */
inline trust::KeyringState keyring_of(trust::Keyring keyring,
                                      const std::vector<trust::Certificate>& certificates,
                                      const std::vector<std::string>& links = {}) {
    trust::KeyringState state;
    state.keyring = keyring;
    state.present = true;
    state.links = links;
    state.contents.emplace();
    for (const auto& certificate : certificates)
        state.contents->push_back({"asymmetric", certificate.description});
    state.keys = certificates.size();
    state.entries = certificates.size() + links.size();
    return state;
}

/** IMA has a rule by which kexec images need a signature of its own. */
inline void appraise_images(trust::Machine& machine) {
    machine.ima.present = true;
    machine.ima.rules = {{"appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig "}};
    machine.ima.settings = std::vector<std::string>();
    machine.options.ima = true;
    machine.options.ima_appraise = true;
}

/** The key that each keyring of machine_with_keys() holds is called like the keyring. */
inline trust::Machine machine_with_keys() {
    trust::Machine machine;
    machine.release = "5.10.13";
    machine.arch = "arm64";
    machine.arch_served = true;
    machine.module_loaded = false;
    machine.lockdown = "integrity";
    machine.options.kexec_file = true;
    machine.options.kexec_sig = true;
    machine.options.kexec_sig_force = false;
    machine.options.image_verify_sig = true;
    machine.options.platform_keyring = true;
    machine.options.ima_arch_policy = false;
    machine.ima.present = false;
    machine.symbols.set_kexec_sig_enforced = false;
    machine.secure_boot.enabled = true;
    machine.secure_boot.firmware = "uefi";
    machine.keyrings = {
        keyring_of(trust::Keyring::builtin, {certificate_of("builtin", "builtin")}),
        keyring_of(trust::Keyring::secondary, {certificate_of("secondary", "middle")},
                   {".builtin_trusted_keys", ".machine"}),
        keyring_of(trust::Keyring::machine, {certificate_of("machine", "machine")}),
        keyring_of(trust::Keyring::platform, {certificate_of("platform", "platform")}),
        keyring_of(trust::Keyring::blacklist, {}),
    };
    return machine;
}

inline trust::KeyringState& state_of(trust::Machine& machine, trust::Keyring keyring) {
    return machine.keyrings.at(static_cast<std::size_t>(keyring));
}

}  // namespace kxk::test
