// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/verdict.h"

#include <algorithm>
#include <cerrno>

#include "trust/ima.h"
#include "trust/image_assess.h"
#include "trust/release.h"

namespace kxk::trust {
namespace {

/* What a key must be like for the kernel to take it. */
struct Wanted {
    const Certificate* certificate = nullptr;  // this one: issuer, serial and subject key id
    std::string key_id;                        // or any with this subject key id
    std::string issuer;                        // or any with this issuer and serial
    std::string serial;
};

Answer answer_of(bool fact) {
    return fact ? Answer::yes : Answer::no;
}

/* The key's certificate is known: no doubt is left. */
bool matches(const Certificate& certificate, const Wanted& wanted) {
    if (wanted.certificate != nullptr) {
        const auto& other = *wanted.certificate;
        // A certificate without a subject key id is found by issuer and serial alone.
        return certificate.issuer == other.issuer && certificate.serial == other.serial &&
               (other.subject_key_id.empty() || certificate.subject_key_id == other.subject_key_id);
    }
    if (!wanted.key_id.empty())
        return certificate.subject_key_id == wanted.key_id;
    return certificate.issuer == wanted.issuer && certificate.serial == wanted.serial;
}

/* Of the key, the kernel shows no more than its description. */
Answer matches(const Key& key, const Wanted& wanted) {
    if (wanted.certificate != nullptr) {
        if (!is_from(key, *wanted.certificate))
            return Answer::no;
        // A serial number without its issuer is no proof.
        return wanted.certificate->subject_key_id.empty() ? Answer::cannot_tell : Answer::yes;
    }
    if (!wanted.key_id.empty())
        return answer_of(key_id_of(key) == wanted.key_id);
    return Answer::cannot_tell;
}

/* Whether this key is one that is wanted. */
Answer is_wanted(const Key& key, const Wanted& wanted, const std::vector<Certificate>& known) {
    if (key.type != "asymmetric")
        return Answer::no;
    bool found = false;
    bool missed = false;
    for (const auto& certificate : known) {
        if (is_from(key, certificate))
            (matches(certificate, wanted) ? found : missed) = true;
    }
    if (found && missed)  // one of several certificates that are described alike
        return Answer::cannot_tell;
    if (found || missed)
        return answer_of(found);

    // Where issuer and serial are those of a certificate that is known, this key is another's.
    const auto is_known = [&wanted](const auto& certificate) {
        return matches(certificate, wanted);
    };
    if (wanted.certificate == nullptr && std::any_of(known.begin(), known.end(), is_known) &&
        wanted.key_id.empty())
        return Answer::no;
    return matches(key, wanted);
}

/* Whether the secondary keyring leads on to the machine keyring. */
Answer links_machine(const Machine& machine) {
    const auto* target = find_keyring(machine, Keyring::machine);
    if (target != nullptr && is_no(target->present))
        return Answer::no;
    const auto* secondary = find_keyring(machine, Keyring::secondary);
    if (secondary == nullptr || !secondary->links)
        return Answer::cannot_tell;
    const auto& links = *secondary->links;
    return answer_of(std::find(links.begin(), links.end(), kernel_name_of(Keyring::machine)) !=
                     links.end());
}

struct Holder {
    Keyring keyring = Keyring::builtin;
    std::string description;
    Answer held = Answer::no;
};

Answer or_doubt(Answer answer, Answer certainty) {
    return answer == Answer::yes && certainty == Answer::cannot_tell ? Answer::cannot_tell : answer;
}

/* Looks for a key on one keyring, links left alone. */
Holder look_on(const Machine& machine, Keyring keyring, const Wanted& wanted,
               const std::vector<Certificate>& known) {
    Holder holder{keyring, {}, Answer::no};
    const auto* state = find_keyring(machine, keyring);
    if (state == nullptr || !state->present) {
        holder.held = Answer::cannot_tell;
        return holder;
    }
    if (!*state->present)
        return holder;
    if (!state->contents) {
        holder.held = state->entries == 0 ? Answer::no : Answer::cannot_tell;
        return holder;
    }
    for (const auto& key : *state->contents) {
        const auto answer = is_wanted(key, wanted, known);
        if (answer == Answer::no)
            continue;
        if (holder.held == Answer::no || answer == Answer::yes)
            holder = {keyring, key.description, answer};
        if (answer == Answer::yes)
            break;
    }
    return holder;
}

/* Looks for a key as the kernel does: the secondary keyring leads on to those that it links. */
Holder look_from(const Machine& machine, Keyring keyring, const Wanted& wanted,
                 const std::vector<Certificate>& known) {
    auto holder = look_on(machine, keyring, wanted, known);
    if (keyring != Keyring::secondary)
        return holder;

    const auto consider = [&](Keyring next, Answer linked) {
        if (holder.held == Answer::yes || linked == Answer::no)
            return;
        auto other = look_on(machine, next, wanted, known);
        other.held = or_doubt(other.held, linked);
        if (other.held == Answer::yes || holder.held == Answer::no)
            holder = other;
    };
    consider(Keyring::builtin, Answer::yes);
    consider(Keyring::machine, links_machine(machine));
    return holder;
}

/* One key that the kernel looks for, and what it does if that is there. */
struct Attempt {
    Wanted wanted;
    bool authority = false;
    bool final = false;  // a self-signed certificate that is not there ends the search
};

/* What is looked for about a signer, in the kernel's order (pkcs7_validate_trust_one()). */
std::vector<Attempt> attempts_for(const Signer& signer) {
    std::vector<Attempt> attempts;
    for (const auto& certificate : signer.chain) {
        attempts.push_back({{&certificate, {}, {}, {}}, false, certificate.self_signed});
        if (certificate.self_signed)
            return attempts;
    }
    if (!signer.chain.empty() && !signer.chain.back().authority_key_id.empty())
        attempts.push_back({{nullptr, signer.chain.back().authority_key_id, {}, {}}, true, false});
    if (!signer.subject_key_id.empty())
        attempts.push_back({{nullptr, signer.subject_key_id, {}, {}}, false, false});
    else if (signer.chain.empty())  // otherwise the first of the chain had this name
        attempts.push_back({{nullptr, {}, signer.issuer, signer.serial}, false, false});
    return attempts;
}

void add(Outcomes& to, const Outcomes& from) {
    to.insert(from.begin(), from.end());
}

/* Once a key was found: it must fit the signature. */
Outcomes outcomes_of_match(const Signer& signer) {
    if (!signer.valid)
        return {0, EKEYREJECTED};
    return {*signer.valid ? 0 : EKEYREJECTED};
}

/* The ECDSA of 5.13 depends on the kernel's configuration. RSA is the one that all have. */
bool is_sure_algorithm(const std::string& algorithm) {
    return algorithm.empty() || algorithm == "rsa";
}

Outcomes trust_one(const Signer& signer, Keyring keyring, const Machine& machine,
                   const std::vector<Certificate>& known) {
    Outcomes outcomes;
    if (!is_sure_algorithm(signer.signature_algorithm))
        outcomes.insert(ENOPKG);
    for (const auto& attempt : attempts_for(signer)) {
        const auto holder = look_from(machine, keyring, attempt.wanted, known);
        if (holder.held != Answer::no)
            add(outcomes, outcomes_of_match(signer));
        if (holder.held == Answer::yes)
            return outcomes;
        if (attempt.final)
            break;
    }
    outcomes.insert(ENOKEY);
    return outcomes;
}

/* All signers together (pkcs7_validate_trust()): one that a keyring vouches for is enough, unless
 * another is found out. */
Outcomes trust_all(const ImageSignature& signature, Keyring keyring, const Machine& machine,
                   const std::vector<Certificate>& known) {
    Outcomes results{ENOKEY};
    Outcomes fatal;
    for (const auto& signer : signature.signers) {
        Outcomes next;
        for (const int one : trust_one(signer, keyring, machine, known)) {
            for (const int before : results) {
                if (one == ENOKEY)
                    next.insert(before);
                else if (one == ENOPKG)
                    next.insert(before == ENOKEY ? ENOPKG : before);
                else if (one == 0)
                    next.insert(0);
                else
                    fatal.insert(one);
            }
        }
        results = next;
        if (results.empty())
            break;
    }
    add(results, fatal);
    return results;
}

/* Whether a certificate is revoked by its digest, on whatever way to the keyrings. */
Answer is_hash_revoked(const Certificate& certificate, const Machine& machine) {
    const auto* blacklist = find_keyring(machine, Keyring::blacklist);
    if (blacklist == nullptr || !blacklist->present)
        return Answer::cannot_tell;
    if (!*blacklist->present || blacklist->entries == 0)
        return Answer::no;
    if (!blacklist->contents)
        return Answer::cannot_tell;

    const auto entry = "tbs:" + certificate.tbs_digest;
    const auto& hashes = *blacklist->contents;
    return answer_of(std::any_of(hashes.begin(), hashes.end(), [&entry](const auto& key) {
        return key.type == "blacklist" && key.description == entry;
    }));
}

/* Before any keyring is asked: each signer may be revoked by the digest of a certificate. A message
 * all of whose signers are has no chance (pkcs7_verify()). */
Answer is_message_revoked(const ImageSignature& signature, const Machine& machine) {
    auto all = signature.signers.empty() ? Answer::no : Answer::yes;
    for (const auto& signer : signature.signers) {
        auto one = Answer::no;
        for (const auto& certificate : signer.chain) {
            const auto revoked = is_hash_revoked(certificate, machine);
            if (revoked == Answer::yes || (revoked == Answer::cannot_tell && one == Answer::no))
                one = revoked;
        }
        if (one == Answer::no)
            return Answer::no;
        if (one == Answer::cannot_tell)
            all = Answer::cannot_tell;
    }
    return all;
}

/* Certificates on .blacklist (since 5.13) count on the way to the platform keyring alone. */
Answer is_key_revoked(const ImageSignature& signature, const Machine& machine,
                      const std::vector<Certificate>& known) {
    const auto* blacklist = find_keyring(machine, Keyring::blacklist);
    if (blacklist == nullptr || !blacklist->present)
        return Answer::cannot_tell;
    return succeeds(trust_all(signature, Keyring::blacklist, machine, known));
}

Outcomes consult(const ImageSignature& signature, Keyring keyring, const Machine& machine,
                 const std::vector<Certificate>& known) {
    Outcomes outcomes;
    const auto message_revoked = is_message_revoked(signature, machine);
    if (message_revoked != Answer::no)
        outcomes.insert(EKEYREJECTED);
    if (message_revoked == Answer::yes)
        return outcomes;

    if (keyring == Keyring::platform) {
        const auto* platform = find_keyring(machine, Keyring::platform);
        const bool absent = platform != nullptr && is_no(platform->present);
        const auto revoked = absent ? Answer::no : is_key_revoked(signature, machine, known);
        if (revoked != Answer::no)
            outcomes.insert(EKEYREJECTED);
        if (revoked == Answer::yes)
            return outcomes;
    }
    for (const int trusted : trust_all(signature, keyring, machine, known))
        outcomes.insert(trusted == 0 ? signature.content_error : trusted);
    return outcomes;
}

const ImageSignature* verified_signature(const ImageFacts& image) {
    const auto index = image.verified_signature.value_or(0);
    return index < image.signatures.size() ? &image.signatures[index] : nullptr;
}

/* What the verifier says before it has a message to verify; 0: it has. */
Outcomes before_message(const ImageFacts& image, const Machine& machine) {
    // There, what has no appended signature is not looked at any further.
    if (machine.arch == "s390x" && image.form != SignatureForm::appended)
        return {EKEYREJECTED};
    Outcomes outcomes{image.structure_error};
    // Stable trees took the fix of 6.3 as well: an older number proves nothing.
    if (image.structure_error_before_6_3 != image.structure_error)
        outcomes.insert(image.structure_error_before_6_3);
    if (outcomes.count(0) != 0 && image.form == SignatureForm::none) {
        outcomes.erase(0);
        outcomes.insert(ENODATA);
    }
    return outcomes;
}

/* All keyrings of a policy, each further one only for what has no key on those before. */
void consult_all(const ImageSignature& signature, const Policy& policy, const Machine& machine,
                 const std::vector<Certificate>& known, Verification& verification) {
    Outcomes left;
    for (const auto keyring : policy.keyrings) {
        const auto outcomes = consult(signature, keyring, machine, known);
        verification.consultations.push_back({keyring, outcomes});
        left.erase(ENOKEY);
        add(left, outcomes);
        if (outcomes.count(ENOKEY) == 0)
            break;
    }
    add(verification.outcomes, left);
}

std::optional<bool> verifies(const Machine& machine) {
    if (is_no(machine.options.kexec_sig))
        return false;
    // The module has seen it consult keyrings, or refuse what it could not verify.
    if (machine.module.native_policy)
        return true;
    if (machine.secure_boot.firmware == "ipl" && machine.arch == "s390x")
        return machine.secure_boot.enabled;
    if (machine.options.kexec_sig.value_or(false))
        return true;
    return std::nullopt;
}

/* The policy is not known: it is one of those that kernels of the architecture have had. */
Verification verify_by_any(const ImageFacts& image, const Machine& machine,
                           const std::vector<Certificate>& known) {
    Verification any;
    for (const auto& policy : policies_of(machine.arch))
        add(any.outcomes, verify(image, policy, machine, known).outcomes);
    return any;
}

/* By the loader, if that can verify: it is asked before any keyring. */
Verification verify_by(const ImageFacts& image, const Verifier& verifier, const Machine& machine,
                       const std::vector<Certificate>& known) {
    if (is_no(verifier.loader_verifies))
        return verify(image, Policy{}, machine, known);
    auto verification = verifier.policy ? verify(image, *verifier.policy, machine, known)
                                        : verify_by_any(image, machine, known);
    if (!verifier.loader_verifies)
        verification.outcomes.insert(EKEYREJECTED);
    return verification;
}

/* Both; a fact that is not known leaves the answer open, unless the other is "no". */
std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
    if (is_no(a) || is_no(b))
        return false;
    if (a && b)
        return true;
    return std::nullopt;
}

/* By the configuration, or because IMA's rules for Secure Boot switched it on (af16df54b89d): those
 * of s390x do not, and arm64 has had none in the beginning. */
std::optional<bool> enforces_signature(const Machine& machine) {
    const auto by_config = machine.options.kexec_sig_force;
    const auto has_rules = machine.arch == "s390x" ? std::optional<bool>(false)
                                                   : both(machine.options.ima_arch_policy,
                                                          machine.symbols.arch_ima_get_secureboot);
    const auto by_ima =
        both(machine.symbols.set_kexec_sig_enforced, both(has_rules, machine.secure_boot.enabled));
    if (by_config.value_or(false) || by_ima.value_or(false))
        return true;
    if (by_config && by_ima)
        return false;
    return std::nullopt;
}

std::vector<std::optional<bool>> possibilities(std::optional<bool> fact) {
    if (fact)
        return {fact};
    return {false, true};
}

int surface_of_known(int verified, Generation generation, const Enforcement& enforcement) {
    const bool forgivable = generation == Generation::from_5_10 || verified == ENODATA ||
                            verified == ENOPKG || verified == ENOKEY;
    if (verified == 0)
        return 0;
    if (generation == Generation::before_5_4 || !forgivable || *enforcement.signature)
        return verified;
    return *enforcement.lockdown && !*enforcement.appraised ? EPERM : 0;
}

/* Whether IMA refuses it. What it judges by is not among the facts, only whether it is there. */
Answer ima_refuses(const ImageFacts& image, const Enforcement& enforcement) {
    if (is_no(enforcement.appraises))
        return Answer::no;
    const bool missed = enforcement.demands_label.value_or(false) && is_no(image.ima_label);
    return missed ? Answer::yes : Answer::cannot_tell;
}

}  // namespace

Answer succeeds(const Outcomes& outcomes) {
    if (outcomes.count(0) == 0)
        return Answer::no;
    return outcomes.size() == 1 ? Answer::yes : Answer::cannot_tell;
}

std::optional<int> certain(const Outcomes& outcomes) {
    if (outcomes.size() != 1)
        return std::nullopt;
    return *outcomes.begin();
}

std::optional<Generation> generation_of(std::string_view text) {
    const auto release = parse_release(text);
    if (!release)
        return std::nullopt;
    if (release->is_at_least(5, 10))
        return Generation::from_5_10;
    return release->is_at_least(5, 4) ? Generation::from_5_4 : Generation::before_5_4;
}

Enforcement enforcement_of(const Machine& machine) {
    Enforcement enforcement;
    enforcement.generation = generation_of(machine.release);
    enforcement.signature = enforces_signature(machine);
    if (machine.lockdown)
        enforcement.lockdown = *machine.lockdown != "none";
    const auto ima = judge_ima(machine);
    enforcement.appraised = ima.appraises_signature;
    if (ima.appraised)
        enforcement.appraises = *ima.appraised != Extent::none;
    if (ima.mode.empty() && enforcement.appraises.value_or(true))
        enforcement.appraises = std::nullopt;
    else if (ima.mode != "enforce")
        enforcement.appraises = false;
    enforcement.demands_label = both(enforcement.appraises, ima.demands_label);
    return enforcement;
}

Outcomes surface(int verified, const Enforcement& enforcement) {
    std::vector<Generation> generations{Generation::before_5_4, Generation::from_5_4,
                                        Generation::from_5_10};
    if (enforcement.generation)
        generations = {*enforcement.generation};

    Outcomes outcomes;
    for (const auto generation : generations) {
        for (const auto signature : possibilities(enforcement.signature)) {
            for (const auto lockdown : possibilities(enforcement.lockdown)) {
                for (const auto appraised : possibilities(enforcement.appraised)) {
                    const Enforcement one{generation, signature, lockdown, appraised, {}, {}};
                    outcomes.insert(surface_of_known(verified, generation, one));
                }
            }
        }
    }
    return outcomes;
}

std::vector<Voucher> vouchers(const ImageFacts& image, const Machine& machine,
                              const std::vector<Certificate>& known) {
    std::vector<Voucher> all;
    const auto* signature = verified_signature(image);
    if (signature == nullptr)
        return all;
    for (const auto& signer : signature->signers) {
        for (const auto& attempt : attempts_for(signer)) {
            for (const auto keyring : all_keyrings) {
                if (keyring == Keyring::blacklist)
                    continue;
                const auto holder = look_on(machine, keyring, attempt.wanted, known);
                if (holder.held != Answer::no && !holder.description.empty())
                    all.push_back({keyring, holder.description, attempt.authority, holder.held});
            }
        }
    }
    return all;
}

Verification verify(const ImageFacts& image, const Policy& policy, const Machine& machine,
                    const std::vector<Certificate>& known) {
    if (refuses_all(policy))
        return {{}, {EKEYREJECTED}};
    Verification verification;
    verification.outcomes = before_message(image, machine);
    if (verification.outcomes.erase(0) == 0)
        return verification;

    const auto* signature = verified_signature(image);
    if (signature == nullptr)  // there is one by the form, but nothing can be said of it
        verification.outcomes = {0, ENOKEY, EKEYREJECTED, EBADMSG, ENOPKG};
    else if (signature->message_error != 0)
        verification.outcomes.insert(signature->message_error);
    else
        consult_all(*signature, policy, machine, known, verification);
    return verification;
}

Prediction predict(const ImageFacts& image, const Verifier& verifier, const Machine& machine,
                   const std::vector<Certificate>& known) {
    Prediction prediction;
    const auto enforcement = enforcement_of(machine);

    if (is_no(machine.options.kexec_file)) {
        prediction.obstacle = Obstacle::no_kexec_file;
        prediction.outcomes = {ENOSYS};
        return prediction;
    }
    // IMA has its say first, while the file is read.
    const auto refused = ima_refuses(image, enforcement);
    if (refused != Answer::no)
        prediction.outcomes.insert(EACCES);
    if (refused == Answer::yes) {
        prediction.obstacle = Obstacle::ima;
        return prediction;
    }
    const auto loader = loader_answer(image, machine.arch);
    if (loader.takes == Answer::no) {
        prediction.obstacle = Obstacle::loader;
        prediction.outcomes.insert(loader.error);
        return prediction;
    }

    prediction.verified = verifies(machine);
    if (!prediction.verified.value_or(false))
        prediction.outcomes.insert(0);
    if (prediction.verified.value_or(true)) {
        prediction.verification = verify_by(image, verifier, machine, known);
        for (const int error : prediction.verification->outcomes)
            add(prediction.outcomes, surface(error, enforcement));
    }
    return prediction;
}

}  // namespace kxk::trust
