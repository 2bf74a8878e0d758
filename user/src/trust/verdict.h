// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * What a kernel will make of an image, told beforehand. Pure functions over what is known of the
 * image and of the machine: nothing is asked of any kernel, and nothing is guessed.
 *
 * Where a fact is not known, everything that it could lead to is a possible outcome. An answer is
 * certain when only one outcome is left.
 *
 * The behaviour is that of Linux 5.10 and 6.1: crypto/asymmetric_keys/pkcs7_trust.c and
 * asymmetric_type.c (which key is taken), pkcs7_verify.c and verify_pefile.c (which error comes
 * first), certs/system_keyring.c (revocation on the way to the platform keyring alone), and
 * kernel/kexec_file.c (what of that the caller sees).
 */
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "trust/assess.h"
#include "trust/image_facts.h"
#include "trust/machine.h"
#include "trust/policy.h"

namespace kxk::trust {

/** The errnos that something may end with; 0 is success. Never empty. */
using Outcomes = std::set<int>;

/** Whether it succeeds. */
[[nodiscard]] Answer succeeds(const Outcomes& outcomes);

/** The errno, or 0, when there is but one. */
[[nodiscard]] std::optional<int> certain(const Outcomes& outcomes);

/** A certificate by which a keyring may vouch for a signer. */
struct Voucher {
    Keyring keyring = Keyring::builtin;  ///< where the key is: builtin, also if secondary links it
    std::string description;             ///< of the key
    bool authority = false;              ///< it vouches for the chain's last certificate
    Answer held = Answer::yes;           ///< cannot_tell: nothing but issuer and serial are known
};

/** One keyring that a verifier looks into. */
struct Consultation {
    Keyring keyring = Keyring::builtin;
    Outcomes outcomes;
};

/** What a verifier does about an image. */
struct Verification {
    std::vector<Consultation> consultations;  ///< in order; one that is in doubt is among them
    Outcomes outcomes;                        ///< what the verifier returns
};

/** What the kernel is known to do with the result of a verification. */
enum class Generation {
    before_5_4,  ///< every failure is fatal
    from_5_4,    ///< unsigned, unknown signer, missing crypto: only where signatures are enforced
    from_5_10,   ///< any failure: only where signatures are enforced (fd7af71be542)
};

/** The generation of a release such as "5.10.0-28-arm64"; nothing if that is no number. */
[[nodiscard]] std::optional<Generation> generation_of(std::string_view release);

/** What makes a failed verification matter. An empty optional: cannot tell. */
struct Enforcement {
    std::optional<Generation> generation;
    std::optional<bool> signature;  ///< KEXEC_SIG_FORCE, or switched on by IMA's arch policy
    std::optional<bool> lockdown;
    std::optional<bool> appraised;  ///< IMA demands a signature, and lockdown leaves it to that
    std::optional<bool> appraises;  ///< IMA may refuse kexec images before anybody verifies them
    /// Of these, it refuses all that have no attribute security.ima.
    std::optional<bool> demands_label{};
};

/** As the machine has it. */
[[nodiscard]] Enforcement enforcement_of(const Machine& machine);

/**
 * What kexec_file_load(2) makes of the result of the verifier.
 * @param verified errno of the verifier, 0 for an accepted image
 */
[[nodiscard]] Outcomes surface(int verified, const Enforcement& enforcement);

/**
 * Where keys are that vouch for the signer of an image, whatever the kernel consults: those of the
 * chain first, and on each keyring but the blacklist.
 * @param known certificates that may be those of keys on the keyrings: from firmware, from files
 */
[[nodiscard]] std::vector<Voucher> vouchers(const ImageFacts& image, const Machine& machine,
                                            const std::vector<Certificate>& known);

/** What a kernel with this policy says about the signature of an image. */
[[nodiscard]] Verification verify(const ImageFacts& image, const Policy& policy,
                                  const Machine& machine, const std::vector<Certificate>& known);

/** What stands in the way of an image before anybody looks at its signature. */
enum class Obstacle {
    none,
    no_kexec_file,  ///< CONFIG_KEXEC_FILE=n: there is no such system call
    ima,            ///< IMA appraises it while it is read, and finds nothing to appraise it by
    loader,         ///< no loader of this architecture takes it: see loader_answer()
};

/** What becomes of kexec_file_load(2). */
struct Prediction {
    Obstacle obstacle = Obstacle::none;
    std::optional<bool> verified;  ///< whether the kernel verifies images at all
    std::optional<Verification> verification;
    Outcomes outcomes;  ///< errno of the system call
};

/** Who verifies: the kernel by itself, or with the module. */
struct Verifier {
    std::optional<Policy> policy{};         ///< nothing where it is not known
    std::optional<bool> loader_verifies{};  ///< see trust/assess.h
};

/** What kexec_file_load(2) of an image ends with on a machine. */
[[nodiscard]] Prediction predict(const ImageFacts& image, const Verifier& verifier,
                                 const Machine& machine, const std::vector<Certificate>& known);

}  // namespace kxk::trust
