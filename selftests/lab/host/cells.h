// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * @file
 * Cells: the kernel's verdict for an image of each signer. A column is the cells of one phase; the
 * functions here hold columns against each other. They are pure.
 */
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/plan.h"
#include "host/boot.h"

namespace kxk::lab {

/** Errno of kexec_file_load(2) for each signer, 0 where it accepted the image. */
using Column = std::map<std::string, int>;

/** What is wrong, one sentence each; empty when all is right. */
using Complaints = std::vector<std::string>;

/** Names of images; see guest_image(). */
using ImageNames = std::vector<std::string_view>;

/** Those of the images of all signers. */
[[nodiscard]] const ImageNames& signer_names();

/** Adds the steps of a column to a plan. */
void add_cells(Plan& plan, const std::string& phase, const ImageNames& names = signer_names());

/** The column of a phase; an image is missing where the guest did not come that far. */
[[nodiscard]] Column column_of(const Outcome& outcome, const std::string& phase,
                               const ImageNames& names = signer_names());

/** "accepted", or the name of the errno. */
[[nodiscard]] std::string verdict_word(int error);

/** Both columns must have all cells, and the same verdicts. */
[[nodiscard]] Complaints compare_columns(const std::string& name, const Column& column,
                                         const std::string& expected_name, const Column& expected);

/** A signer must be accepted exactly if the policy consults a keyring that its key is on. */
[[nodiscard]] Complaints compare_with_policy(const Column& column, const std::string& policy);

/** No key that a kernel could have has signed the image: it must be refused. */
[[nodiscard]] bool is_stranger(std::string_view signer);

/** All of these must be refused. */
[[nodiscard]] Complaints refuses_strangers(const std::string& name, const Column& column);

/** At least one signer must be refused before and accepted after. */
[[nodiscard]] Complaints gains(const Column& before, const Column& after);

/** How many cells were accepted. */
[[nodiscard]] int accepted(const Column& column);

}  // namespace kxk::lab
