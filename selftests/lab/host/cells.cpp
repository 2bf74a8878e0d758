// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "host/images.h"
#include "trust/errno_name.h"
#include "trust/policy.h"

namespace kxk::lab {

namespace {

/** Nobody vouches for these. */
constexpr std::array<std::string_view, 3> strangers{"unknown", "unsigned", "tampered"};

std::string step_id(const std::string& phase, std::string_view signer) {
    return fmt::format("{}/{}", phase, signer);
}

std::string verdict_in(const Column& column, const std::string& signer) {
    const auto cell = column.find(signer);

    return cell == column.end() ? "no answer" : verdict_word(cell->second);
}

/** The keyring that a signer's key is on. */
std::optional<trust::Keyring> keyring_of(std::string_view signer) {
    for (const trust::Keyring keyring :
         {trust::Keyring::builtin, trust::Keyring::secondary, trust::Keyring::platform}) {
        if (trust::word_of(keyring) == signer) {
            return keyring;
        }
    }
    return std::nullopt;
}

}  // namespace

const ImageNames& signer_names() {
    static const ImageNames names(signers.begin(), signers.end());

    return names;
}

void add_cells(Plan& plan, const std::string& phase, const ImageNames& names) {
    for (const std::string_view signer : names) {
        plan.steps.push_back({step_id(phase, signer), LoadImage{guest_image(signer)}});
    }
}

Column column_of(const Outcome& outcome, const std::string& phase, const ImageNames& names) {
    Column column;

    for (const std::string_view signer : names) {
        if (const StepResult* result = outcome.find(step_id(phase, signer))) {
            column[std::string(signer)] = result->error;
        }
    }
    return column;
}

std::string verdict_word(int error) {
    return error == 0 ? "accepted" : trust::errno_name(error);
}

Complaints compare_columns(const std::string& name, const Column& column,
                           const std::string& expected_name, const Column& expected) {
    Complaints complaints;

    for (const std::string_view word : signers) {
        const std::string signer(word);

        if (column.count(signer) == 0 || expected.count(signer) == 0 ||
            column.at(signer) != expected.at(signer)) {
            complaints.push_back(fmt::format("{} image, {}: {}; {}: {}", signer, name,
                                             verdict_in(column, signer), expected_name,
                                             verdict_in(expected, signer)));
        }
    }
    return complaints;
}

Complaints compare_with_policy(const Column& column, const std::string& policy) {
    const auto parsed = trust::parse_policy(policy);
    Complaints complaints;

    if (!parsed) {
        return {fmt::format("the probe's answer is no policy: \"{}\"", policy)};
    }
    for (const std::string_view word : signers) {
        const std::string signer(word);
        const auto keyring = keyring_of(signer);
        const bool expected = keyring && trust::consults(*parsed, *keyring, false);

        if (column.count(signer) == 0 || (column.at(signer) == 0) != expected) {
            complaints.push_back(fmt::format("{} image: {}; the policy \"{}\" {}", signer,
                                             verdict_in(column, signer), policy,
                                             expected ? "accepts it" : "refuses it"));
        }
    }
    return complaints;
}

bool is_stranger(std::string_view signer) {
    return std::find(strangers.begin(), strangers.end(), signer) != strangers.end();
}

Complaints refuses_strangers(const std::string& name, const Column& column) {
    Complaints complaints;

    for (const std::string_view word : strangers) {
        const std::string signer(word);

        if (column.count(signer) == 0 || column.at(signer) == 0) {
            complaints.push_back(
                fmt::format("{} image, {}: {}", signer, name, verdict_in(column, signer)));
        }
    }
    return complaints;
}

Complaints gains(const Column& before, const Column& after) {
    const bool any = std::any_of(after.begin(), after.end(), [&before](const auto& cell) {
        const auto old = before.find(cell.first);

        return cell.second == 0 && old != before.end() && old->second != 0;
    });

    return any ? Complaints() : Complaints{"no image that was refused is accepted now"};
}

int accepted(const Column& column) {
    return static_cast<int>(std::count_if(column.begin(), column.end(),
                                          [](const auto& cell) { return cell.second == 0; }));
}

}  // namespace kxk::lab
