// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file What `sign` and `sign-module` have in common: all but the choice of the form. */
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cmd/context.h"
#include "image/signing_error.h"
#include "image/signing_key.h"
#include "trust/image_facts.h"

namespace kxk::cmd {

struct SigningOptions {
    std::string file;
    std::string key;
    std::string certificate;
    std::vector<std::string> additional;
    std::string digest = "sha256";
    std::string output;
    std::string signing_time;  ///< "", "none", or seconds since 1970
    std::string passphrase_file;
    std::optional<int> passphrase_descriptor;
    std::string passphrase_variable;
    bool force = false;
    bool json = false;
};

/** What the texts of --help say about keys and passphrases. */
extern const char* const help_on_keys;

/** Adds the options, and the file under the name that the command gives it. */
void add_signing_options(CLI::App& command, SigningOptions& options, const char* file_name,
                         const char* file_description);

/** Loads the key that the options name, with its certificates; may ask for a passphrase. */
[[nodiscard]] std::variant<image::SigningKey, image::SigningError> load_key(
    const SigningOptions& options, Context& context);

/** How a file will be signed, and who will look at the signature. */
struct SigningTarget {
    trust::SignatureForm form = trust::SignatureForm::none;
    bool module = false;
};

/** Decides about a file, or refuses it. */
using SigningDecision = std::function<std::variant<SigningTarget, image::SigningError>(
    const SigningOptions& options, std::string_view bytes)>;

/** Refuses to put an appended signature on top of another one, unless that is what is wanted. */
[[nodiscard]] std::optional<image::SigningError> check_unsigned(const SigningOptions& options,
                                                                std::string_view bytes);

/** Reads, decides, signs, writes and reports. */
[[nodiscard]] Exit sign_file(const SigningOptions& options, const SigningDecision& decide,
                             Context& context);

}  // namespace kxk::cmd
